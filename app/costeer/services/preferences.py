"""Which answers the user preferred: recorded, taken back, listed, and handed to whoever learns from them.

Those given in a temporary chat are gone with it and are never exported.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.system_words import system_words
from costeer.foundation.text import json_line
from costeer.services.shelves import Shelf, Shelves
from costeer.storage.records import BY_THE_USER, AnswerFigures, Message, Preference, PreferenceKind


@dataclass(frozen=True, slots=True)
class ToldPreference:
    """One with its texts; `rejected` is None for a thumb."""

    preference: Preference
    question: str
    chosen: str
    rejected: str | None


class PreferenceService:
    """Any thread. What is private about a preference is its texts: it is kept here and sent nowhere."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def record(self, kind: PreferenceKind, chosen: str, rejected: str) -> Preference:
        """Of two answers to one question, by their ids, the user took `chosen`: side by side ("compare"), instead
        of the one before ("regenerated"), or after changing it ("edited").

        A later choice between the same two takes the place of this one. Raises StorageError when one is gone.
        """
        if kind == "thumb":
            raise BadInput("A thumb is about one answer; choose one answer to rate.")
        question = self._of(chosen).conversations.message(chosen).parent
        return self._of(chosen).preferences.record(kind, question or "", chosen, rejected, None)

    def rate(self, answer: str, value: int) -> Preference:
        """A thumb for one answer, by its id: +1 or -1. A later one takes the place of this one."""
        if value not in (-1, 1):
            raise BadInput("A thumb is +1 or -1, not {value}; choose one of them.", value=value)
        question = self._of(answer).conversations.message(answer).parent
        return self._of(answer).preferences.record("thumb", question or "", answer, None, value)

    def take_back(self, answer: str) -> None:
        """The thumb of an answer, if it has one."""
        of_answer = self._of(answer)
        for one in of_answer.preferences.all(of_answer.conversations.message(answer).conversation):
            if one.kind == "thumb" and one.chosen == answer:
                of_answer.preferences.remove(one.id)

    def thumbs(self, conversation_id: str) -> dict[str, int]:
        """+1 or -1 by answer, where it has one."""
        given = self.list(conversation_id)
        return {one.chosen: one.value for one in given if one.kind == "thumb" and one.value is not None}

    def undo(self, preference_id: str) -> None:
        """As if it had not been given. Raises StorageError when it is gone already."""
        found = (one for one in self._shelves.all() if one.preferences.holds(preference_id))
        next(found, self._shelves.stored).preferences.remove(preference_id)

    def list(self, conversation_id: str | None = None) -> list[Preference]:
        """In the order they were given; of all conversations, or of one."""
        if conversation_id is not None:
            return self._shelves.of(conversation_id).preferences.all(conversation_id)
        return [one for shelf in self._shelves.all() for one in shelf.preferences.all()]

    def told(self) -> builtins.list[ToldPreference]:
        """Every one with its texts, in the order they were given."""
        found = []
        for shelf in self._shelves.all():
            message = shelf.conversations.message
            for one in shelf.preferences.all():
                rejected = None if one.rejected is None else message(one.rejected).text
                found.append(ToldPreference(one, message(one.question).text, message(one.chosen).text, rejected))
        return sorted(found, key=lambda one: one.preference.created)

    def give_again(self, undone: Preference) -> Preference:
        """What was taken back by `undo`. Raises StorageError when an answer is gone."""
        there = self._of(undone.chosen).preferences
        return there.record(undone.kind, undone.question, undone.chosen, undone.rejected, undone.value)

    def pairs(
        self, kind: PreferenceKind | None = None
    ) -> Iterator[tuple[builtins.list[Message], Message, Message]]:
        """Of every stored choice between two answers, or those of one kind: the conversation up to the question,
        the answer that was chosen, and the other. Of thumbs, answers to one question of which one was liked and
        the other not."""
        conversations = self._shelves.stored.conversations
        for question, chosen, rejected in _choices(self._shelves.stored.preferences.all(), kind):
            yield conversations.path(question), conversations.message(chosen), conversations.message(rejected)

    def export(self) -> Iterator[dict[str, Any]]:
        """Every stored one with its texts: `prompt` is the conversation up to the question, as chat messages."""
        conversations = self._shelves.stored.conversations
        for one in self._shelves.stored.preferences.all():
            path = conversations.path(one.question)
            figures = [conversations.figures(answer) for answer in (one.chosen, one.rejected) if answer]
            yield {
                "kind": one.kind,
                "created": one.created.isoformat(),
                "prompt": [{"role": message.role, "content": message.text} for message in path],
                "chosen": conversations.message(one.chosen).text,
                "rejected": None if one.rejected is None else conversations.message(one.rejected).text,
                "value": one.value,
                "strengths": [_strength(found) for found in figures],
            }

    def export_to(self, file: Path, *, overwrite: bool = False) -> int:
        """Write what `export` gives as JSON Lines; returns how many there are. Raises BadInput where `file` exists
        and may not be replaced, KnownError where it cannot be written; the file is then as it was."""
        if not overwrite and file.exists():
            raise BadInput("{file} is already there; choose another name, or allow it to be replaced.", file=file)
        lines = [json_line(one).encode() + b"\n" for one in self.export()]
        try:
            write_atomically(file, b"".join(lines))
        except OSError as error:
            raise KnownError(
                "{place} cannot be written ({why}); choose another place.", place=file, why=system_words(error)
            ) from error
        return len(lines)

    def _of(self, message_id: str) -> Shelf:
        return self._shelves.of_message(message_id)


def _strength(figures: AnswerFigures | None) -> float | None:
    """What an answer was written with, as far as a model wrote it and that is known."""
    return None if figures is None or figures.written_by == BY_THE_USER else figures.strength


def _choices(given: builtins.list[Preference], kind: PreferenceKind | None) -> Iterator[tuple[str, str, str]]:
    """Ids: a question, the answer to it that was chosen, the other one. Each two answers once."""
    told: set[frozenset[str]] = set()
    for one in given:
        if one.rejected is not None and kind in (None, one.kind):
            told.add(frozenset((one.chosen, one.rejected)))
            yield one.question, one.chosen, one.rejected
    if kind not in (None, "thumb"):
        return
    thumbs = [one for one in given if one.value is not None]
    for liked in thumbs:
        for other in thumbs:
            both = frozenset((liked.chosen, other.chosen))
            opposed = liked.value == 1 and other.value == -1 and liked.question == other.question
            if opposed and both not in told:
                yield liked.question, liked.chosen, other.chosen
