"""Which budgets an answer gets, and when one that was used up stays so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costeer.foundation.errors import BadInput
from costeer.services.answers.allowance import open_meter, why_ended
from costeer.services.conversation_settings import ConversationSettings
from costeer.services.options import AskOptions
from costeer.steering.leak.budget import END_BITS, RESERVE
from costeer.storage.records import AnswerFigures, LeakTotal

BOTH = AskOptions(answer_budget=100.0, conversation_budget=300.0)
NOTHING = AnswerFigures()


def test_without_budgets_nothing_is_bounded() -> None:
    meter = open_meter(AskOptions(), replace(NOTHING, leak_bits=1e6), LeakTotal(1e6, 50.0))
    assert not meter.budget.bounded
    assert (meter.bits, meter.ended_by) == (0.0, None)


def test_what_was_given_away_before_counts() -> None:
    before = replace(NOTHING, leak_bits=10.0)
    meter = open_meter(BOTH, before, LeakTotal(200.0))
    assert meter.ended_by is None
    going_on = meter.budget.going_on_bits
    assert 0.0 < going_on == meter.bits
    assert meter.budget.left(0.0) == pytest.approx(300.0 - 210.0 - RESERVE)
    assert open_meter(BOTH, before, LeakTotal(20.0)).budget.left(0.0) == pytest.approx(100.0 - 10.0 - RESERVE)


def test_what_leaves_too_little_ends_steering_at_once_and_that_counts_once() -> None:
    meter = open_meter(BOTH, NOTHING, LeakTotal(290.0))
    assert (meter.ended_by, meter.bits) == ("conversation", END_BITS)
    ended = LeakTotal(290.0 + END_BITS, 300.0)
    again = open_meter(BOTH, NOTHING, ended)
    assert (again.ended_by, again.bits) == ("conversation", 0.0)
    raised = open_meter(replace(BOTH, conversation_budget=500.0), NOTHING, ended)
    assert raised.ended_by is None


def test_an_answer_that_has_used_up_its_budget_is_continued_as_it_is() -> None:
    spent = AnswerFigures(leak_bits=95.0, leak_budget=100.0, conversation_budget=300.0, steering_ended="answer")
    meter = open_meter(BOTH, spent, LeakTotal())
    assert (meter.ended_by, meter.bits) == ("answer", 0.0)
    assert open_meter(replace(BOTH, answer_budget=200.0), spent, LeakTotal()).ended_by is None
    spent = replace(spent, steering_ended="conversation")
    assert open_meter(BOTH, spent, LeakTotal()).ended_by == "conversation"


def test_the_user_is_told_which_budget_it_was() -> None:
    assert "this answer" in str(why_ended("answer"))
    assert "conversation" in str(why_ended("conversation"))


@pytest.mark.parametrize("bits", [-1.0, 5.0, 1e9, float("nan")])
def test_budgets_that_cannot_be_kept_are_refused(bits: float) -> None:
    for options in (AskOptions(answer_budget=bits), AskOptions(conversation_budget=bits)):
        with pytest.raises(BadInput, match="leak budget"):
            options.check()


def test_a_conversation_may_have_its_own_even_none() -> None:
    own = ConversationSettings(answer_budget=0.0, conversation_budget=50.0)
    applied = ConversationSettings.read(own.stored()).applied_to(BOTH)
    assert (applied.answer_budget, applied.conversation_budget) == (0.0, 50.0)
    assert ConversationSettings().applied_to(BOTH) == BOTH
