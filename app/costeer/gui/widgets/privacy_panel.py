"""What leaves this computer, live."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.requests import MOST_LISTED, RequestListModel
from costeer.gui.widgets.activity import ActivityDot, activity_words
from costeer.gui.widgets.parts import label, text_button
from costeer.gui.widgets.payload_view import ExchangeView
from costeer.gui.wording import bits_of_budget, counted, listed, number, size
from costeer.services.events import TrafficChanged
from costeer.services.traffic import MessageTraffic, TrafficState
from costeer.storage.records import AnswerFigures

_LEAST = 270
_SPLIT_LEAST = 260
"""Less room than this is scrolled to, in logical pixels."""


class PrivacyPanel(QFrame):
    """Indicator, figures of an answer, its requests, and one of them in full (the newest unless one is chosen)."""

    timeline_wanted = Signal()
    known_wanted = Signal()

    def __init__(self, requests: RequestListModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._requests = requests
        self._chosen: str | None = None
        self._total = 0
        self.setObjectName("privacyPanel")
        self.dot = ActivityDot(look)
        self.activity = label(tone="title")
        self.activity.setAccessibleName(self.tr("What is being exchanged with the cloud"))
        self.totals = label(tone="muted", wrap=True)
        self.figures = {name: label(tone="figure") for name in self._names()}
        self.ended = label(wrap=True)
        self.words = label(wrap=True)
        self.words.setAccessibleName(self.tr("Private words the answer gave away"))
        self.list_title = label(self.tr("Requests of this answer"), "section")
        self.list = self._make_list()
        self.exchange = ExchangeView(self.tr("Nothing has been sent for this answer."), look)
        self.timeline_button = text_button(look, "timeline", self.tr("The month"))
        self.timeline_button.setToolTip(self.tr("What left this computer, day by day"))
        self.timeline_button.clicked.connect(self.timeline_wanted)
        self.known_button = text_button(look, "eye", self.tr("What the cloud knows"))
        self.known_button.setToolTip(self.tr("Every string that was ever sent, to be searched"))
        self.known_button.clicked.connect(self.known_wanted)
        self._lay_out()
        look.changed.connect(self._take_fonts)
        self._take_fonts()
        for changed in (requests.modelReset, requests.rowsInserted, requests.dataChanged):
            changed.connect(self._on_requests_changed)
        self.show_activity("idle")
        self.show_totals(TrafficState())
        self.show_figures(None, None)

    def show_activity(self, activity: str) -> None:
        self.activity.setText(activity_words(activity))
        idle = self.tr("Nothing is being exchanged with the cloud right now.")
        for one in (self.activity, self.dot):
            one.setToolTip(plain_tip(idle if activity == "idle" else ""))
        self.dot.put(activity)

    def show_totals(self, totals: TrafficState) -> None:
        shown = self.tr("Since the start: {requests}, {up} sent, {down} received")
        requests = counted(totals.requests, self.tr("{count} request"), self.tr("{count} requests"))
        self.totals.setText(
            shown.format(requests=requests, up=size(totals.bytes_up), down=size(totals.bytes_down))
        )

    def show_figures(
        self,
        traffic: TrafficChanged | None,
        figures: AnswerFigures | None,
        wire: MessageTraffic | None = None,
        conversation_bits: float | None = None,
        conversation_budget: float = 0.0,
    ) -> None:
        """What is known of the answer: `traffic` is what it told while it was written, `figures` what is stored
        with it, `wire` what crosses the transport for it right now; and what its conversation has given away, of
        what it may now (0: any number of bits).
        """
        source = figures or traffic
        bytes_of = wire or source
        values = {
            "up": size(bytes_of.bytes_up) if bytes_of else "–",
            "down": size(bytes_of.bytes_down) if bytes_of else "–",
            "tokens": number(source.tokens_sent) if source else "–",
            "round_trips": number(source.round_trips) if source else "–",
            "leak_bits": bits_of_budget(source.leak_bits, source.leak_budget) if source else "–",
            "conversation_bits": "–"
            if conversation_bits is None
            else bits_of_budget(conversation_bits, conversation_budget),
            "requests": number(bytes_of.requests) if bytes_of else "–",
        }
        self._total = bytes_of.requests if bytes_of else 0
        self._title_list()
        for name, text in values.items():
            self.figures[name].setText(text)
        ended = self._why_ended(source.steering_ended) if source else ""
        self.ended.setText(ended)
        self.ended.setVisible(bool(ended))
        words = listed(source.private_words) or self.tr("None") if source else "–"
        self.words.setText(words)
        self.words.setAccessibleDescription(words)

    def _why_ended(self, limit: str) -> str:
        """Empty where steering has not ended before the answer did."""
        ways = {
            "answer": self.tr("Steering has ended: the leak budget of this answer is used up."),
            "conversation": self.tr("Steering has ended: the leak budget of the conversation is used up."),
        }
        return ways.get(limit, "")

    def _names(self) -> dict[str, str]:
        return {
            "up": self.tr("Sent"),
            "down": self.tr("Received"),
            "tokens": self.tr("Tokens sent"),
            "requests": self.tr("Requests"),
            "round_trips": self.tr("Round trips"),
            "leak_bits": self.tr("Leak bits"),
            "conversation_bits": self.tr("Leak bits of the conversation"),
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
                "An upper bound on what the cloud learns about your profile from such answers, on average, in "
                "bits: the words that steering moved tell it something"
            ),
            "conversation_bits": self.tr("The leak bits of all its answers, those on other branches included"),
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
        inside.addWidget(self.ended)
        inside.addWidget(label(self.tr("Private words the answer gave away"), "muted", wrap=True))
        inside.addWidget(self.words)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(self.exchange)
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
        more = QVBoxLayout()
        more.setSpacing(0)
        for button in (self.timeline_button, self.known_button):
            more.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(more)
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
                one.setToolTip(plain_tip(self._meanings()[name]))
            cell.addWidget(head)
            cell.addWidget(value)
            grid.addLayout(cell, place // 2, place % 2, 1, 2 if name == "conversation_bits" else 1)
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
        if index.isValid() and index != self.list.currentIndex():
            self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.exchange.put(self._requests.exchange(row))

    def _on_current_changed(self) -> None:
        row = self.list.currentIndex().row()
        shown = self._requests.exchange(row)
        self._chosen = shown.exchange if shown and row > 0 else None
        self.exchange.put(shown)
