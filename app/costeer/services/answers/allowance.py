"""What an answer may give away: the budgets that its options name, less what the conversation has given away."""

from __future__ import annotations

from costeer.foundation.translatable import Translatable, translatable
from costeer.services.options import AskOptions
from costeer.steering.leak.budget import Allowance, LeakBudget, Limit
from costeer.steering.leak.meter import LeakMeter
from costeer.storage.records import AnswerFigures, LeakTotal

_ENDED = {
    "answer": translatable("The leak budget of this answer is used up; what follows is the cloud's own."),
    "conversation": translatable(
        "The leak budget of the conversation is used up; what follows is the cloud's own."
    ),
}


def open_meter(options: AskOptions, before: AnswerFigures, others: LeakTotal) -> LeakMeter:
    """For an answer that is to be steered. `before` are the figures of what it continues, `others` is what the
    other answers of its conversation gave away, those of all branches."""
    allowances: list[Allowance] = []
    if options.answer_budget:
        allowances.append(Allowance("answer", options.answer_budget, before.leak_bits))
    if options.conversation_budget:
        spent = others.bits + before.leak_bits
        allowances.append(Allowance("conversation", options.conversation_budget, spent))
    meter = LeakMeter(LeakBudget(tuple(allowances)))
    meter.begin(ended_by=_ended_before(options, before, others))
    return meter


def why_ended(limit: Limit) -> Translatable:
    """Why steering ended, in one sentence for the user."""
    return Translatable(_ENDED[limit])


def _ended_before(options: AskOptions, before: AnswerFigures, others: LeakTotal) -> Limit | None:
    """Which budget had ended steering, if it has not been raised since."""
    ended_at = others.ended_at
    if before.steering_ended == "conversation":
        ended_at = max(ended_at, before.conversation_budget)
    if 0.0 < options.conversation_budget <= ended_at:
        return "conversation"
    if before.steering_ended == "answer" and 0.0 < options.answer_budget <= before.leak_budget:
        return "answer"
    return None
