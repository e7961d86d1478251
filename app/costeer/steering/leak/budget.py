"""How steering fades as what may be given away is used up.

Of a budget of `B` bits, `RESERVE` are kept back, so that the end of steering and a private text that must be
withheld can always be paid for. Of the rest `U = B - RESERVE`, the first half is spent at full strength; from
then on the strength is multiplied with `left / (U / 2)`. Steering ends where less than `LEAST_STRENGTH` of it
would remain, or where nothing but the end can be paid for; what follows is the cloud's own. So no answer costs
more than its budget.

When steering ends depends on the bits that were counted, and so on what is private, and the cloud sees it:
after each decision the public expects an end with probability `2^-END_BITS`, and an end costs these bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Limit = Literal["answer", "conversation"]

END_BITS = 10.0
"""What it costs that steering ends, and which budget ended it."""

WITHHELD_BITS = 10.0
"""What it costs that a private text is withheld: the public expects it with probability `2^-WITHHELD_BITS` at each
decision, and where a text behind it is asked about."""

RESERVE = END_BITS + WITHHELD_BITS
LEAST_BUDGET = 30.0
"""Bits. With less there would be hardly anything to spend."""

FULL_UNTIL = 0.5
LEAST_STRENGTH = 1.0 / 16.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """`bits` in all, of which `spent` were before this answer, or before this part of it."""

    limit: Limit
    bits: float
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class LeakBudget:
    """What an answer may give away; of several allowances the tightest counts. Without any there is no bound.

    The bits of the reserve are parameters for the sake of small worlds.
    """

    allowances: tuple[Allowance, ...] = ()
    end_bits: float = END_BITS
    withheld_bits: float = WITHHELD_BITS

    @property
    def bounded(self) -> bool:
        return bool(self.allowances)

    @property
    def going_on_bits(self) -> float:
        """What it costs that steering goes on: a little, as it might have ended."""
        return -math.log2(1.0 - len(self.allowances) * 2.0**-self.end_bits)

    @property
    def reserve(self) -> float:
        return self.end_bits + self.withheld_bits

    def left(self, counted: float) -> float:
        """Bits that a decision may cost; `counted` are those of this answer so far."""
        return min((self._left(one, counted) for one in self.allowances), default=math.inf)

    def strength(self, counted: float) -> float:
        """The factor on the strength, 0 to 1."""
        factor = 1.0
        for one in self.allowances:
            usable = one.bits - self.reserve
            share = self._left(one, counted) / (FULL_UNTIL * usable) if usable > 0.0 else 0.0
            factor = min(factor, max(0.0, share))
        return factor

    def ending(self, counted: float) -> Limit:
        """Which allowance ends steering now: that of the conversation where no further answer could be steered, or
        where there is no other."""
        of_answer = any(one.limit == "answer" for one in self.allowances)
        conversation = [one for one in self.allowances if one.limit == "conversation"]
        spent = any(self._left(one, counted + self.end_bits) < 0.0 for one in conversation)
        return "conversation" if spent or not of_answer else "answer"

    def _left(self, allowance: Allowance, counted: float) -> float:
        return allowance.bits - allowance.spent - counted - self.reserve
