"""What is known of the user at one moment: a value, wherever it came from (the database or a file)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from costeer.storage.records import Memory, ProfileEntry, ProfileKind


@dataclass(frozen=True, slots=True)
class Profile:
    """Only what is switched on. `entries` keep the user's order."""

    entries: tuple[tuple[ProfileKind, str], ...] = ()
    memories: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[ProfileEntry], memories: Iterable[Memory]) -> Profile:
        return cls(
            tuple((one.kind, one.text) for one in entries if one.enabled),
            tuple(one.text for one in memories if one.enabled),
        )

    def texts(self, kind: ProfileKind) -> tuple[str, ...]:
        return tuple(text for one, text in self.entries if one == kind)

    @property
    def private_strings(self) -> tuple[str, ...]:
        """Every text in it: none of them may leave."""
        return (*(text for _, text in self.entries), *self.memories)

    def __bool__(self) -> bool:
        return bool(self.entries or self.memories)
