"""Whether and how strongly the next answer is steered."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.bootstrap import Application
from costeer.foundation.settings import SteeringSettings
from costeer.gui.jobs import Jobs
from costeer.services.options import AskOptions
from costeer.steering.strength import STRONGEST

SAVED_AFTER_MS = 400
"""A slider that is being dragged is saved once it rests."""


class SteeringViewModel(QObject):
    """What the slider and the switches show. Changes reach the settings file a moment later, or with `flush`."""

    changed = Signal()
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._enabled = app.settings.steering.enabled
        self._strength = app.settings.steering.strength
        self._history = app.settings.steering.history
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._save)

    @property
    def enabled(self) -> bool:
        return self._enabled

    @property
    def strength(self) -> float:
        """The slider's position, 0 to STRONGEST."""
        return self._strength

    @property
    def history(self) -> bool:
        """Whether what the user wrote in other conversations steers, too."""
        return self._history

    def set_history(self, history: bool) -> None:
        if history != self._history:
            self._history = history
            self._note_change()

    def set_enabled(self, enabled: bool) -> None:
        if enabled != self._enabled:
            self._enabled = enabled
            self._note_change()

    def set_strength(self, strength: float) -> None:
        strength = min(STRONGEST, max(0.0, strength))
        if strength != self._strength:
            self._strength = strength
            self._note_change()

    def options(self) -> AskOptions:
        """How the next answer is wanted."""
        return AskOptions.from_settings(self._chosen_in(self._app.settings.steering))

    def flush(self) -> None:
        """Save now what would be saved soon."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()

    def _note_change(self) -> None:
        self._timer.start()
        self.changed.emit()

    def _save(self) -> None:
        chosen = self._chosen_in(self._app.settings.steering)

        def save() -> None:
            settings = self._app.settings
            steering = dataclasses.replace(
                settings.steering, enabled=chosen.enabled, strength=chosen.strength, history=chosen.history
            )
            self._app.update_settings(dataclasses.replace(settings, steering=steering))

        self._jobs.run(save).failed.connect(self.failed)

    def _chosen_in(self, steering: SteeringSettings) -> SteeringSettings:
        return dataclasses.replace(steering, enabled=self._enabled, strength=self._strength, history=self._history)
