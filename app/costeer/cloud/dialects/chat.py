"""Chat completions with log-probabilities, as OpenAI, vLLM, llama-server, OpenRouter and many others have them.

They differ in how a half-written answer is handed in to be continued, and in small things of the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from costeer.cloud.dialects.choices import read_choices
from costeer.cloud.dialects.protocol import Ask, Heard, PreparedPrompt

Continuation = Literal["", "trailing", "final", "prefix"]
"""How an answer is continued: not at all; by a last message of the assistant; by that and vLLM's
`continue_final_message`; by that and DeepSeek's and Mistral's `"prefix": true`."""


@dataclass(frozen=True, slots=True)
class ChatDialect:
    """`integer`: the number of alternatives stands in `logprobs` itself. `extra` goes into every body.

    `greedy` says how to ask for the likeliest token: a temperature of 0, unless an endpoint then hides the
    alternatives.
    """

    continuation: Continuation = ""
    integer: bool = False
    path: str = "/v1/chat/completions"
    greedy: Mapping[str, object] = field(default_factory=lambda: {"temperature": 0.0})
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"chat, {self.continuation}" if self.continuation else "chat"

    @property
    def lines(self) -> bool:
        return False

    def request(self, model: str, prompt: PreparedPrompt, ask: Ask) -> tuple[str, dict[str, object]]:
        messages: list[dict[str, object]] = [dict(one) for one in prompt.messages]
        body: dict[str, object] = {"messages": messages, "max_tokens": ask.max_tokens, "stream": ask.stream}
        if model:
            body["model"] = model
        if ask.written:
            last: dict[str, object] = {"role": "assistant", "content": ask.written}
            if self.continuation == "prefix":
                last["prefix"] = True
            messages.append(last)
        if ask.written and self.continuation == "final":
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        if ask.top_k and self.integer:
            body["logprobs"] = ask.top_k
        elif ask.top_k:
            body |= {"logprobs": True, "top_logprobs": ask.top_k}
        return self.path, {**body, **sampling(ask, self.greedy), **self.extra}

    def heard(self, event: Mapping[str, object]) -> Heard:
        return read_choices(event)


def sampling(ask: Ask, greedy: Mapping[str, object]) -> dict[str, object]:
    """The fields of the body that say how to draw."""
    if ask.temperature == 0.0:
        return dict(greedy)
    drawn: dict[str, object] = {"temperature": ask.temperature, "top_p": ask.top_p}
    return drawn if ask.seed is None else {**drawn, "seed": ask.seed}
