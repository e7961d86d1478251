"""What the pages of the settings show and change."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.foundation.settings import Settings, WindowSettings
from costeer.gui.jobs import Jobs

Change = Callable[[Settings], Settings]


class SettingsViewModel(QObject):
    """A change is shown and in force at once (`changed`), and is on the disk a moment later, in the order in which
    changes were made. A change is a function, so that what others have changed meanwhile stays."""

    changed = Signal()
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._settings = app.settings

    @property
    def settings(self) -> Settings:
        """As shown; only what is chosen here may be taken from it."""
        return self._settings

    @property
    def window(self) -> WindowSettings:
        return self._settings.window

    def put(self, change: Change) -> None:
        settings = change(self._settings)
        if settings == self._settings:
            return
        self._settings = settings
        self._jobs.run(lambda: self._app.change_settings(change)).failed.connect(self.failed)
        self.changed.emit()

    def put_window(self, **values: object) -> None:
        """Fields of WindowSettings by their names."""

        def change(settings: Settings) -> Settings:
            return dataclasses.replace(settings, window=dataclasses.replace(settings.window, **values))  # type: ignore[arg-type]

        self.put(change)

    def put_shortcut(self, command: str, keys: str | None) -> None:
        """None: the usual ones."""

        def change(settings: Settings) -> Settings:
            chosen = {name: one for name, one in settings.window.shortcuts.items() if name != command}
            if keys is not None:
                chosen[command] = keys
            return dataclasses.replace(settings, window=dataclasses.replace(settings.window, shortcuts=chosen))

        self.put(change)

    def reset_shortcuts(self) -> None:
        self.put_window(shortcuts={})


def field(settings: Settings, name: str) -> object:
    """A value by its name, `window.theme` or `fast_copies`."""
    return operator.attrgetter(name)(settings)


def with_field(settings: Settings, name: str, value: object) -> Settings:
    """`settings` with one value changed, named as in `field`."""
    group, _, last = name.rpartition(".")
    if not group:
        return dataclasses.replace(settings, **{last: value})  # type: ignore[arg-type]
    inner = dataclasses.replace(getattr(settings, group), **{last: value})
    return dataclasses.replace(settings, **{group: inner})
