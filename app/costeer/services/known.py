"""What a cloud knows of the user: every string that was ever sent to it, once.

The strings are taken from the bodies in the ledger, all of them: nothing in a body is passed over because nobody
expected it there (it is then listed as a setting, or as it stands). Prompts that an endpoint's template has put
together are taken apart into the messages they were made of, token ids are put into words (`readable`), and an
answer that was sent again at each cut counts as one string, the longest. What was sent for temporary conversations
is on record without its words; such requests are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.privacy.recording import NOT_KEPT
from costeer.services.disclosure.placeholders import Replacements
from costeer.services.readable import TokenTexts, as_object, said, spellings
from costeer.storage.repositories import SentBody, SentRepository, StoredAnswer

Kind = Literal["about", "question", "document", "answer", "ahead", "template", "test", "setting", "other"]
KINDS: tuple[Kind, ...] = (
    *("about", "question", "document", "answer", "ahead"),
    *("template", "test", "setting", "other"),
)
"""In the order in which they are listed: what the user lets be told about them; their questions; documents sent
with these; final tokens of answers; continuations of the cloud's own that were handed back to it before it was
known whether they would be taken; what the endpoint's template put around the messages; tests of a cloud; settings
of requests; whatever else stood in a body."""

_DOCUMENT = re.compile(r"\n\n(?=Document “[^”\n]*”:\n\n)")
_BROKEN_END = "\ufffd"
_ROLES: dict[str, Kind] = {"system": "about", "user": "question", "assistant": "answer"}


@dataclass(frozen=True, slots=True)
class KnownString:
    """`count` requests held it, the first and the last of them at those moments. `message` is the answer that it
    was last sent for, `conversation` that answer's, None where it is no longer stored. `private_words` are words
    of the private context in it that steering wrote."""

    endpoint: str
    kind: Kind
    text: str
    first: datetime
    last: datetime
    count: int
    message: str | None = None
    conversation: str | None = None
    private_words: tuple[str, ...] = ()

    def joined(self, other: KnownString) -> KnownString:
        """This one, sent as often as both."""
        newer = other if other.last > self.last and other.conversation else self
        return replace(
            self,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
            count=self.count + other.count,
            message=newer.message,
            conversation=newer.conversation,
            private_words=tuple(dict.fromkeys((*self.private_words, *other.private_words))),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """By endpoint, kind and time, the latest first. `unkept` requests are on record without their words, those of
    `forgotten` ones were removed later."""

    strings: tuple[KnownString, ...] = ()
    requests: int = 0
    unkept: int = 0
    forgotten: int = 0

    @property
    def private_words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for one in self.strings for word in one.private_words))


def known(
    sent: SentRepository,
    conversation_id: str | None = None,
    cancel: CancelToken | None = None,
    progress: ProgressCallback = ignore_progress,
    between: tuple[datetime, datetime] | None = None,
) -> Known:
    """Everything that was sent in a conversation (all its branches), or ever; only in [start, end), where
    `between` is given. Raises Cancelled."""
    cancel = cancel or CancelToken()
    found = _Found(between)
    answers = sent.answers(conversation_id, between)
    for at, message_id in enumerate(answers):
        cancel.raise_if_cancelled()
        progress(Progress(Translatable("Reading what was sent"), at, len(answers)))
        _Answer(sent, message_id, sent.of_answer(message_id), found).read()
    if conversation_id is None:
        for bodies in sent.of_none():
            cancel.raise_if_cancelled()
            _Answer(sent, None, bodies, found).read()
    return found.known()


class _Found:
    """The strings so far, each once."""

    def __init__(self, between: tuple[datetime, datetime] | None) -> None:
        self._between = between
        self.requests = 0
        self.unkept = 0
        self.forgotten = 0
        self._strings: dict[tuple[str, Kind, str], KnownString] = {}

    def add(self, one: KnownString) -> None:
        if one.text.strip():
            key = one.endpoint, one.kind, one.text
            before = self._strings.get(key)
            self._strings[key] = one if before is None else before.joined(one)

    def known(self) -> Known:
        strings = list(self._folded())
        strings.sort(key=lambda one: one.last, reverse=True)
        strings.sort(key=lambda one: (one.endpoint, KINDS.index(one.kind)))
        return Known(tuple(strings), self.requests, self.unkept, self.forgotten)

    def covers(self, time: str) -> bool:
        """Whether what was sent at `time` is asked for."""
        return self._between is None or self._between[0] <= _when(time) < self._between[1]

    def _folded(self) -> Iterator[KnownString]:
        """What was sent of an answer while it was written is the beginning of what was sent later: one string."""
        answers: dict[tuple[str, str | None], list[KnownString]] = {}
        for one in self._strings.values():
            if one.kind == "answer":
                answers.setdefault((one.endpoint, one.conversation or one.message), []).append(one)
            else:
                yield one
        for some in answers.values():
            some.sort(key=lambda one: one.text)
            waiting: KnownString | None = None
            for one in some:  # what begins with a string stands directly behind it
                if waiting is not None and one.text.startswith(waiting.text):
                    waiting = one.joined(waiting)
                    continue
                if waiting is not None:
                    yield waiting
                waiting = one
            if waiting is not None:
                yield waiting


class _Answer:
    """What was sent for one answer, or (`message_id` None) for none."""

    def __init__(
        self, sent: SentRepository, message_id: str | None, bodies: Sequence[SentBody], found: _Found
    ) -> None:
        self._sent = sent
        self._found = found
        self._bodies = bodies
        self._message = message_id
        self._stored = sent.stored(message_id) if message_id else None
        self._texts: TokenTexts | None = None
        self._told = False
        self._bases: list[str] = []
        self._messages: list[tuple[Kind, str]] | None = None

    def read(self) -> None:
        for one in self._bodies:
            if one.kind != "request" or not self._found.covers(one.time):
                continue
            self._found.requests += 1
            if one.forgotten:
                self._found.forgotten += 1
            elif one.body.startswith(NOT_KEPT):
                self._found.unkept += 1
            elif one.body:
                self._read(one)

    def _read(self, one: SentBody) -> None:
        body = as_object(one.body)
        if not body:
            self._add(one, "other", one.body)
        for name, value in body.items():
            if name == "messages" and isinstance(value, list):
                self._read_messages(one, value)
            elif name in ("prompt", "content") and isinstance(value, str):
                self._read_prompt(one, value)
            elif name in ("prompt", "tokens") and isinstance(value, list):
                self._read_ids(one, value)
            else:
                for text in _strings(value):
                    self._add(one, "setting", f"{name}: {text}")

    def _read_messages(self, one: SentBody, messages: list[object]) -> None:
        known = list(said(messages))
        for at, (role, text) in enumerate(known):
            kind = _ROLES.get(role, "other")
            if kind == "answer" and at == len(known) - 1:  # as far as it is written
                self._add_answer(one, text)
            else:
                self._add_said(one, kind, text)
        for message in messages:
            rest = message if not isinstance(message, dict) else [_besides_text(message)]
            for text in _strings(rest):
                self._add(one, "other", text)

    def _read_prompt(self, one: SentBody, prompt: str) -> None:
        """A prompt goes through the template once; later ones have more of the answer behind it."""
        if self._message is None:
            self._add(one, "other", prompt)
            return
        base = max((base for base in self._bases if prompt.startswith(base)), key=len, default="")
        if not base:
            base = prompt
            self._bases.append(prompt)
        self._take_apart(one, base)
        self._add_answer(one, prompt[len(base) :])

    def _read_ids(self, one: SentBody, ids: list[object]) -> None:
        if self._texts is None:
            self._texts = TokenTexts.of(self._bodies, self._sent.words(self._message) if self._message else ())
        prompt, length = self._texts.prompt_of(ids)
        self._take_apart(one, prompt)
        text, all_known = self._texts.answer(ids[length:])
        if not all_known and not self._told and self._message:
            self._told = True
            self._texts = replace(self._texts, spelled=spellings(self._sent.responses(self._message)))
            text, _ = self._texts.answer(ids[length:])
        self._add_answer(one, text)

    def _take_apart(self, one: SentBody, prompt: str) -> None:
        """The messages that a template has put together, and what it put around them."""
        at = 0
        for kind, text in self._messages_in_prompts():
            start = _find(prompt, text, at)
            if start >= 0:
                self._add(one, "template", prompt[at:start].strip())
                self._add_said(one, kind, text)
                at = start + len(text)
        self._add(one, "template", prompt[at:].strip())

    def _messages_in_prompts(self) -> list[tuple[Kind, str]]:
        """In their order: those that were sent to be templated; for an endpoint that was sent only prompts, those
        of the conversation."""
        if self._messages is None:
            lists = [as_object(one.body).get("messages") for one in self._bodies if one.kind == "request"]
            longest = max((one for one in lists if isinstance(one, list)), key=len, default=[])
            found = [(_ROLES.get(role, "other"), text) for role, text in said(longest)]
            if not found and self._stored is not None:
                replaced = Replacements(self._sent.placeholders(self._stored.conversation)).replaced
                found = [(_ROLES[role], replaced(text)) for role, text in self._sent.said_before(self._stored)]
            self._messages = [(kind, text.strip()) for kind, text in found if text.strip()]
        return self._messages

    def _add_said(self, one: SentBody, kind: Kind, text: str) -> None:
        """A question without its documents, and these; of what is told about the user, each line."""
        if kind == "question":
            question, *documents = _DOCUMENT.split(text)
            self._add(one, kind, question)
            for document in documents:
                self._add(one, "document", document)
        elif kind == "about":
            for line in text.splitlines():
                self._add(one, kind, line.removeprefix("- "))
        else:
            self._add(one, kind, text)

    def _add_answer(self, one: SentBody, text: str) -> None:
        """Final tokens, or a continuation that did not become a part of the answer."""
        text = text.rstrip(_BROKEN_END)
        stored = self._stored
        whole = (stored.text, stored.sketch) if stored is not None else (text,)
        final = any(each.startswith(text) for each in whole)
        if not final and stored is not None:  # placeholders were sent of it
            final = "".join(word for _, word in self._sent.words(stored.id)).startswith(text)
        self._add(one, "answer" if final else "ahead", text)

    def _add(self, one: SentBody, kind: Kind, text: str) -> None:
        if one.purpose == "probe" and kind not in ("setting", "template"):
            kind = "test"
        when = _when(one.time)
        stored = self._stored
        conversation = stored.conversation if stored else None
        words = _private_words(stored, text) if kind == "answer" else ()
        self._found.add(KnownString(one.endpoint, kind, text, when, when, 1, self._message, conversation, words))


def _when(time: str) -> datetime:
    """What somebody has edited into no time at all is long ago."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)


def _private_words(stored: StoredAnswer | None, text: str) -> tuple[str, ...]:
    return tuple(word for word in stored.private_words if _find(text, word, 0) >= 0) if stored else ()


def _besides_text(message: dict[str, object]) -> dict[str, object]:
    """What a message holds that `said` does not tell; its role is what it is listed by."""
    return {
        name: value
        for name, value in message.items()
        if name != "role" and not (name == "content" and isinstance(value, str))
    }


def _strings(value: object) -> Iterator[str]:
    """Every text in a JSON value; names of fields are not texts of the user's."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            left += reversed(one)
        elif isinstance(one, dict):
            left += reversed(one.values())


def _find(text: str, piece: str, start: int) -> int:
    """Where `piece` stands in `text` as whole words, from `start` on; -1 if it does not."""
    at = text.find(piece, start)
    while at >= 0:
        end = at + len(piece)
        inside = at > 0 and text[at - 1].isalnum() and piece[:1].isalnum()
        if not inside and not (end < len(text) and text[end].isalnum() and piece[-1:].isalnum()):
            return at
        at = text.find(piece, at + 1)
    return -1


def as_text(known_strings: Known) -> Iterator[str]:
    """For a file to be read: line by line, by endpoint and kind."""
    endpoint, kind = "", ""
    for one in known_strings.strings:
        if one.endpoint != endpoint:
            endpoint, kind = one.endpoint, ""
            yield f"# {endpoint}"
        if one.kind != kind:
            kind = one.kind
            yield f"\n## {kind}"
        times = f"{one.first.isoformat(timespec='seconds')} to {one.last.isoformat(timespec='seconds')}"
        words = f"; private words: {', '.join(one.private_words)}" if one.private_words else ""
        yield f"\n[sent {one.count} times, {times}{words}]\n{one.text}"
    if known_strings.unkept:
        yield f"\n# {known_strings.unkept} requests of temporary conversations are on record without their words."
    if known_strings.forgotten:
        yield f"\n# {known_strings.forgotten} requests are on record whose words were forgotten."


def write_as_text(known_strings: Known, file: Path) -> None:
    """Raises KnownError."""
    try:
        write_atomically(file, ("\n".join(as_text(known_strings)) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        raise KnownError(
            "The list cannot be written to {file}: {why}.", file=file, why=system_words(error)
        ) from error
