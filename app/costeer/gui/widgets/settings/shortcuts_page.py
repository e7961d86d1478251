"""Settings: the keys of every command."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QLineEdit, QPushButton

from costeer.gui.commands import Command, Commands, group_title
from costeer.gui.theme import Look
from costeer.gui.view_models.settings import SettingsViewModel
from costeer.gui.widgets.parts import with_clear_button
from costeer.gui.widgets.settings.rows import SettingRow, SettingsPage


class ShortcutsPage(SettingsPage):
    """A field takes the keys that are pressed in it. What cannot be is said below it, and the keys stay as they
    were."""

    def __init__(self, commands: Commands, model: SettingsViewModel, look: Look) -> None:
        super().__init__(self.tr("Shortcuts"))
        self._commands = commands
        self._model = model
        self.fields: dict[str, QKeySequenceEdit] = {}
        self.by_command: dict[str, SettingRow] = {}
        everything = QPushButton(self.tr("Reset all"))
        everything.clicked.connect(model.reset_shortcuts)
        self.add(
            SettingRow(
                self.tr("All shortcuts"),
                self.tr("Click a field and press the keys you want; the cross leaves the command without keys."),
                everything,
                look,
            )
        )
        group = None
        for one in commands.all():
            if one.group != group:
                group = one.group
                self.begin_section(group_title(group))
            self._add(one, look)
        commands.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        for command, field in self.fields.items():
            with QSignalBlocker(field):
                field.setKeySequence(self._commands[command].action.shortcut())
            self.by_command[command].reset.setVisible(not self._commands.is_usual(command))

    def _add(self, one: Command, look: Look) -> None:
        field = QKeySequenceEdit()
        field.setMaximumSequenceLength(1)
        field.setFixedWidth(180)
        name = self.tr("Keys for: {title}").format(title=one.title)
        field.setAccessibleName(name)
        for inner in field.findChildren(QLineEdit):
            inner.setAccessibleName(name)
            inner.setPlaceholderText(self.tr("none"))
            with_clear_button(inner, self.tr("No keys for: {title}").format(title=one.title))
        field.editingFinished.connect(lambda: self._on_pressed(one.id))
        row = SettingRow(one.title, "", field, look)
        row.reset_wanted.connect(lambda: self._on_reset(one.id))
        row.setContentsMargins(0, -5, 0, -5)  # a long list: closer together than elsewhere
        self.fields[one.id], self.by_command[one.id] = field, row
        self.add(row)

    def _on_pressed(self, command: str) -> None:
        keys = self.fields[command].keySequence()
        row = self.by_command[command]
        if keys == self._commands[command].action.shortcut():
            row.say("")
            return
        problem = self._commands.problem(command, keys.toString())
        row.say(problem)
        if problem:
            self.refresh()
        else:
            usual = keys == QKeySequence(self._commands[command].keys)
            self._model.put_shortcut(command, None if usual else keys.toString())

    def _on_reset(self, command: str) -> None:
        problem = self._commands.problem(command, self._commands[command].keys)
        self.by_command[command].say(problem)
        if not problem:
            self._model.put_shortcut(command, None)
