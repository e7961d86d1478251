"""Why did it say that: the words, the signals that moved them, and the lines of the profile behind these."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.why import NOISE, WhyViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label
from costeer.gui.wording import counted, listed, nats_words, number, signal_words
from costeer.services.why import Cause

_SIZE = (640, 460)
_LONGEST = 120
"""Characters of the words asked about that are repeated."""


class WhyDialog(QDialog):
    """Shows a WhyViewModel. `entry_wanted` with the id of a profile entry or memory. Window thread only."""

    entry_wanted = Signal(str)

    def __init__(self, model: WhyViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setWindowTitle(self.tr("Why did it say that?"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 80))
        self.notices = NoticeBar(look)
        self.words = label(tone="title", wrap=True)
        self.words.setAccessibleName(self.tr("The words asked about"))
        self.signals = label(wrap=True)
        self.signals.setAccessibleName(self.tr("What moved them"))
        self.hint = label(tone="muted", wrap=True)
        self.others = QComboBox()
        self.others.setAccessibleName(self.tr("Other words that steering moved"))
        self.others.view().setAccessibleName(self.tr("Other words that steering moved"))
        self.others.activated.connect(self._on_other)
        self.table = self._make_table()
        self.show_entry = QPushButton(self.tr("Open in the profile"))
        self.show_entry.clicked.connect(self._on_open)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(model.stop)
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.clicked.connect(self.close)
        self._lay_out()
        model.changed.connect(self.refresh)
        self.refresh()

    def bring_up(self) -> None:
        self.notices.clear()
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    def say_error(self, text: str) -> None:
        self.notices.say(text, "error")

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody waits for it any more."""
        super().hideEvent(event)
        self._model.stop()

    @property
    def chosen(self) -> Cause | None:
        return self._model.causes.cause(self.table.currentIndex().row())

    def refresh(self) -> None:
        """Show the model as it is."""
        model = self._model
        told = model.explanation
        text = " ".join(told.text.split()) if told else ""
        self.words.setText(f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}”" if told else "")
        self.words.setAccessibleDescription(text)
        pushes = [
            self.tr("{signal} {nats} nats").format(signal=signal_words(name), nats=nats_words(value))
            for name, value in (told.moved.items() if told else ())
            if abs(value) >= 0.005
        ]
        moved = self.tr("Moved by: {signals}").format(signals=listed(pushes))
        self.signals.setText(moved if pushes else "")
        self.signals.setVisible(bool(pushes))
        self.hint.setText(self._hint())
        self.stop.setVisible(model.busy)
        self.table.setVisible(bool(model.causes.causes))
        self.others.clear()
        for one in model.words:
            self.others.addItem(one.text, (one.first, one.last))
        at = next((at for at, one in enumerate(model.words) if told and one.text == told.text.strip()), -1)
        self.others.setCurrentIndex(at)
        self.others.setPlaceholderText(self.tr("Other words…"))
        self.others.setVisible(bool(model.words))
        if model.causes.causes:
            self.table.setCurrentIndex(model.causes.index(0, 1))
        self._show_chosen()

    def _make_table(self) -> QTableView:
        made = QTableView()
        made.setAccessibleName(self.tr("What steered, the most first"))
        made.setModel(self._model.causes)
        made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        made.setTabKeyNavigation(False)
        made.setShowGrid(False)
        made.setWordWrap(False)
        made.verticalHeader().hide()
        for one in (made.horizontalHeader(), made.verticalHeader()):
            one.setAccessibleName(self.tr("What steered, the most first"))
        made.horizontalHeader().setHighlightSections(False)
        made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        made.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        made.selectionModel().currentChanged.connect(self._show_chosen)
        made.activated.connect(lambda _: self._on_open())
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(self.others)
        foot = QHBoxLayout()
        foot.addWidget(self.show_entry)
        foot.addWidget(self.stop)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.signals)
        column.addWidget(self.table, 1)
        column.addWidget(self.hint)
        column.addStretch(0)
        column.addLayout(foot)
        column.addWidget(self.notices)

    def _hint(self) -> str:
        model = self._model
        told = model.explanation
        if model.busy:
            return self.tr("Asking the local model…")
        if told is None:
            return self.tr("Steering had no part in this answer: these are the cloud's own words.")
        if not told.causes:
            said = self.tr("Nothing private was shown for this answer: these are the cloud's own words.")
            return said if not told.gone else self._gone(told.gone)
        measured = self.tr(
            "How much likelier each line made the words, asked of the local model here; nothing of it is sent. "
            "Less than {noise} is noise."
        )
        lines = [measured.format(noise=number(NOISE, 1))]
        if told.gone:
            lines.append(self._gone(told.gone))
        if not told.recorded:
            lines.append(
                self.tr("What was shown then is not on record; this is asked of your profile as it is now.")
            )
        return " ".join(lines)

    def _gone(self, count: int) -> str:
        return counted(
            count,
            self.tr("{count} line that was shown is no longer there."),
            self.tr("{count} lines that were shown are no longer there."),
        )

    def _show_chosen(self) -> None:
        one = self.chosen
        self.show_entry.setEnabled(one is not None and bool(one.id))

    def _on_open(self) -> None:
        one = self.chosen
        if one is not None and one.id:
            self.entry_wanted.emit(one.id)

    def _on_other(self, at: int) -> None:
        place = self.others.itemData(at)
        if place is not None:
            self._model.explain(self._model.message_id, *place)
