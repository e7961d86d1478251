"""Every string that was ever sent: listed, searched, read in full."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from costeer.foundation.progress import Progress
from costeer.gui.strange_text import in_short_lines
from costeer.gui.theme import Look
from costeer.gui.view_models.known import KnownViewModel
from costeer.gui.widgets.parts import label, text_button, with_clear_button
from costeer.gui.widgets.payload_view import PayloadView
from costeer.gui.wording import counted, number
from costeer.services.known import KnownString

_TYPING_MS = 150
_OPEN_AT_MOST = 200
"""Groups of more strings than this stay folded until they are opened."""


class KnownPage(QWidget):
    """Shows a KnownViewModel. `scope_chosen` with True for the conversation that is shown; `message_wanted` with a
    KnownString. Window thread only."""

    scope_chosen = Signal(bool)
    message_wanted = Signal(object)
    export_wanted = Signal()

    def __init__(self, model: KnownViewModel, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.scope = QComboBox()
        self.scope.setAccessibleName(self.tr("Where it was sent"))
        self.scope.view().setAccessibleName(self.tr("Where it was sent"))
        self.scope.addItem(self.tr("In this conversation"), True)
        self.scope.addItem(self.tr("Ever"), False)
        self.scope.activated.connect(lambda _: self.scope_chosen.emit(self.scope.currentData()))
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search"))
        self.field.setAccessibleName(self.tr("Search in what was sent"))
        with_clear_button(self.field, self.tr("Clear the search"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(lambda: model.search(self.field.text()))
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.private_only = QCheckBox(self.tr("Only with private words"))
        self.private_only.toggled.connect(model.keep_private)
        self.summary = label(tone="muted", wrap=True)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(model.stop)
        self.tree = self._make_tree()
        self.body = PayloadView(look)
        self.body.setAccessibleName(self.tr("The string in full"))
        self.body.setPlaceholderText(self.tr("Choose a string to read it."))
        self.copy = text_button(look, "copy", self.tr("Copy"))
        self.copy.clicked.connect(self._copy)
        self.go = text_button(look, "chat", self.tr("Go to the message"))
        self.go.clicked.connect(self._go)
        self.export = text_button(look, "document", self.tr("Export as text…"))
        self.export.clicked.connect(self.export_wanted)
        self._lay_out()
        model.tree.modelReset.connect(self._on_reset)
        model.loaded.connect(self._show_summary)
        model.busy_changed.connect(self._show_summary)
        model.advanced.connect(self._show_progress)
        self._on_reset()
        self._show_summary()

    @property
    def chosen(self) -> KnownString | None:
        return self._model.tree.string(self.tree.currentIndex())

    def put_scope(self, *, here: bool, there_is_one: bool) -> None:
        """Whether the conversation that is shown is looked at; without one there is nothing to choose."""
        self.scope.setCurrentIndex(0 if here else 1)
        self.scope.setEnabled(there_is_one)

    def _make_tree(self) -> QTreeView:
        made = QTreeView()
        made.setAccessibleName(self.tr("What was sent"))
        made.setModel(self._model.tree)
        made.setUniformRowHeights(True)
        made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        made.setAllColumnsShowFocus(True)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        head = made.header()
        head.setAccessibleName(self.tr("What was sent"))
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        made.selectionModel().currentChanged.connect(self._show_chosen)
        made.activated.connect(lambda _: self._go())
        return made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.scope)
        head.addWidget(self.field, 1)
        head.addWidget(self.private_only)
        said = QHBoxLayout()
        said.addWidget(self.summary, 1)
        said.addWidget(self.stop)
        foot = QHBoxLayout()
        for one in (self.copy, self.go):
            foot.addWidget(one)
        foot.addStretch(1)
        foot.addWidget(self.export)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.tree)
        split.addWidget(self.body)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(said)
        column.addWidget(split, 1)
        column.addLayout(foot)

    def _show_summary(self) -> None:
        model = self._model
        self.stop.setVisible(model.busy)
        self.export.setEnabled(not model.busy and bool(model.known.strings))
        if not model.busy:
            said = model.summary
            if model.shown < len(model.known.strings):
                found = counted(model.shown, self.tr("{count} is shown."), self.tr("{count} are shown."))
                said = f"{said} {found}"
            self.summary.setText(said)
            self.summary.setAccessibleDescription(said)
        elif not self.summary.text():
            self.summary.setText(self.tr("Reading what was sent…"))

    def _show_progress(self, progress: Progress) -> None:
        said = self.tr("Reading what was sent: {done} of {total} answers")
        self.summary.setText(said.format(done=number(progress.done), total=number(progress.total or 0)))

    def _on_reset(self) -> None:
        tree = self._model.tree
        for row in range(tree.rowCount()):
            group = tree.index(row)
            self.tree.setFirstColumnSpanned(row, self.tree.rootIndex(), True)
            self.tree.setExpanded(group, tree.rowCount(group) <= _OPEN_AT_MOST)
        self._show_chosen()
        self._show_summary()

    def _show_chosen(self) -> None:
        one = self.chosen
        self.body.show_text(in_short_lines(one.text) if one else "")
        self.copy.setEnabled(one is not None)
        self.go.setEnabled(one is not None and one.conversation is not None)

    def _copy(self) -> None:
        one = self.chosen
        if one is not None:
            QGuiApplication.clipboard().setText(one.text)

    def _go(self) -> None:
        one = self.chosen
        if one is not None and one.conversation is not None:
            self.message_wanted.emit(one)
