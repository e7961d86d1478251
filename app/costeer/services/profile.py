"""The user's profile and memories, as the window and the command line edit them."""

from __future__ import annotations

from collections.abc import Iterable

from costeer.foundation.errors import BadInput
from costeer.foundation.folding import comparable
from costeer.foundation.private_texts import is_a_word
from costeer.foundation.text import check_text
from costeer.foundation.translatable import Translatable
from costeer.personalization.labels import split_label
from costeer.personalization.profile import Profile
from costeer.storage.records import Memory, MemoryState, ProfileEntry, ProfileKind, Scope
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
        """What the local model is shown."""
        return Profile.of(self.entries(), self.memories())

    def sent(self, private: Iterable[str] = ()) -> Profile:
        """What the cloud is told of the user: what may be sent and holds nothing private, of the profile or of
        what `private` lists besides."""
        return Profile.sent(self.entries(), self.memories(), (*self.private_strings(), *private))

    def add(self, kind: ProfileKind, text: str) -> ProfileEntry:
        return self._repository.add(kind, _usable(text))

    def change(self, entry_id: str, *, text: str | None = None, scope: Scope | None = None) -> ProfileEntry:
        return self._repository.change(entry_id, text=None if text is None else _usable(text), scope=scope)

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

    def propose_memory(self, text: str, origin: str | None = None) -> Memory | None:
        """One that is used only when the user approves it; None where one says the same already, refused or not.

        `origin` is the message it was taken from: a stored one, because temporary chats leave nothing behind.
        """
        usable = _usable(text)
        if comparable(usable) in {comparable(one.text) for one in self.memories()}:
            return None
        return self._repository.add_memory(usable, "proposed", origin)

    def change_memory(
        self,
        memory_id: str,
        *,
        text: str | None = None,
        scope: Scope | None = None,
        state: MemoryState | None = None,
    ) -> Memory:
        text = None if text is None else _usable(text)
        return self._repository.change_memory(memory_id, text=text, scope=scope, state=state)

    def remove_memory(self, memory_id: str) -> None:
        self._repository.remove_memory(memory_id)

    def protect(self, strings: Iterable[str]) -> None:
        """From now on, while the application runs, these must not leave either (a profile lent by a file)."""
        self._lent |= frozenset(strings)

    def private_strings(self) -> tuple[str, ...]:
        """Every text of the profile and the memories that must not leave: all but what the user lets be sent, and
        but for single words ("creative"), which others write too: those are kept back as private words. What is
        labelled as the user's name counts without its label, too."""
        stored = dict.fromkeys(self._repository.private_texts())
        texts = (*stored, *sorted(self._lent - stored.keys()))
        named = (text for label, text in map(split_label, texts) if label == "name")
        return tuple(dict.fromkeys((*(one for one in texts if not is_a_word(one)), *named)))


def _usable(text: str) -> str:
    check_text(text, Translatable("entry"))
    stripped = text.strip()
    if not stripped:
        raise BadInput("The entry is empty; write something or remove it.")
    if len(stripped) > LONGEST_ENTRY:
        raise BadInput(
            "The entry has {count} characters and {most} are allowed; split it.",
            count=len(stripped),
            most=LONGEST_ENTRY,
        )
    return stripped
