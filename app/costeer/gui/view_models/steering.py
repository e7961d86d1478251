"""Whether and how strongly the next answer is steered, and how its words are picked."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.bootstrap import Application
from costeer.foundation.settings import Settings, SteeringSettings
from costeer.gui.jobs import Jobs
from costeer.services import fitting
from costeer.services.fitting import FitPoint
from costeer.services.options import AskOptions
from costeer.steering.strength import STRONGEST

SAVED_AFTER_MS = 400
"""A slider that is being dragged is saved once it rests."""

ASKED_AHEAD = 1.0
"""Extra cloud tokens per token of an answer, where asking ahead is switched on."""

_HOTTEST = 2.0
_HELD = (
    *("enabled", "strength", "mixture", "temperature", "sampling", "prefetch", "history"),
    *("fitted_strength", "fitted_mixture"),
)
"""What is chosen here; other settings are left as they are stored."""


class SteeringViewModel(QObject):
    """What the slider and the switches show. Changes reach the settings file a moment later, or with `flush`."""

    changed = Signal()
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._chosen = app.settings.steering
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._save)

    @property
    def chosen(self) -> SteeringSettings:
        """What the widgets show."""
        return self._chosen

    @property
    def enabled(self) -> bool:
        return self._chosen.enabled

    @property
    def strength(self) -> float:
        """The slider's position, 0 to STRONGEST."""
        return self._chosen.strength

    @property
    def history(self) -> bool:
        """Whether what the user wrote in other conversations steers, too."""
        return self._chosen.history

    def set_history(self, history: bool) -> None:
        self._choose(dataclasses.replace(self._chosen, history=history))

    def set_enabled(self, enabled: bool) -> None:
        self._choose(dataclasses.replace(self._chosen, enabled=enabled))

    def set_strength(self, strength: float) -> None:
        """Go there. The user's own mark has a mixture of its own, which holds there and is left behind with it."""
        if strength == self._chosen.fitted_strength:
            self._choose(fitting.choose(self._chosen))
        else:
            strength = min(STRONGEST, max(0.0, strength))
            self._choose(dataclasses.replace(fitting.leave(self._chosen), strength=strength))

    def set_temperature(self, temperature: float) -> None:
        """0 is always the likeliest."""
        self._choose(dataclasses.replace(self._chosen, temperature=min(_HOTTEST, max(0.0, temperature))))

    def set_cloud_draws(self, cloud_draws: bool) -> None:
        """Whether the cloud draws ("fast"), or this computer ("quiet")."""
        self._choose(dataclasses.replace(self._chosen, sampling="fast" if cloud_draws else "quiet"))

    def set_asking_ahead(self, asking: bool) -> None:
        if asking != (self._chosen.prefetch > 0.0):
            self._choose(dataclasses.replace(self._chosen, prefetch=ASKED_AHEAD if asking else 0.0))

    def set_fitted(self, point: FitPoint) -> None:
        """Put the user's own mark on the slider."""
        self._choose(fitting.remember(self._chosen, point))

    def forget_fitted(self) -> None:
        self._choose(fitting.forget(self._chosen))

    def options(self) -> AskOptions:
        """How the next answer is wanted."""
        return AskOptions.from_settings(self._chosen_in(self._app.settings.steering))

    def flush(self) -> None:
        """Save now what would be saved soon."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()

    def _choose(self, steering: SteeringSettings) -> None:
        if steering != self._chosen:
            self._chosen = steering
            self._timer.start()
            self.changed.emit()

    def _save(self) -> None:
        chosen = self._chosen

        def with_chosen(settings: Settings) -> Settings:
            return dataclasses.replace(settings, steering=_held_in(settings.steering, chosen))

        self._jobs.run(lambda: self._app.change_settings(with_chosen)).failed.connect(self.failed)

    def _chosen_in(self, steering: SteeringSettings) -> SteeringSettings:
        return _held_in(steering, self._chosen)


def _held_in(steering: SteeringSettings, chosen: SteeringSettings) -> SteeringSettings:
    return dataclasses.replace(steering, **{name: getattr(chosen, name) for name in _HELD})
