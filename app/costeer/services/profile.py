"""The user's profile and memories, as the window and the command line edit them."""

from __future__ import annotations

from collections.abc import Iterable

from costeer.foundation.errors import BadInput
from costeer.foundation.text import check_text
from costeer.personalization.profile import Profile
from costeer.storage.records import Memory, ProfileEntry, ProfileKind
from costeer.storage.repositories import ProfileRepository

LONGEST_ENTRY = 4000


class ProfileService:
    """Any thread."""

    def __init__(self, repository: ProfileRepository) -> None:
        self._repository = repository
        self._lent: frozenset[str] = frozenset()

    def entries(self) -> list[ProfileEntry]:
        return self._repository.entries()

    def memories(self) -> list[Memory]:
        return self._repository.memories()

    def current(self) -> Profile:
        """What is switched on."""
        return Profile.of(self.entries(), self.memories())

    def add(self, kind: ProfileKind, text: str) -> ProfileEntry:
        return self._repository.add(kind, _usable(text))

    def change(self, entry_id: str, *, text: str | None = None, enabled: bool | None = None) -> ProfileEntry:
        return self._repository.change(entry_id, text=None if text is None else _usable(text), enabled=enabled)

    def remove(self, entry_id: str) -> None:
        self._repository.remove(entry_id)

    def replace_all(self, profile: Profile) -> None:
        """The stored profile becomes `profile`, in one step; memories are added, none is removed."""
        self._repository.replace_all([(kind, _usable(text)) for kind, text in profile.entries])
        known = {one.text for one in self.memories()}
        for text in profile.memories:
            if text not in known:
                self.add_memory(text)

    def add_memory(self, text: str) -> Memory:
        return self._repository.add_memory(_usable(text))

    def change_memory(self, memory_id: str, *, text: str | None = None, enabled: bool | None = None) -> Memory:
        return self._repository.change_memory(
            memory_id, text=None if text is None else _usable(text), enabled=enabled
        )

    def remove_memory(self, memory_id: str) -> None:
        self._repository.remove_memory(memory_id)

    def protect(self, strings: Iterable[str]) -> None:
        """From now on, while the application runs, these must not leave either (a profile lent by a file)."""
        self._lent |= frozenset(strings)

    def private_strings(self) -> tuple[str, ...]:
        """Every text of the profile and the memories, switched on or off: none of them may leave."""
        stored = dict.fromkeys(self._repository.texts())
        return (*stored, *sorted(self._lent - stored.keys()))


def _usable(text: str) -> str:
    check_text(text, "entry")
    stripped = text.strip()
    if not stripped:
        raise BadInput("The entry is empty; write something or remove it.")
    if len(stripped) > LONGEST_ENTRY:
        raise BadInput(f"The entry has {len(stripped)} characters and {LONGEST_ENTRY} are allowed; split it.")
    return stripped
