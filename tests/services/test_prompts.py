"""What is sent when a conversation outgrows the context window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.cloud.dialects.protocol import PreparedPrompt
from costeer.foundation.errors import PromptTooLong
from costeer.services.answers.prompts import SHORTEST_ANSWER, ChatMessage, fit_public_prompt, public_messages
from costeer.storage.records import Message, Role


def template(messages: Sequence[ChatMessage]) -> str:
    return "".join(f"<{one['role']}>{one['content']}" for one in messages)


def tokenize(text: str) -> list[int]:
    return list(range(len(text) // 4))


def prepare(messages: Sequence[ChatMessage]) -> PreparedPrompt:
    tokens = tokenize(template(messages))
    return PreparedPrompt(tuple(messages), len(tokens), template(messages), tuple(tokens))


def conversation(lengths: Sequence[int]) -> list[ChatMessage]:
    return [{"role": "assistant" if at % 2 else "user", "content": "x" * n} for at, n in enumerate(lengths)]


@given(lengths=st.lists(st.integers(0, 3000), min_size=1, max_size=60), window=st.integers(1000, 4000))
def test_the_newest_messages_that_fit(lengths: list[int], window: int) -> None:
    messages = conversation(lengths if len(lengths) % 2 else lengths[:-1] or [5])
    prompt = fit_public_prompt(messages, window, prepare)
    assert len(prompt.tokens) <= window - SHORTEST_ANSWER
    assert list(prompt.messages) == messages[len(messages) - len(prompt.messages) :]
    assert prompt.messages[0]["role"] == "user"
    assert prompt.left_out == len(messages) - len(prompt.messages)
    if len(tokenize(template(messages))) <= window - SHORTEST_ANSWER:
        assert prompt.left_out == 0


def test_a_last_message_that_is_too_long() -> None:
    with pytest.raises(PromptTooLong, match="shorten"):
        fit_public_prompt(conversation([10, 10, 9000]), 1000, prepare)


def message(number: int, text: str) -> Message:
    role: Role = "user" if number % 2 == 0 else "assistant"
    return Message(str(number), "c", None, role, text, "complete", datetime.now(UTC))


def test_unanswered_questions_are_not_sent_again() -> None:
    texts = ["Hello.", "Hi!", "Refused.", "", "And now?"]
    thread = [message(number, text) for number, text in enumerate(texts)]
    sent = public_messages(thread)
    assert [one["content"] for one in sent] == ["Hello.", "Hi!", "And now?"]
    assert [one["role"] for one in sent] == ["user", "assistant", "user"]


def test_what_was_written_here_is_not_sent() -> None:
    texts = ["Who is it?", "Your sister Zephyrine.", "And now?", "Hello Zephyrine!", "Go on."]
    thread = [message(number, text) for number, text in enumerate(texts)]
    sent = public_messages(thread, lambda answer: {"1": "", "3": "Hello!"}[answer.id])
    assert [one["content"] for one in sent] == ["And now?", "Hello!", "Go on."]
