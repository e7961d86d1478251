"""The palette at the commands and the list of conversations."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from costeer.gui.commands import Commands, group_title
from costeer.gui.joins.conversations import ConversationsJoin
from costeer.gui.theme import Look
from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.palette import PaletteEntry, PaletteModel
from costeer.gui.widgets.command_palette import CommandPalette

_COMMAND = "view.palette"


class PaletteJoin(QObject):
    """The palette is made when it is first opened. What it offers is read anew at each opening."""

    def __init__(
        self,
        commands: Commands,
        conversations: ConversationsViewModel,
        join: ConversationsJoin,
        look: Look,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._commands = commands
        self._conversations = conversations
        self._join = join
        self._look = look
        self._window = window
        self._palette: CommandPalette | None = None
        self.model = PaletteModel(self)
        commands.ran.connect(self._on_ran)
        commands.add(_COMMAND, self.tr("Commands and conversations…"), "view", self.open, "Ctrl+K")

    @property
    def palette(self) -> CommandPalette:
        if self._palette is None:
            self._palette = CommandPalette(self.model, self._look, self._window)
            self._palette.chosen.connect(self._on_chosen)
        return self._palette

    def open(self) -> None:
        self._commands.refresh()
        self.model.offer(self._entries())
        self.palette.bring_up()

    def _entries(self) -> Iterator[PaletteEntry]:
        for one in self._commands.all():
            if one.action.isEnabled() and one.id != _COMMAND:
                keys = self._commands.keys_of(one.id)
                yield PaletteEntry("command", one.id, one.title, group_title(one.group), keys)
        kind = self.tr("Conversation")
        for found in self._conversations.listed:
            if found.title:
                yield PaletteEntry("conversation", found.id, found.title, kind)

    def _on_chosen(self, entry: PaletteEntry) -> None:
        self._window.activateWindow()
        if entry.kind == "command":
            self._commands[entry.id].action.trigger()
        else:
            self.model.used(entry.id)
            self._join.open(entry.id)

    def _on_ran(self, command: str) -> None:
        if command != _COMMAND:
            self.model.used(command)
