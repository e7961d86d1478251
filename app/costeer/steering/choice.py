"""The one place where a final token is picked, shared by every decoder.

A `Chooser` holds the policy, the draws, the mask of private strings and the leak meter, and ends an answer that
has begun to go round in circles. Unless the cloud draws, it uses one number per position, so that two decoders
that come to the same positions make the same draws.

Whatever depends on what is private is told to the meter where it is decided: which candidate is picked, that a
private text is withheld (also from a request that would ask behind it), and that steering ends because a budget
is used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from costeer.steering.chance import Chance, SecretChance, Uniform
from costeer.steering.distributions import log_sum_exp, softmax, top_p
from costeer.steering.leak.budget import LEAST_STRENGTH
from costeer.steering.leak.meter import LeakMeter
from costeer.steering.leak.reference import Expected, PublicReference
from costeer.steering.masks import StringMask
from costeer.steering.picking import Lottery, Pick, drawn_from, lottery_of, reference_of
from costeer.steering.policy import Policy, Steered, certain_mass, is_sure, steer
from costeer.steering.repetition import completes_a_loop
from costeer.steering.rows import LogitsRow
from costeer.steering.trace import Candidate, TokenTrace
from costeer.steering.types import CloudPosition, FloatArray, IdArray, LocalRow, Opinions
from costeer.steering.vocabulary import TextAssembler, Vocabulary

_SHOWN = 5
_SURE = 0.5 + 1e-9
WITHHELD_MARKS = ("…".encode(), b"...", b" ...", b"..")
"""Written instead of a token that the mask refuses: that something is withheld, rather than something untrue."""

_WEAKER = (1.0, 0.5, 0.25, 0.0)
"""Of the strength, one after the other, where what might be picked would cost more than is left."""


@dataclass(frozen=True, slots=True)
class Step:
    """A decided position. `ends` marks the end token, which is not part of the answer."""

    trace: TokenTrace
    ends: bool


class Chooser:
    """Decides positions in order, once each; not safe from several threads.

    `answer` is what has been decided so far; to continue an answer, start with its tokens and what they spell.
    Unless a `chance` is given, nobody can guess the draws; unless a `meter` is, any number of bits may be counted.
    """

    def __init__(
        self,
        policy: Policy,
        vocabulary: Vocabulary,
        *,
        chance: Chance | None = None,
        mask: StringMask | None = None,
        answer: Sequence[int] = (),
        written: bytes = b"",
        meter: LeakMeter | None = None,
    ) -> None:
        self.answer = list(answer)
        self.policy = policy
        self._vocabulary = vocabulary
        self._mask = mask or StringMask(())
        self._chance = chance or SecretChance()
        self.meter = meter or LeakMeter()
        self.meter.known |= self._chance.known
        self._reference = PublicReference(policy, len(vocabulary))
        self._uniform: Uniform | None = None
        self._aside = 0.0
        self._withheld: tuple[int, ...] = ()
        self._mark = vocabulary.find(WITHHELD_MARKS)
        self._bytes = bytearray(written)
        self._text = TextAssembler()
        self._text.add(written)

    @property
    def over(self) -> bool:
        """Whether steering has ended before the answer has: what follows is the cloud's own."""
        return self.meter.ended_by is not None

    def is_certain(self, position: CloudPosition) -> bool:
        """Whether the local model is probably not needed at a later position."""
        return is_sure(position, self.policy) or certain_mass(position, self.policy) > _SURE

    def may_be_sent(self, ahead: Sequence[int]) -> bool:
        """Whether a request may hold tokens that the cloud has said but that are not decided yet: not when they
        would spell out something private, which is not going to stand there.

        That something is not asked tells the cloud of it; what it has been told once it is not told again.
        """
        if self.over:
            return False
        path = (*self.answer, *ahead)
        if self._withheld and path[: len(self._withheld)] == self._withheld:
            return False
        found = not self._mask.empty and self._mask.completes(bytes(self._bytes), self._vocabulary.join(ahead))
        self.meter.looked_ahead(found=found)
        if found:
            self._withheld = path
        return not found

    def without_local(self, position: CloudPosition) -> Step | None:
        """Decide without asking the local model, where it has no say or where nothing that it could say would
        change the choice; else None. Once for each position."""
        if is_sure(position, self.policy):
            return self._publicly(position)
        mass = certain_mass(position, self.policy)
        if mass <= _SURE:
            return None
        if self.policy.greedy:
            mass = 1.0
        else:
            mass = min(1.0, mass / drawn_from(position, self.policy)) if self.policy.fast else mass
            if not self._position_uniform().below(mass):
                self._aside = mass
                return None
        token, withheld = self._guarded(position.token, position.top_ids, position.top_logprobs)
        self.meter.looked(found=withheld)
        trace = self._trace(token, position, mass, _told(position))
        return self._settle_known(replace(trace, draw="accepted") if self.policy.fast else trace)

    def decide(self, position: CloudPosition, row: LocalRow) -> Step:
        """Decide with what the local model says; by the cloud alone where that would cost more than is left."""
        opinions = row.opinions(position, self.policy.plausibility)
        expected = self._reference.expected(position, opinions)
        found = self._affordable(position, opinions, expected)
        if found is None:
            self.meter.end()
            return self._publicly(position)
        self.meter.went_on()
        joined, lottery = found
        pick = lottery.draw()
        picked = int(opinions.ids[pick.at])
        token, withheld = self._guarded(picked, opinions.ids, joined.probabilities)
        if not withheld:
            self.meter.picked(pick.probability, reference_of(pick, expected))
            self._reference.learn(expected, pick.outcome)
        self.meter.looked(found=withheld)
        return self._decided(token, position, opinions, joined, pick if token == picked else None, steered=True)

    def _affordable(
        self, position: CloudPosition, opinions: Opinions, expected: Expected
    ) -> tuple[Steered, Lottery] | None:
        """`q` as strong as the budget allows, and how to pick from it; None where steering ends."""
        strength = self.meter.strength
        if strength < LEAST_STRENGTH or self.meter.left < 0.0:
            return None
        for weaker in _WEAKER:
            joined = steer(opinions, self.policy.fading(weaker * strength))
            lottery = self._lottery(position, opinions, joined, self._aside)
            if not self.meter.budget.bounded or lottery.dearest(expected) <= self.meter.left:
                return joined, lottery
        return None

    def _publicly(self, position: CloudPosition) -> Step:
        """By what the cloud told alone, as if that were all there is."""
        opinions = told_opinions(position)
        joined = steer(opinions, self.policy.fading(0.0))
        pick = self._lottery(position, opinions, joined, 0.0).draw()
        picked = int(opinions.ids[pick.at])
        token, withheld = self._guarded(picked, opinions.ids, joined.probabilities)
        self.meter.looked(found=withheld)
        return self._decided(token, position, opinions, joined, pick if token == picked else None, steered=False)

    def _lottery(self, position: CloudPosition, opinions: Opinions, joined: Steered, aside: float) -> Lottery:
        number = self._position_uniform()
        return lottery_of(joined.probabilities, position, opinions, self.policy, self._chance, number, aside)

    def _decided(
        self,
        token: int,
        position: CloudPosition,
        opinions: Opinions,
        joined: Steered,
        pick: Pick | None,
        *,
        steered: bool,
    ) -> Step:
        """`pick` is None where the mask or the loop guard has put `token` in its place."""
        at, wanted = opinions.index(token), opinions.index(position.token)
        before = 0.0 if at is None else float(np.exp(opinions.cloud[at]))
        trace = self._trace(token, position, pick.probability if pick else 1.0, before)
        return self._settle_known(
            replace(
                trace,
                steered=steered,
                draw=pick.draw if pick else "",
                moved={} if at is None or wanted is None or not steered else joined.moved(at, wanted),
                candidates=self._candidates(opinions, joined),
            )
        )

    def as_the_cloud_wrote(self, position: CloudPosition, *, ends: bool) -> Step:
        """Take the cloud's own token: strength 0, or no local model. Nothing private is involved.

        Needs no vocabulary: the bytes are the cloud's own.
        """
        text = position.token_bytes.decode("utf-8", "backslashreplace")
        return self._settle(self._unsteered(position.token, text, _told(position)), position.token_bytes, ends)

    def locally(self, row: LogitsRow, contrast: float = 0.0) -> Step:
        """Decide by the local model alone, its context counted `1 + contrast` times; the cloud hears nothing."""
        ids, logprobs = row.alone(contrast)
        probabilities = softmax(logprobs if self.policy.greedy else logprobs / self.policy.temperature)
        if not self.policy.greedy:
            probabilities = top_p(probabilities, self.policy.top_p)
        greedy = self.policy.greedy
        chosen = int(np.argmax(probabilities)) if greedy else self._position_uniform().among(probabilities)
        token, _ = self._guarded(int(ids[chosen]), ids, probabilities)
        probability = 1.0 if greedy else float(probabilities[chosen])
        return self._settle_known(self._unsteered(token, self._vocabulary.text(token), probability))

    def _trace(self, token: int, position: CloudPosition, probability: float, before: float) -> TokenTrace:
        """A steered token; its text is filled in when it is settled."""
        return TokenTrace(
            index=len(self.answer),
            token=token,
            text="",
            cloud_token=position.token,
            cloud_text=self._vocabulary.text(position.token),
            probability=probability,
            cloud_probability=before,
            steered=True,
            moved={},
        )

    def _unsteered(self, token: int, text: str, probability: float) -> TokenTrace:
        return TokenTrace(
            index=len(self.answer),
            token=token,
            text="",
            cloud_token=token,
            cloud_text=text,
            probability=probability,
            cloud_probability=probability,
            steered=False,
            moved={},
        )

    def _position_uniform(self) -> Uniform:
        """This position's own draw, the same however often it is looked at."""
        if self._uniform is None:
            self._uniform = self._chance.uniform()
        return self._uniform

    def _guarded(self, token: int, ids: IdArray, likely: FloatArray) -> tuple[int, bool]:
        """The token, unless it would go round in circles (then the answer ends) or spell out something private
        (then the mark of an omission stands there; the end, when there is none); and whether the latter was so.
        `likely` says of the candidates `ids` which end is the likeliest."""
        if self._vocabulary.end_tokens and completes_a_loop(self.answer, token):
            ends = [int(one) for one in ids[np.argsort(-likely)] if int(one) in self._vocabulary.end_tokens]
            return (ends[0] if ends else self._end()), False
        if not self._masked(token):
            return token, False
        if self._mark is not None and not self._masked(self._mark):
            return self._mark, True
        return self._end(), True

    def _end(self) -> int:
        return min(self._vocabulary.end_tokens)

    def _masked(self, token: int) -> bool:
        if self._mask.empty:
            return False
        return self._mask.completes(bytes(self._bytes), self._vocabulary.text_bytes(token))

    def _settle_known(self, trace: TokenTrace) -> Step:
        ends = trace.token in self._vocabulary.end_tokens
        return self._settle(trace, self._vocabulary.text_bytes(trace.token), ends)

    def _settle(self, trace: TokenTrace, data: bytes, ends: bool) -> Step:
        self._uniform, self._aside = None, 0.0
        trace = replace(trace, bits=self.meter.of_decision())
        if ends:
            return Step(trace, ends=True)
        self.answer.append(trace.token)
        self._bytes += data
        return Step(replace(trace, text=self._text.add(data)), ends=False)

    def _candidates(self, opinions: Opinions, steered: Steered) -> tuple[Candidate, ...]:
        """The likeliest before and after, for the hover."""
        shown: dict[int, None] = {}
        for scores in (steered.probabilities, opinions.cloud):
            best = np.argpartition(-scores, _SHOWN)[:_SHOWN] if len(scores) > _SHOWN else np.arange(len(scores))
            shown.update(dict.fromkeys(best[np.argsort(-scores[best], kind="stable")].tolist()))
        before, after = np.exp(opinions.cloud), steered.probabilities
        return tuple(
            Candidate(
                int(opinions.ids[at]),
                self._vocabulary.text(int(opinions.ids[at])),
                float(before[at]),
                float(after[at]),
            )
            for at in shown
        )


def told_opinions(position: CloudPosition) -> Opinions:
    """What the cloud told, as if that were all there is: its token where it told nothing. Nothing private is in
    it."""
    ids, told = position.top_ids, position.top_logprobs
    if not len(ids):
        ids, told = np.array([position.token]), np.zeros(1)
    order = np.argsort(ids)
    ids, told = ids[order], told[order]
    return Opinions(ids, told - log_sum_exp(told), np.zeros((1, len(ids))), np.zeros(len(ids)))


def _told(position: CloudPosition) -> float:
    """What the cloud gave its own token; 0 when it did not list it."""
    (listed,) = np.nonzero(position.top_ids == position.token)
    return float(np.exp(position.top_logprobs[listed[0]])) if listed.size else 0.0
