"""Whether and how strongly the next answer is steered, and how its words are picked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from costeer.bootstrap import Application
from costeer.foundation.settings import Settings, SteeringSettings
from costeer.gui.jobs import Jobs
from costeer.services import fitting
from costeer.services.conversation_settings import ConversationSettings
from costeer.services.fitting import FitPoint
from costeer.services.options import STRONGEST_GAIN, AskOptions
from costeer.steering.leak.budget import Limit
from costeer.steering.policy import PERSONAL
from costeer.steering.strength import STRONGEST

SAVED_AFTER_MS = 400
"""A slider that is being dragged is saved once it rests."""

ASKED_AHEAD = 1.0
"""Extra cloud tokens per token of an answer, where asking ahead is switched on."""

_HOTTEST = 2.0
_HELD = (
    *("enabled", "strength", "mixture", "temperature", "sampling", "prefetch", "history"),
    *("fitted_strength", "fitted_mixture", "answer_budget", "conversation_budget"),
)
"""What is chosen here; other settings are left as they are stored."""

_OWN = ("enabled", "strength", "mixture", "answer_budget", "conversation_budget")


class SteeringViewModel(QObject):
    """What the slider and the switches show, for the conversation on the screen.

    Switch, strength, gains and leak budgets belong to the conversation, once it is stored: what is chosen there
    holds there only. In a new conversation, and for everything else, the settings of the application change.
    Changes are stored a moment later, or with `flush`.
    """

    changed = Signal()
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._usual = app.settings.steering
        self._own = ConversationSettings()
        self._conversation: str | None = None
        self._ticket = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._save)
        self._own_timer = QTimer(self)
        self._own_timer.setSingleShot(True)
        self._own_timer.setInterval(SAVED_AFTER_MS)
        self._own_timer.timeout.connect(self._save_own)

    @property
    def chosen(self) -> SteeringSettings:
        """What the widgets show: the conversation's own where it has any, else the usual."""
        given = {name: value for name in _OWN if (value := getattr(self._own, name)) is not None}
        return dataclasses.replace(self._usual, **given)

    @property
    def gains(self) -> Mapping[str, float]:
        """How much single signals count: factors on the strength, where what is not named counts once, and the
        gain of the personal model, which counts only where it is named."""
        personal = self._own.personal
        return {**self._own.gains, **({} if personal is None else {PERSONAL: personal})}

    @property
    def is_own(self) -> bool:
        """Whether this conversation is steered otherwise than usual."""
        return self._own != ConversationSettings()

    @property
    def usual(self) -> SteeringSettings:
        """What new conversations get."""
        return self._usual

    @property
    def enabled(self) -> bool:
        return self.chosen.enabled

    @property
    def strength(self) -> float:
        """The slider's position, 0 to STRONGEST."""
        return self.chosen.strength

    @property
    def history(self) -> bool:
        """Whether what the user wrote in other conversations steers, too."""
        return self._usual.history

    @property
    def offline(self) -> bool:
        """Whether this conversation is answered on this computer alone."""
        return bool(self._own.offline)

    def follow(self, conversation_id: str | None) -> None:
        """Another conversation is shown; None is one that is not stored yet."""
        if conversation_id == self._conversation:
            return
        self.flush()
        self._ticket += 1
        ticket = self._ticket
        self._conversation = conversation_id
        self._put_own(ConversationSettings())
        if conversation_id is not None:
            job = self._jobs.run(lambda: self._app.chat.settings(conversation_id))
            job.succeeded.connect(lambda own: self._put_own(own) if ticket == self._ticket else None)
            job.failed.connect(self.failed)

    def adopt(self, conversation_id: str) -> None:
        """The new conversation that was shown is stored now, and keeps what was chosen for it."""
        if self._conversation is None:
            self._conversation = conversation_id
            if self.is_own:
                self._own_timer.start()

    def set_history(self, history: bool) -> None:
        self._choose(dataclasses.replace(self._usual, history=history))

    def set_offline(self, offline: bool) -> None:
        """For this conversation; others are answered by the cloud as before."""
        self._choose_own(dataclasses.replace(self._own, offline=True if offline else None))

    def set_enabled(self, enabled: bool) -> None:
        if self._conversation is None:
            self._choose(dataclasses.replace(self._usual, enabled=enabled))
        else:
            self._choose_own(dataclasses.replace(self._own, enabled=enabled))

    def set_strength(self, strength: float) -> None:
        """Go there. The user's own mark has a mixture of its own, which holds there and is left behind with it."""
        if strength == self._usual.fitted_strength:
            there = fitting.choose(self.chosen)
        else:
            strength = min(STRONGEST, max(0.0, strength))
            there = dataclasses.replace(fitting.leave(self.chosen), strength=strength)
        if self._conversation is None:
            self._choose(dataclasses.replace(self._usual, strength=there.strength, mixture=there.mixture))
        else:
            self._choose_own(dataclasses.replace(self._own, strength=there.strength, mixture=there.mixture))

    def set_gain(self, signal: str, gain: float) -> None:
        """How much one signal counts in this conversation. See `gains`."""
        gain = min(STRONGEST_GAIN, max(0.0, gain))
        if signal == PERSONAL:
            self._choose_own(dataclasses.replace(self._own, personal=gain or None))
            return
        gains = {**self._own.gains, signal: gain}
        own = dataclasses.replace(self._own, gains={name: one for name, one in gains.items() if one != 1.0})
        self._choose_own(own)

    def set_budget(self, limit: Limit, bits: float) -> None:
        """How many leak bits an answer, or the conversation, may cost; 0 is any number."""
        own = self._own
        if self._conversation is None:
            self.set_usual_budget(limit, bits)
        elif limit == "answer":
            self._choose_own(dataclasses.replace(own, answer_budget=bits))
        else:
            self._choose_own(dataclasses.replace(own, conversation_budget=bits))

    def set_usual_budget(self, limit: Limit, bits: float) -> None:
        """As `set_budget`, for conversations that have none of their own."""
        usual = self._usual
        if limit == "answer":
            self._choose(dataclasses.replace(usual, answer_budget=bits))
        else:
            self._choose(dataclasses.replace(usual, conversation_budget=bits))

    def make_usual(self) -> None:
        """What this conversation has becomes what new ones get."""
        self._choose(self.chosen)
        self.forget_own()

    def forget_own(self) -> None:
        """This conversation is steered as usual."""
        self._choose_own(ConversationSettings())

    def set_temperature(self, temperature: float) -> None:
        """0 is always the likeliest."""
        self._choose(dataclasses.replace(self._usual, temperature=min(_HOTTEST, max(0.0, temperature))))

    def set_cloud_draws(self, cloud_draws: bool) -> None:
        """Whether the cloud draws ("fast"), or this computer ("quiet")."""
        self._choose(dataclasses.replace(self._usual, sampling="fast" if cloud_draws else "quiet"))

    def set_asking_ahead(self, asking: bool) -> None:
        if asking != (self._usual.prefetch > 0.0):
            self._choose(dataclasses.replace(self._usual, prefetch=ASKED_AHEAD if asking else 0.0))

    def set_fitted(self, point: FitPoint) -> None:
        """Put the user's own mark on the slider."""
        self._choose(fitting.remember(self._usual, point))

    def forget_fitted(self) -> None:
        self._choose(fitting.forget(self._usual))

    def options(self) -> AskOptions:
        """How the next answer is wanted."""
        usual = AskOptions.from_settings(_held_in(self._app.settings.steering, self._usual))
        usual = dataclasses.replace(usual, when_found=self._app.settings.privacy.when_found)
        return self._own.applied_to(usual)

    def flush(self) -> None:
        """Save now what would be saved soon."""
        for timer, save in ((self._timer, self._save), (self._own_timer, self._save_own)):
            if timer.isActive():
                timer.stop()
                save()

    def _choose(self, steering: SteeringSettings) -> None:
        if steering != self._usual:
            self._usual = steering
            self._timer.start()
            self.changed.emit()

    def _choose_own(self, own: ConversationSettings) -> None:
        if own != self._own:
            self._own = own
            if self._conversation is not None:
                self._own_timer.start()
            self.changed.emit()

    def _put_own(self, own: ConversationSettings) -> None:
        if own != self._own:
            self._own = own
            self.changed.emit()

    def _save(self) -> None:
        chosen = self._usual

        def with_chosen(settings: Settings) -> Settings:
            return dataclasses.replace(settings, steering=_held_in(settings.steering, chosen))

        self._jobs.run(lambda: self._app.change_settings(with_chosen)).failed.connect(self.failed)

    def _save_own(self) -> None:
        conversation, own = self._conversation, self._own
        if conversation is not None:
            job = self._jobs.run(lambda: self._app.chat.change_settings(conversation, own))
            job.failed.connect(self.failed)


def _held_in(steering: SteeringSettings, chosen: SteeringSettings) -> SteeringSettings:
    return dataclasses.replace(steering, **{name: getattr(chosen, name) for name in _HELD})
