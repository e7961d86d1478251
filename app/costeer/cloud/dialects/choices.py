"""What chat and completions share: an event with choices."""

from __future__ import annotations

from collections.abc import Mapping

from costeer.cloud.dialects.logprobs import read_logprobs
from costeer.cloud.dialects.protocol import Heard
from costeer.cloud.untrusted import Unreadable


def read_choices(event: Mapping[str, object]) -> Heard:
    """An event of a stream, or a whole answer, of a chat or a completion."""
    usage = _usage(event.get("usage"))
    choices = event.get("choices")
    if not isinstance(choices, list):
        raise Unreadable("an event without choices")
    if not choices:
        return Heard(usage=usage)  # an event that carries the usage alone
    choice = choices[0]
    if not isinstance(choice, dict):
        raise Unreadable("a choice that is no object")
    said = choice.get("delta", choice.get("message", choice))
    text = said.get("content", said.get("text")) if isinstance(said, dict) else None
    finish = choice.get("finish_reason")
    tokens = read_logprobs(choice.get("logprobs"))
    return Heard(tokens, text if isinstance(text, str) else "", finish if isinstance(finish, str) else "", usage)


def _usage(value: object) -> tuple[int, int] | None:
    if not isinstance(value, dict):
        return None
    prompt, answer = value.get("prompt_tokens"), value.get("completion_tokens")
    if type(prompt) is int and type(answer) is int and prompt >= 0 and answer >= 0:
        return prompt, answer
    return None
