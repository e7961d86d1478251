"""What is known of the user at one moment: a value, wherever it came from (the database or a file)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from costeer.foundation.private_texts import PrivateTexts
from costeer.storage.records import Memory, ProfileEntry, ProfileKind


@dataclass(frozen=True, slots=True)
class Profile:
    """Only what is used. `entries` keep the user's order; `ids` are those of the texts that are stored."""

    entries: tuple[tuple[ProfileKind, str], ...] = ()
    memories: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)

    @classmethod
    def of(cls, entries: Iterable[ProfileEntry], memories: Iterable[Memory]) -> Profile:
        shown, remembered = [one for one in entries if one.used], [one for one in memories if one.used]
        return cls(
            tuple((one.kind, one.text) for one in shown),
            tuple(one.text for one in remembered),
            {**{one.text: one.id for one in remembered}, **{one.text: one.id for one in shown}},
        )

    @classmethod
    def sent(cls, entries: Iterable[ProfileEntry], memories: Iterable[Memory], private: Iterable[str]) -> Profile:
        """What the user lets be sent, without texts that hold one of the `private` ones: these never leave."""
        secrets = PrivateTexts(private)
        return cls.of(
            (one for one in entries if one.scope == "public" and not secrets.found_in(one.text)),
            (one for one in memories if one.scope == "public" and not secrets.found_in(one.text)),
        )

    def without(self, other: Profile) -> Profile:
        """What is in this one and not in `other`."""
        return Profile(
            tuple(one for one in self.entries if one not in other.entries),
            tuple(one for one in self.memories if one not in other.memories),
            self.ids,
        )

    def texts(self, kind: ProfileKind) -> tuple[str, ...]:
        return tuple(text for one, text in self.entries if one == kind)

    @property
    def private_strings(self) -> tuple[str, ...]:
        """Every text in it, for profiles of which nothing may leave."""
        return (*(text for _, text in self.entries), *self.memories)

    def __bool__(self) -> bool:
        return bool(self.entries or self.memories)
