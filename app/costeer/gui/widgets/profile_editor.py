"""The profile: facts, style, notes and memories, each entry with its scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from costeer.gui.strange_text import plain_tip
from costeer.gui.theme import Look
from costeer.gui.view_models.disclosures import DisclosuresViewModel
from costeer.gui.view_models.profile import ProfileViewModel
from costeer.gui.view_models.profile_sections import SECTIONS, Entry, SectionName
from costeer.gui.view_models.steering import SteeringViewModel
from costeer.gui.widgets.notice_bar import NoticeBar
from costeer.gui.widgets.parts import label, text_button, with_clear_button
from costeer.gui.widgets.private_words import PrivateWordsPage
from costeer.gui.widgets.profile_section import SectionPage
from costeer.gui.wording import number
from costeer.personalization.labels import Label

_SIZE = (680, 720)
_TITLE_BAR = 40
"""About what the window manager puts above a dialog, in logical pixels."""

_TYPING_MS = 120
_SAID_OF = 60
"""Characters of an entry that a notice repeats."""


class ProfileEditor(QDialog):
    """Edits go to the view model at once; a field is emptied only when its edit was saved. `origin_wanted` with
    the message that a memory was taken from."""

    origin_wanted = Signal(str)
    import_wanted = Signal()
    export_wanted = Signal()

    def __init__(
        self,
        model: ProfileViewModel,
        words: DisclosuresViewModel,
        steering: SteeringViewModel,
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._saving: SectionPage | None = None
        self.setWindowTitle(self.tr("Profile and memories"))
        room = self.screen().availableSize()
        self.resize(min(_SIZE[0], room.width()), min(_SIZE[1], room.height() - _TITLE_BAR))
        self.notices = NoticeBar(look)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search in all of it"))
        self.field.setAccessibleName(self.tr("Search in the profile and the memories"))
        with_clear_button(self.field, self.tr("Clear the search"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(lambda: model.search(self.field.text()))
        self.field.textChanged.connect(lambda _: self._typing.start())
        self.take = text_button(look, "import", self.tr("Import…"), self.tr("Take the entries of a profile file"))
        self.take.clicked.connect(self.import_wanted)
        self.export = text_button(look, "export", self.tr("Export…"), self.tr("Write all of it to a profile file"))
        self.export.clicked.connect(self.export_wanted)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Kind of entry"))
        self.pages: dict[SectionName, SectionPage] = {}
        for name in SECTIONS:
            self._add_page(name, look)
        self.words = PrivateWordsPage(words)
        self.tabs.addTab(self.words, self.tr("Private words"))
        words.words_changed.connect(lambda: self._count_words(len(words.words)))
        self._lay_out(steering)
        self.tabs.currentChanged.connect(lambda _: self._focus_field())
        model.edited.connect(self._on_edited)
        model.removed.connect(self._on_removed)
        model.said.connect(lambda text: self.notices.say(text, "notice"))
        model.revealed.connect(self._on_revealed)
        model.lists.changed.connect(self._show_counts)

    def say_error(self, text: str) -> None:
        """An edit could not be saved; what was typed is still in the field."""
        self._saving = None
        self.words.say_error()
        self.notices.say(text, "error")

    def show_section(self, name: SectionName) -> None:
        self.tabs.setCurrentWidget(self.pages[name])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys for finding go to the search field."""
        if event.matches(QKeySequence.StandardKey.Find):
            self.field.setFocus()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._focus_field()

    def _focus_field(self) -> None:
        """Whoever opens the dialog or turns to a list wants to write."""
        page = self.tabs.currentWidget()
        if isinstance(page, SectionPage) and not self.tabs.tabBar().hasFocus():
            page.field.setFocus()
        elif page is self.words and not self.tabs.tabBar().hasFocus():
            self.words.field.setFocus()

    def _lay_out(self, steering: SteeringViewModel) -> None:
        words = self.tr(
            "What steers stays on this computer: the cloud is not shown it, it sees the words of the answers, and "
            "what these give away is listed in the main window. What may be sent is told to the cloud."
        )
        head = QHBoxLayout()
        head.addWidget(self.field, 1)
        head.addWidget(self.take)
        head.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(head)
        column.addWidget(self.tabs, 1)
        column.addLayout(self._history_choice(steering))
        column.addWidget(self.notices)

    def _history_choice(self, steering: SteeringViewModel) -> QVBoxLayout:
        self.history = QCheckBox(self.tr("Let my earlier messages steer, too"))
        hint = self.tr(
            "What you wrote in other conversations may then colour answers; the cloud sees those answers."
        )
        self.history.setAccessibleDescription(hint)
        self.history.setToolTip(plain_tip(hint))
        self.history.setChecked(steering.history)
        self.history.toggled.connect(steering.set_history)
        steering.changed.connect(lambda: self.history.setChecked(steering.history))
        column = QVBoxLayout()
        column.addWidget(self.history)
        return column

    def _titles(self) -> dict[SectionName, str]:
        return {
            "fact": self.tr("Facts"),
            "style": self.tr("Style"),
            "note": self.tr("Notes"),
            "memory": self.tr("Memories"),
        }

    def _add_page(self, name: SectionName, look: Look) -> None:
        hints: dict[SectionName, str] = {
            "fact": self.tr("Something true about you, such as where you live or what you do."),
            "style": self.tr("How you like to write or be answered: short, warm, with examples."),
            "note": self.tr("Anything else worth knowing, such as what you are working on."),
            "memory": self.tr("Something to remember from earlier conversations."),
        }
        model = self._model
        title = self._titles()[name]
        page = SectionPage(model.sections[name], title, hints[name], look)
        page.add_wanted.connect(partial(self._add, name))
        page.rewrite_wanted.connect(partial(self._rewrite, name))
        page.remove_wanted.connect(partial(model.remove, name))
        page.scope_wanted.connect(partial(model.set_scope, name))
        page.switch_wanted.connect(partial(model.switch, name))
        page.approve_wanted.connect(model.approve)
        page.refuse_wanted.connect(model.refuse)
        page.origin_wanted.connect(self.origin_wanted)
        self.pages[name] = page
        self.tabs.addTab(page, title)

    def _add(self, name: SectionName, text: str, chosen: Label | None) -> None:
        self._save(self.pages[name], lambda: self._model.add(name, text, chosen))

    def _rewrite(self, name: SectionName, entry_id: str, text: str, chosen: Label | None) -> None:
        self._save(self.pages[name], lambda: self._model.rewrite(name, entry_id, text, chosen))

    def _save(self, page: SectionPage, edit: Callable[[], None]) -> None:
        self._saving = page
        edit()

    def _on_edited(self) -> None:
        self.notices.clear()
        if self._saving is not None:
            self._saving.end_editing()
            self._saving = None

    def _on_removed(self, entry: Entry) -> None:
        text = " ".join(entry.text.split())
        shown = text if len(text) <= _SAID_OF else text[: _SAID_OF - 1] + "…"
        said = self.tr("“{text}” was removed.").format(text=shown)
        self.notices.say(said, "notice", self.tr("Undo"), lambda: self._model.put_back(entry))

    def _on_revealed(self, name: SectionName, entry_id: str) -> None:
        self.field.clear()
        self._model.search("")
        self.show_section(name)
        self.pages[name].choose(entry_id)

    def _count_words(self, count: int) -> None:
        self.notices.clear()
        title = self.tr("Private words")
        said = self.tr("{title} ({count})").format(title=title, count=number(count)) if count else title
        self.tabs.setTabText(self.tabs.indexOf(self.words), said)

    def _show_counts(self) -> None:
        for at, (name, title) in enumerate(self._titles().items()):
            model = self._model.sections[name]
            said = title
            if model.proposed:
                said = self.tr("{title} ({count}, {proposed} proposed)")
            elif model.count:
                said = self.tr("{title} ({count})")
            said = said.format(title=title, count=number(model.count), proposed=number(model.proposed))
            self.tabs.setTabText(at, said)
