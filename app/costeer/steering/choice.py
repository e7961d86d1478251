"""The one place where a final token is picked, shared by every decoder.

A `Chooser` holds the policy, the random stream and the mask of private strings, and ends an answer that has begun
to go round in circles. Unless the cloud draws, it uses one uniform per position (one more for each candidate the
mask refuses), so that two decoders that come to the same positions make the same draws.

When the cloud draws ("fast" sampling), speculative rejection decides: its draw `y` from the known `p` is accepted
with probability `min(1, q(y) / p(y))`; otherwise the token is drawn from the normalised `max(q - p, 0)`. Either
way the token has the law `q` (Leviathan et al., arXiv 2211.17192).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from costeer.foundation.errors import BugError
from costeer.steering.distributions import draw, log_sum_exp, softmax, top_p
from costeer.steering.masks import StringMask
from costeer.steering.policy import Policy, Steered, certain_mass, is_sure, steer
from costeer.steering.repetition import completes_a_loop
from costeer.steering.rows import LogitsRow
from costeer.steering.trace import Candidate, Draw, TokenTrace
from costeer.steering.types import CloudPosition, FloatArray, IdArray, LocalRow, Opinions
from costeer.steering.vocabulary import TextAssembler, Vocabulary

_SHOWN = 5
_MASKED_AT_MOST = 64
_SURE = 0.5 + 1e-9
WITHHELD_MARKS = ("…".encode(), b"...", b" ...", b"..")
"""Written instead of a token that the mask refuses: that something is withheld, rather than something untrue."""


@dataclass(frozen=True, slots=True)
class Step:
    """A decided position. `ends` marks the end token, which is not part of the answer."""

    trace: TokenTrace
    ends: bool


class Chooser:
    """Decides positions in order, once each; not safe from several threads.

    `answer` is what has been decided so far; to continue an answer, start with its tokens and what they spell.
    """

    def __init__(
        self,
        policy: Policy,
        vocabulary: Vocabulary,
        *,
        seed: int = 0,
        mask: StringMask | None = None,
        answer: Sequence[int] = (),
        written: bytes = b"",
    ) -> None:
        self.answer = list(answer)
        self.policy = policy
        self._neutral = replace(policy, signals=(), mixture=0.0)
        self._vocabulary = vocabulary
        self._mask = mask or StringMask(())
        self._random = np.random.default_rng(seed)
        self._uniform: float | None = None
        self._withheld = vocabulary.find(WITHHELD_MARKS)
        self._bytes = bytearray(written)
        self._text = TextAssembler()
        self._text.add(written)

    def is_certain(self, position: CloudPosition) -> bool:
        """Whether the local model is probably not needed at a later position."""
        return is_sure(position, self.policy) or certain_mass(position, self.policy) > _SURE

    def may_be_sent(self, ahead: Sequence[int]) -> bool:
        """Whether a request may hold tokens that the cloud has said but that are not decided yet: not when they
        would spell out something private, which is not going to stand there."""
        return self._mask.empty or not self._mask.completes(bytes(self._bytes), self._vocabulary.join(ahead))

    def without_local(self, position: CloudPosition) -> Step | None:
        """Decide without asking the local model, where it has no say or where nothing that it could say would
        change the choice; else None."""
        if is_sure(position, self.policy):
            return self._decided(position, told_opinions(position), self._neutral, steered=False)
        mass = certain_mass(position, self.policy)
        if mass <= _SURE:
            return None
        token = position.token
        if self.policy.fast and self._position_uniform() >= min(1.0, mass / _drawn_from(position, self.policy)):
            return None
        if not (self.policy.greedy or self.policy.fast) and self._position_uniform() >= mass:
            return None
        if self._masked(token) or completes_a_loop(self.answer, token):
            return None
        cloud_probability = _told(position)
        trace = self._trace(token, position, 1.0, cloud_probability)
        return self._settle_known(replace(trace, draw="accepted") if self.policy.fast else trace)

    def decide(self, position: CloudPosition, row: LocalRow) -> Step:
        """Decide with what the local model says."""
        opinions = row.opinions(position, self.policy.plausibility)
        return self._decided(position, opinions, self.policy, steered=True)

    def _decided(self, position: CloudPosition, opinions: Opinions, policy: Policy, *, steered: bool) -> Step:
        joined = steer(opinions, policy)
        wanted = opinions.index(position.token)
        became: Draw = ""
        if self.policy.fast:
            chosen, probability, became = self._by_rejection(position, opinions, joined.probabilities)
        else:
            chosen = self._by_quantile(joined.probabilities, wanted)
            probability = 1.0 if self.policy.greedy else float(joined.probabilities[chosen])
        token = self._unless_refused(opinions.ids, joined.probabilities, chosen)
        at = opinions.index(token)
        if at is None or at != chosen:  # the mask or the loop guard decided
            probability, became = 1.0, ""
        cloud_probability = 0.0 if at is None else float(np.exp(opinions.cloud[at]))
        trace = self._trace(token, position, probability, cloud_probability)
        return self._settle_known(
            replace(
                trace,
                steered=steered,
                draw=became,
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
        chosen = self._by_quantile(probabilities, None)
        token = self._unless_refused(ids, probabilities, chosen)
        probability = 1.0 if self.policy.greedy else float(probabilities[chosen])
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

    def _position_uniform(self) -> float:
        """This position's own draw, the same however often it is looked at."""
        if self._uniform is None:
            self._uniform = float(self._random.random())
        return self._uniform

    def _by_quantile(self, probabilities: FloatArray, wanted: int | None) -> int:
        if self.policy.greedy:
            return int(np.argmax(probabilities))
        return draw(probabilities, self._position_uniform(), wanted)

    def _by_rejection(self, position: CloudPosition, opinions: Opinions, q: FloatArray) -> tuple[int, float, Draw]:
        """The candidate's index, the probability of what the cloud gets to see, and what became of its draw."""
        p = np.zeros_like(q)
        for token, mass in zip(position.top_ids, _drawing_law(position, self.policy), strict=True):
            at = opinions.index(int(token))
            if at is not None:
                p[at] = mass
        at = opinions.index(position.token)
        accepted = 0.0 if at is None else min(1.0, float(q[at]) / _drawn_from(position, self.policy))
        if at is not None and self._position_uniform() < accepted:
            return at, accepted, "accepted"
        residual = np.maximum(q - p, 0.0)
        if not residual.any():  # q and p are one up to rounding
            residual = q
        chosen = draw(residual, float(self._random.random()))
        return chosen, (1.0 - accepted) * float(residual[chosen] / residual.sum()), "refused"

    def _unless_refused(self, ids: IdArray, probabilities: FloatArray, chosen: int) -> int:
        """The token at `chosen`, unless it would go round in circles (then the answer ends) or spell out something
        private (then the mark of an omission stands there, or the next best draw; the end, when there is none)."""
        remaining = probabilities
        for _ in range(_MASKED_AT_MOST):
            token = int(ids[chosen])
            if self._vocabulary.end_tokens and completes_a_loop(self.answer, token):
                likely = ids[np.argsort(-probabilities)]
                return next((int(one) for one in likely if int(one) in self._vocabulary.end_tokens), self._end())
            if not self._masked(token):
                return token
            if self._withheld is not None and not self._masked(self._withheld):
                return self._withheld
            remaining = remaining.copy()
            remaining[chosen] = 0.0
            if not remaining.any():
                break
            chosen = (
                int(np.argmax(remaining)) if self.policy.greedy else draw(remaining, float(self._random.random()))
            )
        return self._end()

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
        self._uniform = None
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
    """What the cloud told, as if that were all there is; nothing private is in it."""
    order = np.argsort(position.top_ids)
    ids, told = position.top_ids[order], position.top_logprobs[order]
    return Opinions(ids, told - log_sum_exp(told), np.zeros((1, len(ids))))


def _told(position: CloudPosition) -> float:
    """What the cloud gave its own token; 0 when it did not list it."""
    (listed,) = np.nonzero(position.top_ids == position.token)
    return float(np.exp(position.top_logprobs[listed[0]])) if listed.size else 0.0


def _drawing_law(position: CloudPosition, policy: Policy) -> FloatArray:
    """What the cloud drew from, over the alternatives it told, shape (K,); see `types.Draws`."""
    return softmax(position.top_logprobs / policy.temperature)


def _drawn_from(position: CloudPosition, policy: Policy) -> float:
    """The probability with which the cloud drew its token."""
    (listed,) = np.nonzero(position.top_ids == position.token)
    if not listed.size:
        raise BugError("The cloud drew a token that is not among its alternatives; please report this.")
    return float(_drawing_law(position, policy)[listed[0]])
