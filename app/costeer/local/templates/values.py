"""What a chat template computes with, and the budget that everything it does is charged to.

A template may come from anyone, so it is held to `MOST_WORK` units in one rendering, and a unit is chosen such
that it stands for at most some 5 bytes kept and 0.1 µs spent: a character made costs one, a step (a node that is
evaluated, an element of a list made or walked through) costs `STEP`. Whatever can be large is charged *before* it
is made.

Templates see only `None`, bool, int, float, str, list, tuple, dict and the classes here and in `run`. None of
these is ever changed, except a `Namespace`, and nothing walks through the inside of that: so there are no cycles.
But a list can hold another one many times (`[x, x]`, again and again), and then be exponentially larger than the
memory that it takes: whatever walks through all of a value has `Budget.weigh` do so first. Pure; any thread.
"""

from __future__ import annotations

MOST_WORK = 10_000_000
"""A conversation of 50 messages takes some 30 thousand, and five for each of its characters."""

STEP = 20
REFERENCE = 2
"""Copying one element of a list: 8 bytes."""

LARGEST_NUMBER = 10**18
_DEEPEST = 50


class TemplateRefused(Exception):
    """What `raise_exception` in a template raises, and whatever it may not do; the text says why."""


class Undefined:
    """A name, attribute or element that is not there: false, empty, written as nothing, otherwise unusable."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)

    def __hash__(self) -> int:
        return hash(Undefined)

    def __repr__(self) -> str:
        return "Undefined"


class Namespace:
    """`namespace(…)`: the one thing that a template can assign to from inside a loop."""

    __slots__ = ("values",)

    def __init__(self, values: dict[object, object]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return "<Namespace>"


class Budget:
    """What is left of the work that one rendering may do. Every method raises TemplateRefused where it ends."""

    __slots__ = ("left",)

    def __init__(self, work: int = MOST_WORK) -> None:
        self.left = work

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TemplateRefused("it does not come to an end, or makes too long a text")

    def weigh(self, value: object, character: int = 1, indent: int = 0) -> None:
        """Charges for all that `value` holds, at `character` for each character of its strings.

        Each element also costs `indent` for each level that it lies deep.
        """
        waiting = [(value, 0)]
        while waiting:
            one, depth = waiting.pop()
            self.spend(STEP + indent * depth)
            if isinstance(one, str):
                self.spend(len(one) * character)
            elif isinstance(one, list | tuple | dict):
                if depth == _DEEPEST:
                    raise TemplateRefused("its lists are nested too deeply")
                self.spend(len(one) * STEP)
                waiting.extend([(inner, depth + 1) for inner in one])
                if isinstance(one, dict):
                    self.spend(len(one) * STEP)
                    waiting.extend([(inner, depth + 1) for inner in one.values()])

    def search(self, text: str, part: str) -> None:
        """Charges for looking for `part` in `text`; the slowest of Python's searches compares each with each."""
        self.spend(len(text) * (8 + len(part)) // 32 + len(part) // 16)

    def compare(self, left: object, right: object) -> None:
        """Charges for `left == right`, `left < right` and the like."""
        if isinstance(left, str) and isinstance(right, str):
            self.spend(min(len(left), len(right)) // 64)
        elif isinstance(left, list | tuple | dict) or isinstance(right, list | tuple | dict):
            self.weigh(left)
            self.weigh(right)

    def key(self, key: object) -> None:
        """Charges for hashing `key` and comparing it with the one that is found."""
        if isinstance(key, str):
            self.spend(len(key) // 64)
        elif isinstance(key, tuple):
            self.weigh(key)

    def text(self, value: object) -> str:
        """What `{{ value }}` writes; a value that is no string already is charged."""
        if isinstance(value, str):
            return value
        if isinstance(value, Undefined):
            return ""
        if isinstance(value, list | tuple | dict):
            self.weigh(value, character=10)  # `repr` makes up to ten of one
        return str(value)

    def elements(self, value: object) -> list[object]:
        """What `for` goes through: a new list. Raises TemplateRefused where there is nothing to go through."""
        if isinstance(value, Undefined):
            return []
        if isinstance(value, list | tuple | dict | str):
            self.spend(len(value) * (STEP if isinstance(value, str) else REFERENCE))
            return list(value)
        raise TemplateRefused(f"it goes through the elements of {kind(value)}")


def kind(value: object) -> str:
    """What a sentence calls `value`. An undefined one raises TemplateRefused with its own reason."""
    if isinstance(value, Undefined):
        raise TemplateRefused(value.why)
    return f"a value of type {type(value).__name__}"


def whole(value: object) -> int:
    """`value`, an integer. Raises TemplateRefused."""
    if not isinstance(value, int):
        raise TemplateRefused(f"it needs a whole number and got {kind(value)}")
    return int(value)


def string(value: object) -> str:
    """`value`, a string. Raises TemplateRefused."""
    if not isinstance(value, str):
        raise TemplateRefused(f"it needs a text and got {kind(value)}")
    return value


def number(value: object) -> int | float:
    """`value`, a number of bearable size. Raises TemplateRefused."""
    if not isinstance(value, int | float):
        raise TemplateRefused(f"it calculates with {kind(value)}")
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise TemplateRefused("it calculates with too large a number")
    return value
