"""A request in words.

Completion requests carry token ids, so that nothing is tokenised twice; a person cannot read those. What they say
is known without any model: the text of the prompt stands in the answer's earlier tokenize request, the ids behind
it are the answer's own tokens, whose texts are in its traces, and any other id was told by the cloud before it was
handed back, with what it spells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from costeer.privacy.ledger import WHOLE, Kind, LedgerEntry, Purpose
from costeer.steering.trace import TokenTrace

_NO_SPELLINGS: Mapping[int, bytes] = {}


class Record(Protocol):
    """What the ledger says of a request or a response."""

    @property
    def kind(self) -> Kind: ...

    @property
    def exchange(self) -> str: ...

    @property
    def purpose(self) -> Purpose: ...

    @property
    def body(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TokenTexts:
    """What the token ids in one answer's requests say.

    `prompts` are texts with the ids that the endpoint made of them, `words` the answer's tokens, each with what it
    adds to the answer, `spelled` what ids spell that the endpoint has told of.
    """

    prompts: Sequence[tuple[tuple[int, ...], str]]
    words: Sequence[tuple[int, str]]
    spelled: Mapping[int, bytes]

    @classmethod
    def of(
        cls,
        records: Iterable[Record],
        words: Sequence[tuple[int, str]],
        spelled: Mapping[int, bytes] = _NO_SPELLINGS,
    ) -> TokenTexts:
        """`records` are the ledger's of the answer, in any order."""
        return cls(tuple(_tokenised(records)), words, spelled)

    def prompt_of(self, sent: Sequence[object]) -> tuple[str, int]:
        """The longest known prompt that `sent` begins with, and how many ids it has; ("", 0) for none."""
        found = [
            (text, len(tokens))
            for tokens, text in self.prompts
            if tokens and list(sent[: len(tokens)]) == [*tokens]
        ]
        return max(found, key=lambda one: one[1], default=("", 0))

    def answer(self, sent: Sequence[object]) -> tuple[str, bool]:
        """What `sent`, ids (or texts) behind a prompt, says, and whether all of it is known; an id that is not
        stands in the text by its number."""
        same = 0
        while same < min(len(sent), len(self.words)) and self.words[same][0] == sent[same]:
            same += 1
        text = "".join(text for _, text in self.words[:same])
        pieces: list[bytes] = []
        known = True
        for one in sent[same:]:
            spelled = one.encode() if isinstance(one, str) else self.spelled.get(one) if type(one) is int else None
            known = known and spelled is not None
            pieces.append(f"⟨{one}⟩".encode() if spelled is None else spelled)
        return text + b"".join(pieces).decode("utf-8", "replace"), known


def request_in_words(
    request: LedgerEntry,
    exchanges: Sequence[LedgerEntry],
    traces: Sequence[TokenTrace],
    spelled: Mapping[int, bytes] = _NO_SPELLINGS,
) -> str | None:
    """What `request` says, or None when it holds no words or what its ids say is not known.

    `exchanges` are the ledger entries of the same answer, in any order; `traces` the answer's; `spelled` as
    `spellings` finds it.
    """
    body = as_object(request.record.body)
    messages = body.get("messages")
    if isinstance(messages, list):
        return "\n\n".join(f"{role}: {text}" for role, text in said(messages)) or None
    plain = body.get("prompt", body.get("content"))
    if isinstance(plain, str):
        return plain or None
    ids = body.get("prompt", body.get("tokens"))
    if not isinstance(ids, list):
        return None
    words = [(one.token, one.text) for one in traces]
    texts = TokenTexts.of((one.record for one in exchanges), words, spelled)
    prompt, length = texts.prompt_of(ids)
    answer, known = texts.answer(ids[length:])
    return prompt + answer if known else None


def said(messages: Sequence[object]) -> Iterator[tuple[str, str]]:
    """(role, text) of each message of a conversation as endpoints take it."""
    for one in messages:
        if isinstance(one, dict) and isinstance(one.get("content"), str):
            yield str(one.get("role", "")), one["content"]


def spellings(responses: Iterable[str]) -> dict[int, bytes]:
    """What token ids spell, from the log-probabilities in bodies of responses: of each, what was written and the
    alternatives that were told."""
    found: dict[int, bytes] = {}
    for body in responses:
        for line in body.splitlines() if body.startswith(("data:", ":")) else [body]:
            for entry in _told(as_object(line.removeprefix("data:"))):
                _learn(found, entry)
                others = entry.get("top_logprobs")
                for other in others if isinstance(others, list) else ():
                    if isinstance(other, dict):
                        _learn(found, other)
    return found


def as_object(body: str) -> dict[str, object]:
    """The JSON object that `body` is, empty where it is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _told(event: dict[str, object]) -> Iterator[dict[str, object]]:
    """The positions that an event tells of, in the shape of a llama-server."""
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        logprobs = choice.get("logprobs") if isinstance(choice, dict) else None
        content = logprobs.get("content") if isinstance(logprobs, dict) else None
        for entry in content if isinstance(content, list) else ():
            if isinstance(entry, dict):
                yield entry


def _learn(found: dict[int, bytes], entry: dict[str, object]) -> None:
    token, data, text = entry.get("id"), entry.get("bytes"), entry.get("token")
    if type(token) is not int:
        return
    if isinstance(data, list) and all(type(one) is int and 0 <= one < 256 for one in data):
        found.setdefault(token, bytes(data))
    elif isinstance(text, str):
        found.setdefault(token, text.encode("utf-8", "replace"))


def _tokenised(records: Iterable[Record]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Texts with their ids: a llama-server is asked for the ids of a text, a vLLM for the text of ids."""
    requests: dict[str, dict[str, object]] = {}
    responses: dict[str, dict[str, object]] = {}
    for one in records:
        if one.purpose == "tokenize" or one.purpose in WHOLE:
            side = requests if one.kind == "request" else responses
            side[one.exchange] = as_object(one.body)
    for exchange, asked in requests.items():
        told = responses.get(exchange, {})
        text, tokens = asked.get("content", told.get("prompt")), asked.get("tokens", told.get("tokens"))
        if isinstance(text, str) and isinstance(tokens, list):
            yield tuple(one for one in tokens if type(one) is int), text
