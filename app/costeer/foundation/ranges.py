"""Values that must lie between bounds."""

from __future__ import annotations

from collections.abc import Iterable

from costeer.foundation.errors import BadInput
from costeer.foundation.translatable import Translatable


def check_ranges(values: Iterable[tuple[Translatable, float, float, float]]) -> None:
    """Of each (name, value, lowest, highest). Raises BadInput, naming the first that is outside and its range."""
    for name, value, low, high in values:
        if not low <= value <= high:
            raise BadInput(
                "The {name} {value} is outside {low} to {high}; choose one inside.",
                name=name,
                value=value,
                low=low,
                high=high,
            )
