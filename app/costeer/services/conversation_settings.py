"""How one conversation is steered, where that is not what the settings of the application say."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costeer.foundation.errors import BadInput
from costeer.services.options import AskOptions

_MOST_GAINS = 16
_OPTIONS = (
    *("enabled", "strength", "mixture", "history", "answer_budget", "conversation_budget"),
    *("offline", "personal"),
)


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """None means: as the application is set. `gains` are factors on the strength of single signals, by name;
    `preferences` are weights of dimensions, by id."""

    enabled: bool | None = None
    strength: float | None = None
    mixture: float | None = None
    history: bool | None = None
    answer_budget: float | None = None
    conversation_budget: float | None = None
    gains: Mapping[str, float] = field(default_factory=dict)
    preferences: Mapping[str, float] = field(default_factory=dict)
    offline: bool | None = None
    personal: float | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> ConversationSettings:
        """What was stored, by whichever version: what this one does not know or cannot use is as if it were not
        there."""

        def number(value: object) -> float | None:
            usable = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            return float(value) if usable else None  # type: ignore[arg-type]  # as `usable` has found

        def yes_or_no(value: object) -> bool | None:
            return value if isinstance(value, bool) else None

        def numbers(listed: object) -> dict[str, float]:
            found = {str(name): number(one) for name, one in listed.items()} if isinstance(listed, dict) else {}
            return {name: one for name, one in found.items() if one is not None}

        return cls(
            yes_or_no(stored.get("enabled")),
            number(stored.get("strength")),
            number(stored.get("mixture")),
            yes_or_no(stored.get("history")),
            number(stored.get("answer_budget")),
            number(stored.get("conversation_budget")),
            numbers(stored.get("gains")),
            numbers(stored.get("preferences")),
            yes_or_no(stored.get("offline")),
            number(stored.get("personal")),
        )

    def stored(self) -> dict[str, Any]:
        """As JSON holds it; only what is set."""
        listed = {"gains": dict(self.gains) or None, "preferences": dict(self.preferences) or None}
        values = {**dataclasses.asdict(self), **listed}
        return {name: value for name, value in values.items() if value is not None}

    def check(self) -> None:
        """Raise BadInput, naming the value and its range, when one cannot be used."""
        self.applied_to(AskOptions()).check()
        count = max(len(self.gains), len(self.preferences))
        if count > _MOST_GAINS:
            raise BadInput(
                "There are {count} gains and {most} are allowed; remove some.",
                count=count,
                most=_MOST_GAINS,
            )

    def applied_to(self, options: AskOptions) -> AskOptions:
        """`options` with what is set here."""
        given = {name: value for name in _OPTIONS if (value := getattr(self, name)) is not None}
        gains, preferences = {**options.gains, **self.gains}, {**options.preferences, **self.preferences}
        return dataclasses.replace(options, **given, gains=gains, preferences=preferences)
