"""Reading the options of a task."""

from __future__ import annotations

from costeer.foundation.errors import BadInput


def in_bounds(name: str, text: str, low: float, high: float) -> float:
    """The value of the option `--name`. Raises BadInput."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise BadInput(
            "--{name} {value} is outside {low:g} to {high:g}; choose a number inside.",
            name=name,
            value=text,
            low=low,
            high=high,
        )
    return value


def whole(name: str, text: str, low: int, high: int) -> int:
    """The same for a whole number; a fraction is cut off."""
    return int(in_bounds(name, text, low, high))
