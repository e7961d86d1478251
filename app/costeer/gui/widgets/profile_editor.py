"""The profile: facts, style, notes and memories, each a list that can be edited and switched off line by line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.theme import Look
from costeer.gui.view_models.profile import SECTIONS, ProfileSectionModel, ProfileViewModel, SectionName
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label

_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""


class SectionPage(QWidget):
    """One list and the field below it, which adds an entry or changes the one chosen for editing.

    Space switches an entry on and off, Enter or a double click edits it, Delete removes it.
    """

    add_wanted = Signal(str)
    rewrite_wanted = Signal(str, str)
    remove_wanted = Signal(str)

    def __init__(self, model: ProfileSectionModel, name: str, hint: str, look: Look) -> None:
        super().__init__()
        self._model = model
        self._edited: str | None = None
        self.list = QListView()
        self.list.setAccessibleName(name)
        self.list.setModel(model)
        self.list.setWordWrap(True)
        self.list.setSpacing(1)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.activated.connect(self.edit_chosen)
        self.empty = label(self.tr("Nothing here yet; write below."), "muted", wrap=True)
        self.field = QPlainTextEdit()
        self.field.setAccessibleName(self.tr("Text of the entry"))
        self.field.setPlaceholderText(hint)
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(66)
        self.field.installEventFilter(self)
        self.save = QPushButton()
        self.save.setProperty("kind", "primary")
        self.save.clicked.connect(self._on_save)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(self.end_editing)
        self.edit = QPushButton(self.tr("Edit"))
        self.edit.clicked.connect(self.edit_chosen)
        self.remove = QPushButton(self.tr("Remove"))
        self.remove.clicked.connect(self._on_remove)
        self._lay_out(look)
        delete = QAction(self.tr("Remove"), self.list)
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._on_remove)
        self.list.addAction(delete)
        self.list.selectionModel().currentChanged.connect(self._refresh)
        model.modelReset.connect(self._refresh)
        self.field.textChanged.connect(self._refresh)
        self.end_editing()

    def edit_chosen(self) -> None:
        """Bring the chosen entry into the field."""
        entry = self._model.entry(self.list.currentIndex().row())
        if entry is not None:
            self._edited = entry.id
            self.field.setPlainText(entry.text)
            self.field.setFocus()
            self.field.selectAll()
            self._refresh()

    def end_editing(self) -> None:
        """The field is empty again, ready to add."""
        self._edited = None
        self.field.clear()
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
                self._on_save()
                return True
            if event.key() == Qt.Key.Key_Escape and self._edited is not None:
                self.end_editing()
                return True
        return super().eventFilter(watched, event)

    def _lay_out(self, look: Look) -> None:
        look.dress(self.edit, "edit")
        look.dress(self.remove, "trash")
        buttons = QHBoxLayout()
        buttons.addWidget(self.edit)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.field)
        column.addLayout(buttons)

    def _refresh(self) -> None:
        chosen = self._model.entry(self.list.currentIndex().row()) is not None
        editing = self._edited is not None
        self.empty.setVisible(self._model.rowCount() == 0)
        self.edit.setEnabled(chosen)
        self.remove.setEnabled(chosen)
        self.cancel.setVisible(editing)
        self.save.setText(self.tr("Save change") if editing else self.tr("Add"))
        written = bool(self.field.toPlainText().strip())
        self.save.setEnabled(written)
        self.save.setToolTip("" if written else self.tr("Write something first"))

    def _on_save(self) -> None:
        text = self.field.toPlainText().strip()
        if not text:
            return
        if self._edited is None:
            self.add_wanted.emit(text)
        else:
            self.rewrite_wanted.emit(self._edited, text)

    def _on_remove(self) -> None:
        entry = self._model.entry(self.list.currentIndex().row())
        if entry is not None:
            if entry.id == self._edited:
                self.end_editing()
            self.remove_wanted.emit(entry.id)


class ProfileEditor(QDialog):
    """Edits go to the view model at once; a field is emptied only when its edit was saved."""

    def __init__(
        self, model: ProfileViewModel, steering: SteeringViewModel, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._saving: SectionPage | None = None
        self.setWindowTitle(self.tr("Profile and memories"))
        room = self.screen().availableSize()
        self.resize(min(600, room.width()), min(560, room.height() - _TITLE_BAR))
        self.notices = NoticeBar(look)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Kind of entry"))
        self.pages: dict[SectionName, SectionPage] = {}
        for name in SECTIONS:
            self._add_page(name, look)
        words = self.tr(
            "Only the small model on this computer is shown this, and only what is ticked. "
            "The cloud is not shown it; it sees the words of the answers, and what these give away "
            "is listed in the main window."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addWidget(self.tabs, 1)
        column.addLayout(self._history_choice(steering))
        column.addWidget(self.notices)
        self.tabs.currentChanged.connect(lambda _: self._focus_field())
        model.edited.connect(self._on_edited)

    def say_error(self, text: str) -> None:
        """An edit could not be saved; what was typed is still in the field."""
        self._saving = None
        self.notices.say(text, "error")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._focus_field()

    def _focus_field(self) -> None:
        """Whoever opens the dialog or turns to a list wants to write."""
        page = self.tabs.currentWidget()
        if isinstance(page, SectionPage) and not self.tabs.tabBar().hasFocus():
            page.field.setFocus()

    def _history_choice(self, steering: SteeringViewModel) -> QVBoxLayout:
        self.history = QCheckBox(self.tr("Let my earlier messages steer, too"))
        hint = self.tr(
            "What you wrote in other conversations may then colour answers; the cloud sees those answers."
        )
        self.history.setAccessibleDescription(hint)
        self.history.setChecked(steering.history)
        self.history.toggled.connect(steering.set_history)
        steering.changed.connect(lambda: self.history.setChecked(steering.history))
        said = label(hint, "muted", wrap=True)
        said.setIndent(23)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.history)
        column.addWidget(said)
        return column

    def _add_page(self, name: SectionName, look: Look) -> None:
        titles = {
            "fact": (
                self.tr("Facts"),
                self.tr("Something true about you, such as where you live or what you do."),
            ),
            "style": (
                self.tr("Style"),
                self.tr("How you like to write or be answered: short, warm, with examples."),
            ),
            "note": (self.tr("Notes"), self.tr("Anything else worth knowing, such as what you are working on.")),
            "memory": (self.tr("Memories"), self.tr("Something to remember from earlier conversations.")),
        }
        title, hint = titles[name]
        page = SectionPage(self._model.sections[name], title, hint, look)
        page.add_wanted.connect(lambda text: self._save(page, lambda: self._model.add(name, text)))
        page.rewrite_wanted.connect(
            lambda entry, text: self._save(page, lambda: self._model.rewrite(name, entry, text))
        )
        page.remove_wanted.connect(lambda entry: self._model.remove(name, entry))
        self.pages[name] = page
        self.tabs.addTab(page, title)

    def _save(self, page: SectionPage, edit: Callable[[], None]) -> None:
        self._saving = page
        edit()

    def _on_edited(self) -> None:
        self.notices.clear()
        if self._saving is not None:
            self._saving.end_editing()
            self._saving = None
