"""What an endpoint allows, as the probe found it: the tier it is used at and the dialect it is asked in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from costeer.cloud.dialects.chat import ChatDialect, Continuation
from costeer.cloud.dialects.completions import CompletionsDialect
from costeer.cloud.dialects.deepseek import NUCLEUS_OF_ONE
from costeer.cloud.dialects.ollama import OllamaDialect
from costeer.cloud.dialects.protocol import Dialect
from costeer.cloud.dialects.vllm import VLLM_BY_IDS, VLLM_BY_TEXT
from costeer.foundation.translatable import Translatable

Tier = Literal["A", "A-", "B", "C"]
"""A: log-probabilities and continuation; A-: of five alternatives or fewer; B: no continuation; C: text
alone."""

Kind = Literal["llama-server", "vllm", "ollama", "chat", "completions"]
Greedy = Literal["zero", "nucleus", "drawn"]
"""How to have the likeliest token told with its alternatives: at temperature 0; by a nucleus of one at
temperature 1; not at all, so that draws at temperature 1 are looked at instead."""

PATHS = ("/v1/chat/completions", "/beta/chat/completions")

FEW = 5
_GREEDY: dict[Greedy, dict[str, object]] = {
    "zero": {"temperature": 0.0},
    "nucleus": NUCLEUS_OF_ONE,
    "drawn": {"temperature": 1.0},
}


@dataclass(frozen=True, slots=True)
class Abilities:
    """`top_k` alternatives at most are told, 0 when none are; `window` is the tokens that a conversation may
    have, 0 when that is not told. `raw`: prompts that are templated already are taken (with `chat_template`,
    where the endpoint tells it). `remarks` are sentences for people."""

    kind: Kind
    model: str = ""
    top_k: int = 0
    continuation: Continuation = ""
    path: str = "/v1/chat/completions"
    integer: bool = False
    greedy: Greedy = "zero"
    streams_logprobs: bool = False
    token_ids: bool = False
    tells_end: bool = False
    raw: bool = False
    extra: Mapping[str, object] = dataclasses.field(default_factory=dict)
    chat_template: str = ""
    window: int = 0
    remarks: tuple[Translatable, ...] = ()

    @property
    def continues(self) -> bool:
        return self.raw or bool(self.continuation)

    @property
    def draws(self) -> bool:
        """Whether it can be made to draw from exactly the alternatives that it tells."""
        return self.kind == "llama-server"

    @property
    def tier(self) -> Tier:
        if not self.top_k or not self.streams_logprobs:
            return "C"
        if not self.continues:
            return "B"
        return "A" if self.top_k > FEW else "A-"

    def dialect(self, *, by_ids: bool = False) -> Dialect:
        """`by_ids`: the local model knows what the endpoint's ids spell. Not for a llama-server, which has a
        client of its own."""
        if self.kind == "vllm":
            return VLLM_BY_IDS if by_ids else VLLM_BY_TEXT
        if self.kind == "ollama":
            return OllamaDialect(self.raw)
        if self.kind == "completions":
            return CompletionsDialect(self.token_ids, greedy=_GREEDY[self.greedy], extra=self.extra)
        return ChatDialect(self.continuation, self.integer, self.path, _GREEDY[self.greedy], self.extra)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads, with what follows from it for people."""
        remarks = [one.as_json() for one in self.remarks]
        return {**dataclasses.asdict(self), "remarks": remarks, "tier": self.tier, "continues": self.continues}

    @classmethod
    def from_json(cls, value: object) -> Abilities:
        """Raises ValueError when it is not what `as_json` gave."""
        names = {one.name for one in dataclasses.fields(cls)}
        if not isinstance(value, dict) or value.get("kind") not in get_args(Kind) or not names <= value.keys():
            raise ValueError("these are no abilities of an endpoint")
        given = {name: value[name] for name in names}
        usual = cls("chat")
        for name in names - {"kind", "remarks", "extra"}:
            if type(given[name]) is not type(getattr(usual, name)):
                raise ValueError(f"{name} is of another type")
        remarks, extra = given["remarks"], given["extra"]
        if not isinstance(remarks, list):
            raise ValueError("the remarks are no texts")
        # A path is joined to the server's address, with the key: only what a probe can have found is taken.
        if given["path"] not in PATHS or given["greedy"] not in _GREEDY or not isinstance(extra, dict):
            raise ValueError("a way of asking that no probe finds")
        if given["continuation"] not in get_args(Continuation):
            raise ValueError("a way of continuing that no probe finds")
        return cls(**{**given, "remarks": tuple(map(Translatable.from_json, remarks))})
