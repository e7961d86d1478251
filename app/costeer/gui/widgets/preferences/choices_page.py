"""The answers that the user preferred: what is learnt from, each to be taken back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from costeer.gui.view_models.choices import ChoicesViewModel
from costeer.gui.widgets.parts import label
from costeer.gui.wording import number


class ChoicesPage(QWidget):
    """Shows a `ChoicesViewModel`. Delete takes the chosen row back; `export_wanted` for all of them."""

    export_wanted = Signal()

    def __init__(self, model: ChoicesViewModel) -> None:
        super().__init__()
        self._model = model
        self.list = QListView()
        self.list.setAccessibleName(self.tr("The answers that you chose"))
        self.list.setModel(model)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setSpacing(3)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._refresh())
        remove = QAction(self.tr("Take back"), self.list)
        remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(self._on_remove)
        self.list.addAction(remove)
        self.empty = label(
            self.tr("Nothing yet. Rate an answer, compare two, or rewrite one; what you prefer is kept here."),
            "muted",
            wrap=True,
        )
        self.count = label(tone="muted")
        self.remove = QPushButton(self.tr("Take back"))
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self._on_remove)
        self.export = QPushButton(self.tr("Export…"))
        self.export.setAutoDefault(False)
        self.export.clicked.connect(self.export_wanted)
        self._lay_out()
        model.changed.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        words = self.tr(
            "Kept on this computer and sent nowhere. What you take back is forgotten, and nothing learns from it."
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.count, 1)
        buttons.addWidget(self.remove)
        buttons.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)

    def _on_remove(self) -> None:
        row = self.list.currentIndex().row()
        if row >= 0:
            self._model.remove(row)

    def _refresh(self) -> None:
        there = bool(self._model.listed)
        self.empty.setVisible(not there)
        self.list.setVisible(there)
        self.count.setText(self.tr("{count} in all").format(count=number(len(self._model.listed))))
        self.count.setVisible(there)
        self.remove.setEnabled(self.list.currentIndex().isValid())
        self.export.setEnabled(there)
