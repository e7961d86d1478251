"""One list of the profile, and what can be done with its rows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QSignalBlocker, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QListView,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.profile_sections import (
    SCOPES,
    Entry,
    ProfileSectionModel,
    label_words,
    scope_meaning,
    scope_words,
    state_of,
)
from costeer.gui.widgets.parts import label
from costeer.gui.widgets.plain_field import PlainField
from costeer.gui.widgets.profile_rows import ProfileDelegate
from costeer.personalization.labels import LABELS, Label, split_label
from costeer.storage.records import Memory

_FIELD_HEIGHT = 58


class SectionPage(QWidget):
    """One list, the scope of the row chosen, and the field that adds an entry or changes the one chosen.

    Space takes a row out of use or back, Enter or a double click edits it, Delete removes it.
    """

    add_wanted = Signal(str, object)
    rewrite_wanted = Signal(str, str, object)
    remove_wanted = Signal(str)
    scope_wanted = Signal(str, str)
    switch_wanted = Signal(str)
    approve_wanted = Signal(str)
    refuse_wanted = Signal(str)
    origin_wanted = Signal(str)

    def __init__(self, model: ProfileSectionModel, name: str, hint: str, look: Look) -> None:
        super().__init__()
        self._model = model
        self._edited: str | None = None
        self.list = self._make_list(name, look)
        self.empty = label(self.tr("Nothing here yet; write below."), "muted", wrap=True)
        self.nothing = label(self.tr("Nothing was found."), "muted", wrap=True)
        self._make_scopes()
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Kind of fact"))
        self.kind.view().setAccessibleName(self.tr("Kind of fact"))
        self.kind.addItem(self.tr("Anything"), None)
        for one in LABELS:
            self.kind.addItem(label_words(one), one)
        self.kind.setVisible(model.section == "fact")
        self.field = PlainField()
        self.field.setAccessibleName(self.tr("Text of the entry"))
        self.field.setPlaceholderText(hint)
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(_FIELD_HEIGHT)
        self.field.installEventFilter(self)
        self._make_buttons(look)
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        model.modelReset.connect(self._refresh)
        model.dataChanged.connect(self._refresh)
        self.field.textChanged.connect(self._refresh)
        self.end_editing()

    @property
    def chosen(self) -> Entry | None:
        return self._model.entry(self.list.currentIndex().row())

    @property
    def label(self) -> Label | None:
        """Of the fact being written."""
        chosen: Label | None = self.kind.currentData() if self._model.section == "fact" else None
        return chosen

    def choose(self, entry_id: str) -> None:
        """Stand on a row."""
        index = self._model.index(self._model.row_of(entry_id))
        if index.isValid():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
            self.list.setFocus()

    def edit_chosen(self) -> None:
        """Bring the chosen entry into the field."""
        entry = self.chosen
        if entry is not None:
            self._edited = entry.id
            of, text = split_label(entry.text) if self._model.section == "fact" else (None, entry.text)
            self.kind.setCurrentIndex(0 if of is None else self.kind.findData(of))
            self.field.setPlainText(text)
            self.field.setFocus()
            self.field.selectAll()
            self._refresh()

    def end_editing(self) -> None:
        """The field is empty again, ready to add."""
        self._edited = None
        self.kind.setCurrentIndex(0)
        self.field.clear()
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if watched is self.list and event.key() == Qt.Key.Key_Space and self.chosen is not None:
            self.switch_wanted.emit(self.chosen.id)
            return True
        if watched is self.field:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
                self._on_save()
                return True
            if event.key() == Qt.Key.Key_Escape and self._edited is not None:
                self.end_editing()
                return True
        return super().eventFilter(watched, event)

    def _make_list(self, name: str, look: Look) -> QListView:
        made = QListView()
        made.setAccessibleName(name)
        made.setModel(self._model)
        made.setItemDelegate(ProfileDelegate(look, made))
        made.setSpacing(1)
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        made.activated.connect(self.edit_chosen)
        made.installEventFilter(self)
        delete = QAction(self.tr("Remove"), made)
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._on_remove)
        made.addAction(delete)
        return made

    def _make_scopes(self) -> None:
        self.scopes = QButtonGroup(self)
        for at, scope in enumerate(SCOPES):
            button = QRadioButton(scope_words(scope))
            button.setToolTip(plain_tip(scope_meaning(scope)))
            button.setAccessibleDescription(scope_meaning(scope))
            self.scopes.addButton(button, at)
        self.scopes.idClicked.connect(self._on_scope)
        self.meaning = label(tone="muted", wrap=True)

    def _make_buttons(self, look: Look) -> None:
        self.approve = QPushButton(self.tr("Approve"))
        self.approve.clicked.connect(lambda: self._tell(self.approve_wanted))
        self.refuse = QPushButton(self.tr("Refuse"))
        self.refuse.clicked.connect(lambda: self._tell(self.refuse_wanted))
        self.origin = QPushButton(self.tr("Show the message"))
        self.origin.setToolTip(self.tr("The message that it was taken from"))
        self.origin.clicked.connect(self._on_origin)
        self.edit = QPushButton(self.tr("Edit"))
        self.edit.clicked.connect(self.edit_chosen)
        self.remove = QPushButton(self.tr("Remove"))
        self.remove.clicked.connect(self._on_remove)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.end_editing)
        self.save = QPushButton()
        self.save.setProperty("kind", "primary")
        self.save.clicked.connect(self._on_save)
        look.dress(self.edit, "edit")
        look.dress(self.remove, "trash")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for one in (self.approve, self.refuse, self.edit, self.remove, self.origin):
            row.addWidget(one)
        row.addStretch(1)
        scopes = QHBoxLayout()
        scopes.setSpacing(14)
        for button in self.scopes.buttons():
            scopes.addWidget(button)
        scopes.addStretch(1)
        writing = QHBoxLayout()
        writing.addWidget(self.kind, 0, Qt.AlignmentFlag.AlignTop)
        writing.addWidget(self.field, 1)
        buttons = QVBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        writing.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.empty)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        column.addLayout(scopes)
        column.addWidget(self.meaning)
        column.addLayout(row)
        column.addLayout(writing)

    def _on_current_changed(self) -> None:
        """The keyboard may come to stand on a row without choosing it; here that is the same."""
        current = self.list.currentIndex()
        if current.isValid() and not self.list.selectionModel().isSelected(current):
            self.list.selectionModel().select(current, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._refresh()

    def _refresh(self) -> None:
        chosen = self.chosen
        editing = self._edited is not None
        self.empty.setVisible(self._model.rowCount() == 0 and not self._model.all())
        self.nothing.setVisible(self._model.rowCount() == 0 and bool(self._model.all()))
        self._show_scope(chosen)
        state = state_of(chosen) if chosen is not None else ""
        is_memory = self._model.section == "memory"
        self.approve.setVisible(is_memory)
        self.approve.setEnabled(state in ("proposed", "refused"))
        self.refuse.setVisible(is_memory)
        self.refuse.setEnabled(state == "proposed")
        self.origin.setVisible(is_memory)
        self.origin.setEnabled(isinstance(chosen, Memory) and chosen.origin is not None)
        self.edit.setEnabled(chosen is not None)
        self.remove.setEnabled(chosen is not None)
        self.cancel.setVisible(editing)
        self.save.setText(self.tr("Save change") if editing else self.tr("Add"))
        written = bool(self.field.toPlainText().strip())
        self.save.setEnabled(written)
        self.save.setToolTip(plain_tip("" if written else self.tr("Write something first")))

    def _show_scope(self, chosen: Entry | None) -> None:
        with QSignalBlocker(self.scopes):
            self.scopes.setExclusive(chosen is not None)
            for button, scope in zip(self.scopes.buttons(), SCOPES, strict=True):
                button.setEnabled(chosen is not None)
                button.setChecked(chosen is not None and chosen.scope == scope)
        self.meaning.setText(
            scope_meaning(chosen.scope)
            if chosen is not None
            else self.tr("Choose a row to say what becomes of it.")
        )

    def _on_scope(self, at: int) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.scope != SCOPES[at]:
            self.scope_wanted.emit(chosen.id, SCOPES[at])

    def _on_save(self) -> None:
        text = self.field.toPlainText().strip()
        if not text:
            return
        if self._edited is None:
            self.add_wanted.emit(text, self.label)
        else:
            self.rewrite_wanted.emit(self._edited, text, self.label)

    def _on_remove(self) -> None:
        entry = self.chosen
        if entry is not None:
            if entry.id == self._edited:
                self.end_editing()
            self.remove_wanted.emit(entry.id)

    def _on_origin(self) -> None:
        entry = self.chosen
        if isinstance(entry, Memory) and entry.origin is not None:
            self.origin_wanted.emit(entry.origin)

    def _tell(self, signal: SignalInstance) -> None:
        entry = self.chosen
        if entry is not None:
            signal.emit(entry.id)
