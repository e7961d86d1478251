"""Legacy completions with log-probabilities: the prompt is a text or token ids, templated beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costeer.cloud.dialects.chat import sampling
from costeer.cloud.dialects.choices import read_choices
from costeer.cloud.dialects.protocol import Ask, Heard, PreparedPrompt


@dataclass(frozen=True, slots=True)
class CompletionsDialect:
    """`ids`: prompts of token ids are taken; an answer whose ids are all the endpoint's is continued by them."""

    ids: bool = False
    path: str = "/v1/completions"
    greedy: Mapping[str, object] = field(default_factory=lambda: {"temperature": 0.0})
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "completions, ids" if self.ids else "completions"

    @property
    def lines(self) -> bool:
        return False

    def request(self, model: str, prompt: PreparedPrompt, ask: Ask) -> tuple[str, dict[str, object]]:
        if self.ids and prompt.tokens and ask.written_ids is not None:
            given: object = [*prompt.tokens, *ask.written_ids]
        else:
            given = prompt.text + ask.written
        body: dict[str, object] = {"prompt": given, "max_tokens": ask.max_tokens, "stream": ask.stream}
        if model:
            body["model"] = model
        if ask.top_k:
            body["logprobs"] = ask.top_k
        return self.path, {**body, **sampling(ask, self.greedy), **self.extra}

    def heard(self, event: Mapping[str, object]) -> Heard:
        return read_choices(event)
