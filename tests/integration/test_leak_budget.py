"""Budgets over real answers: what every branch of a conversation gave away counts, and an end is told once."""

from __future__ import annotations

import dataclasses

import pytest

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.services.events import (
    AnswerEvent,
    AnswerFinished,
    AnswerStarted,
    NoticeRaised,
    TokensAppended,
    TrafficChanged,
)
from costeer.services.options import AskOptions
from costeer.steering.leak.budget import END_BITS
from tests.integration.conftest import PROFILE, PROMPT, ask

STEERED = AskOptions(strength=1.0, profile=PROFILE, max_tokens=40)


def finished(events: list[AnswerEvent]) -> AnswerFinished:
    assert isinstance(events[-1], AnswerFinished)
    return events[-1]


def ends_told(events: list[AnswerEvent]) -> int:
    return sum(isinstance(one, NoticeRaised) and "leak budget" in str(one.text) for one in events)


def test_an_answer_keeps_to_its_budget_and_goes_on_as_the_clouds_own(app: Application) -> None:
    free, _ = ask(app, STEERED)
    bits = round(0.6 * free.figures.leak_bits)
    bound, events = ask(app, dataclasses.replace(STEERED, answer_budget=bits))
    figures = bound.figures
    assert figures.leak_bits <= bits < free.figures.leak_bits
    assert (figures.leak_budget, figures.steering_ended) == (bits, "answer")
    assert ends_told(events) == 1
    assert bound.answer.state == "complete"
    assert figures.tokens == STEERED.max_tokens or bound.answer.text[-1] in ".!?", "it goes on to its own end"
    traces = app.chat.traces(bound.answer.id)
    assert any(one.changed for one in traces)
    last_steered = max(one.index for one in traces if one.steered)
    assert last_steered < traces[-1].index
    told = [one for one in events if isinstance(one, TrafficChanged)]
    assert told[-1].leak_budget == bits
    assert [one.leak_bits for one in told] == sorted(one.leak_bits for one in told), "greedy: it only grows"
    assert [one.steering_ended for one in told][:: len(told) - 1] == ["", "answer"]


def test_the_bits_of_the_words_are_those_of_the_answer(app: Application) -> None:
    answer, events = ask(app, STEERED)
    tokens = [one for event in events if isinstance(event, TokensAppended) for one in event.tokens]
    assert tokens == app.chat.traces(answer.answer.id)
    counted = sum(one.bits for one in tokens)
    assert 0.0 < counted <= answer.figures.leak_bits < counted + 2.0, "an end and looks ahead cost a little more"


def test_an_end_stays_known_over_a_part_that_is_not_steered(app: Application) -> None:
    chat = app.chat
    bound = dataclasses.replace(STEERED, answer_budget=45.0, max_tokens=30)
    first, _ = ask(app, bound)
    assert first.figures.steering_ended == "answer"
    plain = dataclasses.replace(bound, enabled=False, max_tokens=4)
    assert finished(list(chat.continue_answer(first.answer.id, plain, CancelToken()))).figures.leak_budget == 45.0
    events = list(chat.continue_answer(first.answer.id, dataclasses.replace(bound, max_tokens=4), CancelToken()))
    assert finished(events).figures.leak_bits == first.figures.leak_bits <= 45.0
    assert ends_told(events) == 0, "that was said when it ended"


def test_a_conversation_counts_every_branch(app: Application) -> None:
    """Answers, another one beside it, an edited question, and one that goes on: all that the cloud has seen."""
    chat, cancel = app.chat, CancelToken
    conversation = chat.create().id
    first = finished(list(chat.ask(conversation, PROMPT, dataclasses.replace(STEERED, max_tokens=12), cancel())))
    question = chat.thread(conversation)[0]
    some = [first.figures.leak_bits]
    warm = dataclasses.replace(STEERED, temperature=0.9, max_tokens=12)
    beside = finished(list(chat.regenerate(first.answer.id, warm, cancel())))
    some.append(beside.figures.leak_bits)
    # Greedy from here on: what is drawn may cost less than nothing, and may end early.
    greedy = dataclasses.replace(STEERED, max_tokens=12)
    other = finished(list(chat.edit(question.id, "Write a note to my sister.", greedy, cancel())))
    some.append(other.figures.leak_bits)
    assert chat.leak(conversation).bits == pytest.approx(sum(some))
    longer = finished(list(chat.continue_answer(other.answer.id, greedy, cancel())))
    assert longer.figures.leak_bits > other.figures.leak_bits
    some[-1] = longer.figures.leak_bits
    assert chat.leak(conversation).bits == pytest.approx(sum(some))
    assert chat.leak(conversation, without=beside.answer.id).bits == pytest.approx(sum(some) - some[1])
    temporary = chat.create(temporary=True).id
    hidden = finished(list(chat.ask(temporary, PROMPT, dataclasses.replace(STEERED, max_tokens=8), cancel())))
    assert chat.leak(temporary).bits == hidden.figures.leak_bits > 0.0


def test_a_conversation_that_has_used_up_its_budget_is_not_steered_any_more(app: Application) -> None:
    chat = app.chat
    conversation = chat.create().id
    bound = dataclasses.replace(STEERED, conversation_budget=45.0, max_tokens=60)
    events = list(chat.ask(conversation, PROMPT, bound, CancelToken()))
    assert finished(events).figures.steering_ended == "conversation"
    assert ends_told(events) == 1
    spent = chat.leak(conversation)
    assert spent.bits <= 45.0
    assert spent.ended_at == 45.0
    events = list(chat.regenerate(finished(events).answer.id, bound, CancelToken()))
    assert ends_told(events) == 1
    again = finished(events).figures
    assert (again.leak_bits, again.steered_tokens, again.round_trips) == (0.0, 0, 1)
    assert chat.leak(conversation) == spent
    raised = dataclasses.replace(bound, conversation_budget=500.0, max_tokens=12)
    more = finished(list(chat.regenerate(finished(events).answer.id, raised, CancelToken()))).figures
    assert more.steered_tokens > 0


def test_a_budget_that_is_lowered_below_what_is_gone_ends_steering(app: Application) -> None:
    chat = app.chat
    conversation = chat.create().id
    first = finished(
        list(chat.ask(conversation, PROMPT, dataclasses.replace(STEERED, max_tokens=20), CancelToken()))
    )
    bound = dataclasses.replace(STEERED, conversation_budget=30.0, max_tokens=8)
    events = list(chat.regenerate(first.answer.id, bound, CancelToken()))
    assert ends_told(events) == 1
    assert finished(events).figures.leak_bits == END_BITS


def test_a_crash_does_not_make_an_answer_look_cheaper(app: Application) -> None:
    """What an answer has given away is on disk beside its words while it is being written."""
    chat = app.chat
    stored: list[float] = []
    answer = ""
    for event in chat.ask(chat.create().id, PROMPT, STEERED, CancelToken()):
        if isinstance(event, AnswerStarted):
            answer = event.answer.id
        if isinstance(event, TrafficChanged):
            figures = chat.figures(answer)
            stored.append(figures.leak_bits if figures else 0.0)
            assert stored[-1] <= event.leak_bits
    assert sum(one > 0.0 for one in stored) > len(stored) / 3
