"""What answers have cost: in tokens always, in money where the user has entered prices.

Tokens are counted here, not by the endpoint: a stream that is cut tells no usage. What an endpoint wrote behind
a cut, before it noticed, may be on its bill and is not in these figures, and nor are discounts for cached prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from costeer.foundation.errors import BadInput
from costeer.foundation.settings import EndpointSettings, Settings
from costeer.storage.records import AnswerFigures
from costeer.storage.repositories import ConversationRepository

_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one answer, or of all of a month at one endpoint. The `extra_` tokens are those that steering caused:
    what one prompt and the answer's own length do not account for. Money is None without prices."""

    endpoint: str
    answers: int
    input_tokens: int
    output_tokens: int
    extra_input_tokens: int
    extra_output_tokens: int
    money: float | None = None
    extra_money: float | None = None
    currency: str = ""


class CostService:
    """Any thread."""

    def __init__(self, conversations: ConversationRepository, settings: Callable[[], Settings]) -> None:
        self._conversations = conversations
        self._settings = settings

    def of_answer(self, figures: AnswerFigures) -> Cost:
        """By the prices that are entered now."""
        return _cost(figures.endpoint, [figures], self.prices(figures.endpoint))

    def of_month(self, month: str) -> list[Cost]:
        """`month` is "2026-11"; the endpoints by name. Raises BadInput."""
        start, end = _bounds(month)
        by_endpoint: dict[str, list[AnswerFigures]] = {}
        for one in self._conversations.figures_between(start, end):
            if one.endpoint:
                by_endpoint.setdefault(one.endpoint, []).append(one)
        return [_cost(name, some, self.prices(name)) for name, some in sorted(by_endpoint.items())]

    def prices(self, endpoint: str) -> EndpointSettings | None:
        """Those that the user has entered."""
        known = {one.name: one for one in self._settings().endpoints}
        found = known.get(endpoint)
        return found if found is not None and (found.price_input or found.price_output) else None


def _cost(endpoint: str, answers: Sequence[AnswerFigures], prices: EndpointSettings | None) -> Cost:
    sent, written = sum(one.input_tokens for one in answers), sum(one.output_tokens for one in answers)
    more_sent = sum(max(0, one.input_tokens - one.prompt_tokens) for one in answers)
    more_written = sum(max(0, one.output_tokens - one.tokens) for one in answers if not one.sketch)
    cost = Cost(endpoint, len(answers), sent, written, more_sent, more_written)
    if prices is None:
        return cost

    def money(given: int, got: int) -> float:
        return (given * prices.price_input + got * prices.price_output) / _MILLION

    return Cost(
        endpoint,
        len(answers),
        sent,
        written,
        more_sent,
        more_written,
        money(sent, written),
        money(more_sent, more_written),
        prices.currency,
    )


def _bounds(month: str) -> tuple[datetime, datetime]:
    try:
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput("{month!r} is no month; write it as 2026-11.", month=month) from error
    later = start.year + start.month // 12, start.month % 12 + 1
    return start, datetime(*later, 1, tzinfo=UTC)
