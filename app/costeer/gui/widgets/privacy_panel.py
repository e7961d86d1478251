"""What leaves this computer, live."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.requests import MOST_LISTED, Exchange, RequestListModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import counted, number, size
from costeer.services.events import TrafficChanged
from costeer.services.traffic import MessageTraffic, TrafficState
from costeer.storage.records import AnswerFigures

_WORDS, _SENT, _RECEIVED = 0, 1, 2
_LEAST = 270
_SPLIT_LEAST = 260
"""Less room than this is scrolled to, in logical pixels."""

_LONGEST_SHOWN = 200_000
"""More characters of a body than this are counted, not shown: laying them out would hold up the window."""


class ActivityDot(QWidget):
    """A coloured dot; the words beside it say the same."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._token = "local"
        self.setFixedSize(12, 12)
        look.changed.connect(self.update)

    def put(self, token: str) -> None:
        self._token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.color(self._token))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


class PrivacyPanel(QFrame):
    """Indicator, figures of an answer, its requests, and one of them in full (the newest unless one is chosen)."""

    words_wanted = Signal(object)

    def __init__(self, requests: RequestListModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._requests = requests
        self._chosen: str | None = None
        self._shown: Exchange | None = None
        self._total = 0
        self.setObjectName("privacyPanel")
        self.dot = ActivityDot(look)
        self.activity = label(tone="title")
        self.activity.setAccessibleName(self.tr("What is being exchanged with the cloud"))
        self.totals = label(tone="muted", wrap=True)
        self.figures = {name: label(tone="figure") for name in self._names()}
        self.words = label(wrap=True)
        self.words.setAccessibleName(self.tr("Private words the answer gave away"))
        self.list_title = label(self.tr("Requests of this answer"), "section")
        self.list = self._make_list()
        self.side = QTabBar()
        self.side.setAccessibleName(self.tr("Part of the request"))
        self.side.setDrawBase(False)
        self.side.addTab(self.tr("In words"))
        self.side.addTab(self.tr("Sent"))
        self.side.addTab(self.tr("Received"))
        self.side.currentChanged.connect(lambda _: self._show_exchange())
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setAccessibleName(self.tr("The request in full"))
        self.body.setTabChangesFocus(True)
        self._look = look
        self._lay_out()
        look.changed.connect(self._take_fonts)
        self._take_fonts()
        requests.modelReset.connect(self._on_requests_changed)
        self.show_activity("idle")
        self.show_totals(TrafficState())
        self.show_figures(None, None)
        self._show_exchange()

    def show_activity(self, activity: str) -> None:
        words = {
            "sending": self.tr("Sending"),
            "waiting": self.tr("Waiting for the cloud"),
            "receiving": self.tr("Receiving"),
            "idle": self.tr("Local only"),
        }
        self.activity.setText(words[activity])
        idle = self.tr("Nothing is being exchanged with the cloud right now.")
        for one in (self.activity, self.dot):
            one.setToolTip(idle if activity == "idle" else "")
        self.dot.put("local" if activity == "idle" else activity)

    def show_totals(self, totals: TrafficState) -> None:
        shown = self.tr("Since the start: {requests}, {up} sent, {down} received")
        requests = counted(totals.requests, self.tr("{count} request"), self.tr("{count} requests"))
        self.totals.setText(
            shown.format(requests=requests, up=size(totals.bytes_up), down=size(totals.bytes_down))
        )

    def show_figures(
        self, traffic: TrafficChanged | None, figures: AnswerFigures | None, wire: MessageTraffic | None = None
    ) -> None:
        """What is known of the answer: `traffic` is what it told while it was written, `figures` what is stored
        with it, `wire` what crosses the transport for it right now.
        """
        source = figures or traffic
        bytes_of = wire or source
        values = {
            "up": size(bytes_of.bytes_up) if bytes_of else "–",
            "down": size(bytes_of.bytes_down) if bytes_of else "–",
            "tokens": number(source.tokens_sent) if source else "–",
            "round_trips": number(source.round_trips) if source else "–",
            "leak_bits": number(source.leak_bits, 1) if source else "–",
            "requests": number(bytes_of.requests) if bytes_of else "–",
        }
        self._total = bytes_of.requests if bytes_of else 0
        self._title_list()
        for name, text in values.items():
            self.figures[name].setText(text)
        words = ", ".join(source.private_words) or self.tr("None") if source else "–"
        self.words.setText(words)
        self.words.setAccessibleDescription(words)

    def _names(self) -> dict[str, str]:
        return {
            "up": self.tr("Sent"),
            "down": self.tr("Received"),
            "tokens": self.tr("Tokens sent"),
            "round_trips": self.tr("Round trips"),
            "leak_bits": self.tr("Leak bits"),
            "requests": self.tr("Requests"),
        }

    def _meanings(self) -> dict[str, str]:
        return {
            "up": self.tr("What left this computer for this answer, as bytes on the wire"),
            "down": self.tr("What the cloud sent back for this answer, as bytes on the wire"),
            "tokens": self.tr(
                "Pieces of the answer's text that the cloud was told, because it must go on behind them"
            ),
            "round_trips": self.tr("How often the cloud was asked anew: at first, and after every changed word"),
            "leak_bits": self.tr(
                "How much the cloud could learn about your profile from the answer, at most, in bits: "
                "the words that steering moved tell it something"
            ),
            "requests": self.tr("Every message to the cloud, those included that only count tokens"),
        }

    def _make_list(self) -> QListView:
        made = QListView()
        made.setAccessibleName(self.tr("Requests of this answer"))
        made.setModel(self._requests)
        made.setUniformItemSizes(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.selectionModel().currentChanged.connect(self._on_current_changed)
        return made

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self.dot)
        state.addWidget(self.activity, 1)
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(12, 10, 12, 12)
        inside.setSpacing(8)
        inside.addLayout(self._figure_grid())
        inside.addWidget(label(self.tr("Private words the answer gave away"), "muted", wrap=True))
        inside.addWidget(self.words)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(self.side)
        below.addWidget(self.body, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(lower)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setMinimumHeight(_SPLIT_LEAST)
        content = QWidget()
        content.setObjectName("privacyContent")
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 18, 14, 14)
        column.setSpacing(8)
        column.addLayout(state)
        column.addWidget(self.totals)
        column.addSpacing(4)
        column.addWidget(label(self.tr("This answer"), "section"))
        column.addWidget(card)
        column.addSpacing(4)
        column.addWidget(self.list_title)
        column.addWidget(split, 1)
        scroll = QScrollArea()
        scroll.setObjectName("privacyScroll")
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        self._content = content
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _take_fonts(self) -> None:
        self.body.setFont(self._look.code_font(0.9))
        letters = QApplication.font()
        letters.setPointSizeF(letters.pointSizeF() * 0.92)
        self.list.setFont(letters)
        self.setMinimumWidth(max(_LEAST, self._content.minimumSizeHint().width()))

    def _figure_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for place, (name, title) in enumerate(self._names().items()):
            cell = QVBoxLayout()
            cell.setSpacing(1)
            value: QLabel = self.figures[name]
            value.setAccessibleName(title)
            head = label(title, "muted")
            for one in (head, value):
                one.setToolTip(self._meanings()[name])
            cell.addWidget(head)
            cell.addWidget(value)
            grid.addLayout(cell, place // 2, place % 2)
        return grid

    def _title_list(self) -> None:
        """An answer of very many requests is listed in part, and the title says so."""
        listed = self._requests.rowCount()
        if self._total > MOST_LISTED:
            some = self.tr("Requests of this answer (the newest {listed} of {total})")
            self.list_title.setText(some.format(listed=number(listed), total=number(self._total)))
        else:
            self.list_title.setText(self.tr("Requests of this answer"))

    def _on_requests_changed(self) -> None:
        """The newest is shown, or the one that was chosen, if it is still there."""
        self._title_list()
        row = self._requests.row_of(self._chosen)
        if row < 0:
            self._chosen = None
            row = 0
        index = self._requests.index(row)
        if index.isValid():
            self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._shown = self._requests.exchange(row)
        self._show_exchange()

    def _on_current_changed(self) -> None:
        row = self.list.currentIndex().row()
        self._shown = self._requests.exchange(row)
        self._chosen = self._shown.request.exchange if self._shown and row > 0 else None
        self._show_exchange()

    def _show_exchange(self) -> None:
        one = self._shown
        side = self.side.currentIndex()
        if one is None:
            self._show_text("", self.tr("Nothing has been sent for this answer."))
        elif side == _WORDS:
            self.words_wanted.emit(one)
        elif side == _SENT:
            self._show_text(one.sent_text())
        else:
            self._show_text(one.received_text(), self.tr("The response is still arriving."))

    def show_words(self, exchange_id: str, words: str) -> None:
        """What the token ids of a request say, if it is still the one shown; without any, what was sent."""
        one = self._shown
        if one and one.request.exchange == exchange_id and self.side.currentIndex() == _WORDS:
            self._show_text(words or one.sent_text())

    def _show_text(self, text: str, without: str = "") -> None:
        """Show `text`, or `without` where it is empty."""
        self.body.setPlaceholderText(without)
        hidden = len(text) - _LONGEST_SHOWN
        if hidden > 0:
            text = text[:_LONGEST_SHOWN] + "\n" + self.tr("… and {count} more characters").format(count=hidden)
        if text != self.body.toPlainText():
            self.body.setPlainText(text)
