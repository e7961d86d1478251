"""A title for a conversation after its first answer, written by the local model.

The smallest model writes nonsense as easily as a title, and English whatever the question's language. So it may
use words of the conversation only: at each step the likeliest token that continues one is taken. What comes out
must have an end and tell something; if it does not, the model is shown the answer instead of the question, once;
then the title stays what it is. A title that the user gave is never touched.

Nothing of this is sent, and no answer waits for it: it is written while no answer is, and stops when one begins.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import numpy as np

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import ProgressCallback, ignore_progress
from costeer.foundation.text import APART, whole_characters, words_apart
from costeer.local.process import LocalModelInfo, ModelProcess
from costeer.personalization.private_words import words
from costeer.services.library import ConversationLibrary
from costeer.services.local_model import LocalModelService
from costeer.steering.types import Float32Array
from costeer.storage.records import Conversation, Message

LONGEST_TITLE = 60
MOST_TOKENS = 16

_MOST_READ = 300
"""Characters of the question, or of the answer, that the model is shown."""

END = -1

_CANDIDATES = 256
"""Tokens of a position that are looked at, the likeliest first."""

_LEAST_WORDS, _LEAST_CHARACTERS = 2, 4
"""Of a title; the characters are for scripts that do not separate words."""

_EXAMPLES = (
    "Question: What should I see in Rome if I have only one day?\n"
    "Title: Rome in one day\n\n"
    "Question: Mein Auto springt im Winter nicht an, woran liegt das?\n"
    "Title: Auto springt nicht an\n\n"
    "Question: ¿Cómo se riegan las orquídeas en invierno?\n"
    "Title: Orquídeas en invierno\n\n"
    "Question: my regex for dates also matches 99/99/9999. how do i fix it\n"
    "Title: Fix regex for dates\n\n"
)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_WORD = re.compile(r"\w[\w'’\-.#+/]*\w|\w")


class TitleService:
    """Any thread."""

    def __init__(self, library: ConversationLibrary, models: LocalModelService) -> None:
        self._library = library
        self._models = models

    def entitle(
        self,
        conversation_id: str,
        cancel: CancelToken | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> Conversation:
        """Find a title for a conversation with an answer; returns the conversation as it is then.

        Nothing changes where the user or a model has named it already, or no title comes to mind. Waits while an
        answer is being written. Raises ModelError, LocalModelLost, StorageError, Cancelled.
        """
        conversation = self._library.conversation(conversation_id)
        thread = self._library.thread(conversation_id)[:2]
        if conversation.titled_by != "question" or len(thread) < 2 or not thread[1].text.strip():
            return conversation

        def write(model: ModelProcess, token: CancelToken) -> str:
            return next(_titles(model, thread, token), "")

        title = self._models.in_spare_time(write, cancel, progress)
        return self._library.entitle(conversation_id, title)


def _titles(model: ModelProcess, thread: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
    """Those that tell something: from the question, then from the answer."""
    question, answer = (" ".join(_CODE.sub(" ", one.text).split()) for one in thread)
    allowed = Allowed(f"{question[: 2 * _MOST_READ]} {answer[: 2 * _MOST_READ]}")
    for text in (question, answer):
        if text:
            title = _write(model, text[:_MOST_READ], allowed, cancel)
            if _tells(title, text):
                yield title[0].upper() + title[1:]


def _write(model: ModelProcess, text: str, allowed: Allowed, cancel: CancelToken) -> str:
    """Greedy, within `allowed`, until the model ends the line; empty when it does not."""
    info = model.describe()
    session = model.open(model.tokenize(f"{_EXAMPLES}Question: {text}\nTitle:", False), cancel=cancel)
    ids: list[int] = []
    written = b""
    for _ in range(MOST_TOKENS):
        chosen = _likeliest(session.logits(ids, [len(ids)])[0, 0], info, written, allowed)
        if chosen is None:
            return ""
        if chosen == END:
            return whole_characters(written)[0].strip(" ,:;-–")
        ids.append(chosen)
        written += info.token_bytes[chosen]
    return ""


def _likeliest(logits: Float32Array, info: LocalModelInfo, written: bytes, allowed: Allowed) -> int | None:
    """The likeliest token that may stand there; END for the end of the line, None where nothing may."""
    order = (
        np.argpartition(-logits, _CANDIDATES)[:_CANDIDATES]
        if len(logits) > _CANDIDATES
        else np.arange(len(logits))
    )
    for token in order[np.argsort(-logits[order], kind="stable")].tolist():
        piece = info.token_bytes[token]
        if token in info.end_tokens or b"\n" in piece:
            if allowed.ends(whole_characters(written)[0]):
                return END
            continue
        if token in info.control_tokens or not piece:
            continue
        longer = written + piece
        if len(whole_characters(longer)[0].strip()) <= LONGEST_TITLE and allowed.begins(longer):
            return int(token)
    return None


class Allowed:
    """Texts that consist of words of another text, each at most twice. Of scripts that do not separate words, they
    consist of pairs of characters that stand together there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._whole = frozenset(_folded(one) for one in _WORD.findall(text))
        self._beginnings = frozenset(one[:length] for one in self._whole for length in range(1, len(one) + 1))

    def begins(self, written: bytes) -> bool:
        """Whether a text may begin so; it may end in the middle of a character."""
        return self._fits(whole_characters(written)[0], unfinished=True)

    def ends(self, text: str) -> bool:
        """Whether it may end there."""
        return self._fits(text, unfinished=False)

    def _fits(self, text: str, *, unfinished: bool) -> bool:
        parts = text.split(" ")
        if "" in parts[1:-1]:
            return False
        if unfinished and parts[-1] == "":
            parts.pop()
            unfinished = False
        used: dict[str, int] = {}
        for number, part in enumerate(parts):
            if not part:
                continue
            folded = _folded(part.strip(",:()"))
            used[folded] = used.get(folded, 0) + 1
            if words_apart(folded) != folded:
                if not self._together(folded):
                    return False
            elif unfinished and number == len(parts) - 1:
                if folded and folded not in self._beginnings:
                    return False
            elif folded and folded not in self._whole:
                return False
        return max(used.values(), default=0) <= 1 or sum(used.values()) <= len(used) + 1

    def _together(self, text: str) -> bool:
        pieces = [one for one in words_apart(text).split(APART) if one]
        pairs = [one + other for one, other in itertools.pairwise(pieces)] or pieces
        lower = self._text.lower()
        return all(one in lower for one in pairs) and len(set(pairs)) == len(pairs)


def _tells(title: str, text: str) -> bool:
    """Whether it is a title: some words, the last of which tells something, and not just the text again."""
    if not title or title.casefold().rstrip("?.!") == text.casefold().rstrip("?.! "):
        return False
    pieces = [one for one in words_apart(title).replace(APART, " ").split() if one]
    least = _LEAST_CHARACTERS if words_apart(title) != title else _LEAST_WORDS
    return len(pieces) >= least and bool(words(title.rsplit(" ", 1)[-1]))


def _folded(word: str) -> str:
    return word.lower().replace("’", "'")
