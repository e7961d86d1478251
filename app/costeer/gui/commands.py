"""The window's named actions: whatever can be done by a key, from a menu or from the palette, once.

A feature adds its commands where it is joined to the window (`gui/joins/`). The palette, the page of shortcuts,
the menus and the tool tips of buttons read them here, so none of these can be out of step. Window thread only.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from costeer.gui.strange_text import plain_tip
from costeer.gui.wording import tr

Group = Literal["chat", "conversation", "steering", "view", "you", "application"]
GROUPS: tuple[Group, ...] = ("chat", "conversation", "steering", "view", "you", "application")
"""In the order in which they are listed."""

_WRITING_KEYS = (
    *(QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut, QKeySequence.StandardKey.Paste),
    *(QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo, QKeySequence.StandardKey.SelectAll),
)
_NO_CHARACTER = re.compile(r"(Ctrl|Alt|Meta)\+|(Shift\+)?(F\d+|Esc)(,|$)")
"""How keys begin that never write anything, as QKeySequence writes them in files."""

Slot = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Command:
    """`keys` are the usual ones, as QKeySequence writes them everywhere; the action has those in force. A `local`
    one is heard only where `owner` has the focus, so its keys may be plain ones."""

    id: str
    title: str
    group: Group
    keys: str
    action: QAction
    local: bool
    available: Callable[[], bool]


class Commands(QObject):
    """`changed` when keys have become others; `ran` with the id of a command that the user has run.

    Invariant: no two commands have the same keys. What is chosen comes before what is usual.
    """

    changed = Signal()
    ran = Signal(str)

    def __init__(self, window: QWidget, chosen: Mapping[str, str]) -> None:
        super().__init__(window)
        self._window = window
        self._chosen = dict(chosen)
        self._commands: dict[str, Command] = {}
        self._explained: weakref.WeakKeyDictionary[QWidget, tuple[str, str, str]] = weakref.WeakKeyDictionary()

    def add(
        self,
        id: str,
        title: str,
        group: Group,
        slot: Slot,
        keys: str = "",
        *,
        when: Callable[[], bool] | None = None,
        owner: QWidget | None = None,
    ) -> QAction:
        """A command that is always available, or `when` that says so (see `refresh`). Ids are for good: the
        settings hold them."""
        assert id not in self._commands, id
        action = QAction(title, owner or self._window)
        action.setObjectName(id)
        action.setShortcutContext(
            Qt.ShortcutContext.WidgetShortcut if owner else Qt.ShortcutContext.WindowShortcut
        )
        action.triggered.connect(lambda: self._run(id, slot))
        (owner or self._window).addAction(action)
        self._commands[id] = Command(id, title, group, keys, action, owner is not None, when or _always)
        self._put_keys()
        return action

    def __getitem__(self, id: str) -> Command:
        return self._commands[id]

    def all(self) -> list[Command]:
        """By group, and within a group as they were added."""
        return sorted(self._commands.values(), key=lambda one: GROUPS.index(one.group))

    def keys_of(self, id: str) -> str:
        """The keys in force, as this system writes them; empty where there are none."""
        one = self._commands.get(id)
        return one.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if one else ""

    def refresh(self) -> None:
        """Ask each command anew whether it is available; to be called when something has changed."""
        for one in self._commands.values():
            one.action.setEnabled(one.available())

    def use(self, chosen: Mapping[str, str]) -> None:
        """The keys that the user has chosen, by command."""
        if dict(chosen) != self._chosen:
            self._chosen = dict(chosen)
            self._put_keys()

    def is_usual(self, id: str) -> bool:
        """Whether its keys are those it came with."""
        return self._chosen.get(id, self._commands[id].keys) == self._commands[id].keys

    def problem(self, id: str, keys: str) -> str:
        """Why the command cannot have these keys, in one sentence; empty when it can."""
        wanted = QKeySequence(keys)
        if wanted.isEmpty():
            return ""
        shown = wanted.toString(QKeySequence.SequenceFormat.NativeText)
        local = self._commands[id].local
        if any(wanted in QKeySequence.keyBindings(one) for one in _WRITING_KEYS):
            return tr("{keys} is needed for writing; choose other keys.").format(keys=shown)
        if not local and not _NO_CHARACTER.match(wanted.toString()):
            said = tr("{keys} alone would be in the way of writing; add {control} or {alternate}.")
            return said.format(keys=shown, control=_name("Ctrl"), alternate=_name("Alt"))
        other = next((one for one in self.all() if one.id != id and one.action.shortcut() == wanted), None)
        if other is not None:
            said = tr("{keys} is already used for “{title}”; choose others, or take them from it first.")
            return said.format(keys=shown, title=other.title)
        return ""

    def explain(self, widget: QWidget, id: str, text: str = "", more: str = "") -> None:
        """Let the tool tip of `widget` say `text` (else the command's title) with the keys in force, now and
        whenever these change; `more` are further lines."""
        self._explained[widget] = (id, text, more)
        self._put_tip(widget)

    def fill(self, menu: QMenu, *ids: str) -> None:
        """Add commands to a menu; an empty id is a line between them."""
        for one in ids:
            if one:
                menu.addAction(self._commands[one].action)
            else:
                menu.addSeparator()

    def _run(self, id: str, slot: Slot) -> None:
        self.ran.emit(id)
        slot()

    def _put_keys(self) -> None:
        taken: set[str] = set()
        chosen = [one for one in self._commands.values() if one.id in self._chosen]
        usual = [one for one in self._commands.values() if one.id not in self._chosen]
        for one in (*chosen, *usual):
            keys = QKeySequence(self._chosen.get(one.id, one.keys))
            if keys.toString() in taken:
                keys = QKeySequence()
            if not keys.isEmpty():
                taken.add(keys.toString())
            if keys != one.action.shortcut():
                one.action.setShortcut(keys)
        for widget in list(self._explained):
            if shiboken6.isValid(widget):
                self._put_tip(widget)
        self.changed.emit()

    def _put_tip(self, widget: QWidget) -> None:
        id, text, more = self._explained[widget]
        one = self._commands.get(id)
        first = text or (one.title if one else "")
        keys = self.keys_of(id)
        first = tr("{text} ({keys})").format(text=first, keys=keys) if keys else first
        widget.setToolTip(plain_tip(f"{first}\n{more}" if more else first))


def group_title(group: Group) -> str:
    titles = {
        "chat": tr("Chat"),
        "conversation": tr("Conversations"),
        "steering": tr("Steering"),
        "view": tr("View"),
        "you": tr("You and your clouds"),
        "application": tr("Application"),
    }
    return titles[group]


def _always() -> bool:
    return True


def _name(modifier: str) -> str:
    """What this system calls it."""
    return QKeySequence(f"{modifier}+A").toString(QKeySequence.SequenceFormat.NativeText).rstrip("A").rstrip("+")
