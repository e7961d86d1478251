"""The texts that the personal model learns from: add sources, leave some out, forget some."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from costeer.gui.view_models.writings import WritingsViewModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import number


class WritingsPage(QWidget):
    """Shows a `WritingsViewModel`. Space ticks a row or takes the tick off, Delete forgets the rows chosen.
    `source_wanted` with the name of a source."""

    source_wanted = Signal(str)

    def __init__(self, model: WritingsViewModel) -> None:
        super().__init__()
        self._model = model
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Texts that are learnt from"))
        self.list.setModel(model)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setSpacing(3)
        self.list.setUniformItemSizes(False)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._refresh())
        forget = QAction(self.tr("Forget"), self.list)
        forget.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        forget.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        forget.triggered.connect(self._on_forget)
        self.list.addAction(forget)
        self.empty = label(
            self.tr("Nothing yet. Add what you have written: the more, the better."), "muted", wrap=True
        )
        self.count = label(tone="muted")
        self.menu = QMenu(self)
        for name, title in (
            ("messages", self.tr("My messages here")),
            ("edits", self.tr("Answers that I rewrote")),
            ("documents", self.tr("Texts of mine (.txt, .md)…")),
            ("mailbox", self.tr("A mailbox (mbox)…")),
            ("chats", self.tr("An export of another chat…")),
            ("lamp", self.tr("Questions in LaMP's format (.json)…")),
        ):
            self.menu.addAction(title).triggered.connect(lambda _=False, name=name: self.source_wanted.emit(name))
        self.add = QPushButton(self.tr("Add"))
        self.add.setAutoDefault(False)
        self.add.setMenu(self.menu)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setAutoDefault(False)
        self.stop.clicked.connect(model.stop)
        self.forget = QPushButton(self.tr("Forget"))
        self.forget.setAutoDefault(False)
        self.forget.clicked.connect(self._on_forget)
        self._lay_out()
        model.changed.connect(self._refresh)
        model.busy_changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        words = self.tr(
            "What the personal model learns from: your own texts, kept on this computer and sent nowhere. What "
            "has no tick is left out of the next training; what you forget is removed, with every adapter that "
            "knows it."
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.count, 1)
        buttons.addWidget(self.forget)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.empty, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)

    def _on_forget(self) -> None:
        self._model.forget([one.row() for one in self.list.selectedIndexes()])

    def _refresh(self) -> None:
        there = bool(self._model.listed)
        self.empty.setVisible(not there)
        self.list.setVisible(there)
        told = self.tr("{used} of {count} are learnt from").format(
            used=number(self._model.used), count=number(len(self._model.listed))
        )
        self.count.setText(self.tr("Reading…") if self._model.reading else told if there else "")
        self.forget.setEnabled(bool(self.list.selectedIndexes()))
        self.stop.setVisible(self._model.reading)
        self.add.setVisible(not self._model.reading)
