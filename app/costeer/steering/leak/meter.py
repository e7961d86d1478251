"""The running sum of what one answer reveals, at most, in bits.

The cloud sees requests and what it said itself. With this computer's draws, that is a function of a sequence of
*events*, a little finer than what it can see: each decision, whether a text could be asked about or had to be
withheld, and where steering ended. An event that had probability `q` here and `r` to the public counts `log2(q
/ r)`; on average these sum up to at least what the cloud learns (docs/leak-meter.md). Where `q` is not known
exactly, 1 stands for it.
"""

from __future__ import annotations

import math

from costeer.steering.leak.budget import LeakBudget, Limit


class LeakMeter:
    """Counts the events of one answer; used by the thread that decodes. Nothing is counted once steering has
    ended.

    `known`: the draws of this computer may be known to others, so that every event had probability 1 to them.
    """

    def __init__(self, budget: LeakBudget | None = None) -> None:
        self.budget = budget or LeakBudget()
        self.known = False
        self.bits = 0.0
        self.ended_by: Limit | None = None
        self._decision = 0.0
        self._found_nothing = -math.log2(1.0 - 2.0 ** (1.0 - self.budget.withheld_bits))

    @property
    def left(self) -> float:
        """Bits that a pick may cost, what comes with each decision apart."""
        return self.budget.left(self.bits) - self._found_nothing - 2.0 * self.budget.going_on_bits

    @property
    def strength(self) -> float:
        """The factor on the strength, 0 to 1."""
        return self.budget.strength(self.bits)

    def of_decision(self) -> float:
        """What was counted for the decision that is made now, for its trace."""
        bits, self._decision = self._decision, 0.0
        return bits

    def picked(self, probability: float, reference: float) -> None:
        """A candidate. `probability` may be an upper bound of its own, `reference` a lower one."""
        self._count(math.log2((1.0 if self.known else probability) / reference))

    def looked(self, *, found: bool) -> None:
        """The last event of a decision: its token would spell out a private text and is withheld, or would not."""
        self._count(self.budget.withheld_bits if found else self._found_nothing)
        self._go_on_or_end()

    def looked_ahead(self, *, found: bool) -> None:
        """The same of a text that the cloud was about to be asked to go on behind. It belongs to no decision."""
        self.looked(found=found)
        self._decision = 0.0

    def begin(self, *, ended_by: Limit | None = None) -> None:
        """Before the first event. `ended_by`: steering had ended before, and nothing has been allowed since;
        that is known. Else a budget may turn out to be used up by what came before this answer, which costs
        what any end does.
        """
        self.ended_by = ended_by
        self._go_on_or_end()
        self._decision = 0.0

    def went_on(self) -> None:
        """Steering might have ended before a decision, and did not."""
        self._count(self.budget.going_on_bits)

    def end(self) -> None:
        """Steering ends here, whatever is still decided publicly."""
        self.ended_by = self.budget.ending(self.bits)
        self._count(self.budget.end_bits)

    def _go_on_or_end(self) -> None:
        """What is kept back, for the end and for the next text to be withheld, must be whole."""
        if self.ended_by is None:
            if self.budget.left(self.bits) < self.budget.going_on_bits:
                self.end()
            else:
                self.went_on()

    def _count(self, bits: float) -> None:
        self.bits += bits
        self._decision += bits
