"""Toy worlds with several candidates, and the ledger that a real llama-server's traffic with them would make.

The cloud and every device are functions of the prefix, small enough to enumerate; the decoders are the real ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from tests.steering.worlds import END, World, WorldCloud, WorldLocal, WorldStream

from costeer.privacy.ledger import GENESIS, LedgerEntry, LedgerRecord
from costeer.steering.distributions import softmax
from costeer.steering.rows import LogitsRow
from costeer.steering.types import CloudPosition, Draws, Float32Array
from costeer.steering.vocabulary import Vocabulary

PROMPT = (7, 8, 9)


@dataclass
class Candidates(World):
    """`device` is whose private context the local model is shown; the public side is the same for all."""

    device: int = 0

    def local_logits(self, prefix: Sequence[int]) -> Float32Array:
        plain = self.spread * self.numbers(1, prefix)
        private = plain + self.difference * self.numbers(2 + self.device, prefix)
        return np.stack([private, plain]).astype(np.float32)

    def row(self, prefix: Sequence[int]) -> LogitsRow:
        return LogitsRow(self.local_logits(prefix))


def local_of(world: Candidates) -> WorldLocal:
    return WorldLocal(world)


@dataclass
class RecordingCloud(WorldCloud):
    """Writes down what crosses, as the ledger does."""

    entries: list[LedgerEntry] = field(default_factory=list)
    open: list[RecordingStream] = field(default_factory=list)

    def stream(self, answer: Sequence[int], max_tokens: int, *, draws: Draws | None = None) -> RecordingStream:
        self.requests.append(tuple(answer))
        random = np.random.default_rng([draws.seed, len(answer)]) if draws else None
        number = len(self.requests)
        body = {
            "prompt": [*PROMPT, *answer],
            "max_tokens": max_tokens,
            "stream": True,
            "temperature": draws.temperature if draws else 0.0,
        }
        self._write("request", number, json.dumps(body))
        made = RecordingStream(self, list(answer), max_tokens, draws, random, False, self.silence)
        made.number = number
        self.open.append(made)
        return made

    def _write(self, kind: str, number: int, body: str, purpose: str = "answer") -> None:
        record = LedgerRecord(
            kind=kind,  # type: ignore[arg-type]
            exchange=f"{purpose}{number}",
            time="",
            purpose=purpose,  # type: ignore[arg-type]
            endpoint="toy",
            method="POST",
            url="",
            header_names=(),
            body=body,
            size=0,
        )
        self.entries.append(LedgerEntry(len(self.entries) + 1, record, GENESIS, ""))

    def ledger(self) -> list[LedgerEntry]:
        """Everything, the responses as far as they were told."""
        self._write("request", 0, json.dumps({"content": "the prompt"}), "tokenize")
        self._write("response", 0, json.dumps({"tokens": list(PROMPT)}), "tokenize")
        for one in self.open:
            self._write("response", one.number, "".join(f"data: {json.dumps(event)}\n\n" for event in one.events))
        return self.entries


@dataclass
class RecordingStream(WorldStream):
    number: int = 0
    events: list[dict[str, object]] = field(default_factory=list)

    def take(self, most: int) -> list[CloudPosition]:
        arrived = super().take(most)
        self.events += [event_of(one) for one in arrived]
        return arrived


def event_of(position: CloudPosition, written: bytes | None = None) -> dict[str, object]:
    """As llama-server reports a position; `written` where that is more than its token."""
    spelled = list(b"%d," % position.token if written is None else written)
    top = [
        {"id": int(token), "bytes": list(b"%d," % token), "logprob": float(logprob)}
        for token, logprob in zip(position.top_ids, position.top_logprobs, strict=True)
    ]
    entry = {"id": position.token, "bytes": spelled, "top_logprobs": top}
    return {"choices": [{"text": "", "logprobs": {"content": [entry]}}]}


def vocabulary(size: int, *, ellipsis: bool = False) -> Vocabulary:
    """Words of one letter; token 0 ends; the last is an ellipsis where that is wanted."""
    letters = [b"<end>"] + [b" " + chr(96 + number).encode() for number in range(1, size)]
    if ellipsis:
        letters[-1] = b"..."
    return Vocabulary(letters, frozenset({END}))


def drawn(position: CloudPosition, token: int) -> CloudPosition:
    return replace(position, token=token)


def drawing_law(position: CloudPosition, temperature: float) -> dict[int, float]:
    law = softmax(position.top_logprobs / temperature)
    return dict(zip(position.top_ids.tolist(), law.tolist(), strict=True))
