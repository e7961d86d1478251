"""What the cloud saw of one answer, read from the ledger: nothing else is known to the attacker.

From the requests and responses of an answer follows, position by position, what the cloud told and, where a later
request departs from the cloud's own words, which token stands there in the end. Up to the last departure the
answer is *established*. Behind it the cloud only knows its own words and that no further request came: either they
were accepted, or the answer ended somewhere among them. When each token was asked for by itself, all that was ever
sent is established.

Not used: when requests came, and how much of a stream was read before it was cut (docs/attribution.md).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from costeer.cloud.reported import ReportedPosition, hidden_bytes, parse_entry
from costeer.cloud.sampling import LONGEST_CHARACTER, Sampling
from costeer.foundation.errors import BugError
from costeer.foundation.run_store import Json
from costeer.privacy.ledger import LedgerEntry
from costeer.services.readable import as_object
from costeer.steering.types import CloudPosition

_CLOUD = "The cloud"


@dataclass(frozen=True, slots=True, eq=False)
class Transcript:
    """One answer as the cloud knows it.

    `prompt` and `prompt_text` are the public prompt. `tokens` are the answer's as far as they were established
    (the first `established`), then the cloud's own. `positions[i]` is what the cloud told of token `i`, its own
    word (or draw) included; None where the ledger does not show it. `limit` is the most tokens that the answer
    could have.
    """

    prompt: tuple[int, ...]
    prompt_text: str
    tokens: tuple[int, ...]
    positions: tuple[CloudPosition | None, ...]
    established: int
    limit: int

    def plain(self) -> Json:
        return {
            "prompt": list(self.prompt),
            "prompt_text": self.prompt_text,
            "tokens": list(self.tokens),
            "positions": [None if one is None else _plain(one) for one in self.positions],
            "established": self.established,
            "limit": self.limit,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Transcript:
        """Of what `plain` gave."""
        return cls(
            tuple(plain["prompt"]),
            plain["prompt_text"],
            tuple(plain["tokens"]),
            tuple(None if one is None else _position(one) for one in plain["positions"]),
            plain["established"],
            plain["limit"],
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request behind `prefix`. `streamed` is False for a single position that a server had withheld. `sampling`
    is how the cloud was to choose."""

    prefix: tuple[int, ...]
    streamed: bool
    sampling: Sampling
    response: str


_Ends = dict[tuple[int, ...], tuple[Sampling, bytes]]
"""Where a stream told nothing more: how it chose, and the end of what it had spelled."""


def read_transcript(entries: Sequence[LedgerEntry], limit: int, *, token_by_token: bool) -> Transcript:
    """`entries` are the ledger's of one answer, oldest first. Raises BugError for what is no such answer."""
    text, prompt = public_prompt(entries)
    asked = list(_asked(entries, prompt))
    if not asked:
        raise BugError("The ledger has no request of an answer that was written; please report this.")
    told: dict[tuple[int, ...], CloudPosition] = {}
    ends: _Ends = {}
    for one in asked:
        if one.streamed:
            _learn(one, told, ends)
        else:
            _learn_withheld(one, told, ends)
    known = [len(one.prefix) if token_by_token else _departure(one.prefix, told) for one in asked]
    established = max(known)
    path = list(asked[known.index(established)].prefix[:established])
    while len(path) < limit and tuple(path) in told:
        path.append(told[tuple(path)].token)
    places = [tuple(path[:at]) for at in range(len(path))]
    return Transcript(
        prompt,
        text,
        tuple(path),
        tuple(told.get(one) for one in places),
        established,
        limit,
    )


def _departure(prefix: tuple[int, ...], told: Mapping[tuple[int, ...], CloudPosition]) -> int:
    """How long `prefix` is up to its last token that is not the cloud's own."""
    for length in range(len(prefix), 0, -1):
        own = told.get(prefix[: length - 1])
        if own is not None and own.token != prefix[length - 1]:
            return length
    return 0


def public_prompt(entries: Sequence[LedgerEntry]) -> tuple[str, tuple[int, ...]]:
    """A text that the cloud was asked to tokenise, and what it made of it. Raises BugError."""
    texts: dict[str, str] = {}
    found: tuple[str, tuple[int, ...]] | None = None
    for entry in entries:
        one = entry.record
        if one.purpose != "tokenize":
            continue
        body = as_object(one.body)
        content, tokens = body.get("content"), body.get("tokens")
        if one.kind == "request" and isinstance(content, str):
            texts[one.exchange] = content
        elif one.exchange in texts and isinstance(tokens, list):
            found = texts[one.exchange], tuple(int(token) for token in tokens)
    if found is None:
        raise BugError("The ledger does not show how the cloud tokenised the prompt; please report this.")
    return found


def _asked(entries: Sequence[LedgerEntry], prompt: tuple[int, ...]) -> Iterator[_Asked]:
    responses = {one.record.exchange: one.record.body for one in entries if one.record.kind != "request"}
    for entry in entries:
        one = entry.record
        body = as_object(one.body)
        ids = body.get("prompt")
        if one.purpose != "answer" or one.kind != "request" or not isinstance(ids, list):
            continue
        if tuple(ids[: len(prompt)]) != prompt:
            raise BugError("A request of an answer does not begin with its prompt; please report this.")
        behind = tuple(int(token) for token in ids[len(prompt) :])
        # The seed that was sent is that of the answer and the place, see `Sampling.fields`.
        temperature, seed = body.get("temperature"), body.get("seed")
        sampling = Sampling()
        if isinstance(temperature, float) and isinstance(seed, int):
            sampling = Sampling(temperature, seed=seed - len(behind))
        yield _Asked(behind, body.get("stream") is True, sampling, responses.get(one.exchange, ""))


def _learn(asked: _Asked, told: dict[tuple[int, ...], CloudPosition], ends: _Ends) -> None:
    """What the response to a request told; of two that tell the same place, the first counts."""
    path, spelled = asked.prefix, b""
    for reported in _reported(asked):
        piece = reported.piece()
        if piece is None or hidden_bytes(reported.written, piece):
            break  # it stands for several positions, which were asked for one by one
        told.setdefault(path, reported.position())
        path = (*path, reported.token)
        spelled = (spelled + reported.written)[-LONGEST_CHARACTER:]
    ends[path] = asked.sampling, spelled


def _learn_withheld(asked: _Asked, told: dict[tuple[int, ...], CloudPosition], ends: _Ends) -> None:
    """What stands where a stream withheld a token. What the response wrote there was forced, its opinions are its
    own; a draw was made again from a seed that the cloud knows, so it can make it, too."""
    path = asked.prefix
    for reported in _reported(asked):
        sampling, spelled = ends.get(path, (Sampling(), b""))
        token = int(reported.top_ids[0])
        if not sampling.greedy:
            drawn = sampling.draw_withheld(reported, spelled, len(path))
            if drawn is None:
                raise BugError("The ledger shows a token withheld that need not have been; please report this.")
            token = drawn
        told.setdefault(path, dataclasses.replace(reported.position(), token=token))
        return


def _reported(asked: _Asked) -> Iterator[ReportedPosition]:
    lines = asked.response.splitlines() if asked.streamed else [asked.response]
    for line in lines:
        event: Any = as_object(line.removeprefix("data:"))
        for choice in event.get("choices") or ():
            for entry in (choice.get("logprobs") or {}).get("content") or ():
                yield parse_entry(entry, _CLOUD)


def _plain(position: CloudPosition) -> list[object]:
    return [position.token, position.top_ids.tolist(), position.top_logprobs.tolist()]


def _position(plain: Sequence[Any]) -> CloudPosition:
    token, ids, logprobs = plain
    return CloudPosition(token, np.array(ids, dtype=np.int64), np.array(logprobs, dtype=np.float64))
