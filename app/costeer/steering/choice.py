"""The one place where a final token is picked, shared by every decoder.

A `Chooser` holds the policy, the random stream and the mask of private strings, and ends an answer that has begun
to go round in circles. It uses one uniform per position (one more for each candidate the mask refuses), so that
two decoders that come to the same positions make the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from costeer.foundation.errors import BugError
from costeer.steering.distributions import draw, softmax, top_p
from costeer.steering.masks import StringMask
from costeer.steering.policy import WITH_CONTEXT, Policy, Steered, branch_logprobs, steer
from costeer.steering.repetition import completes_a_loop
from costeer.steering.tail import complete_tail
from costeer.steering.trace import Candidate, TokenTrace
from costeer.steering.types import CloudPosition, Float32Array, FloatArray
from costeer.steering.vocabulary import TextAssembler, Vocabulary

_SHOWN = 5
_MASKED_AT_MOST = 64
_WITHHELD_MARKS = ("…".encode(), b"...", b" ...", b"..")
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
        self._policy = policy
        self._vocabulary = vocabulary
        self._mask = mask or StringMask(())
        self._random = np.random.default_rng(seed)
        self._withheld = vocabulary.find(_WITHHELD_MARKS)
        self._bytes = bytearray(written)
        self._text = TextAssembler()
        self._text.add(written)

    def steered(self, position: CloudPosition, row: Float32Array) -> Step:
        """Decide with the local row of shape (2, V), logits."""
        with_context, without_context = branch_logprobs(row)
        # A padded vocabulary may list ids that no text has; a real mismatch is found before an answer begins.
        known = position.top_ids < len(without_context)
        cloud = complete_tail(position.top_ids[known], position.top_logprobs[known], without_context)
        joined = steer(cloud, with_context, without_context, self._policy)
        token = self._pick(joined.probabilities)
        wanted = int(np.argmax(cloud))
        probability = 1.0 if self._policy.greedy else float(joined.probabilities[token])
        return self._settle_known(
            TokenTrace(
                index=len(self.answer),
                token=token,
                text="",
                cloud_token=wanted,
                cloud_text=self._vocabulary.text(wanted),
                probability=probability,
                cloud_probability=float(np.exp(cloud[token])),
                steered=True,
                moved=dict(joined.moved(token, wanted)),
                candidates=self._candidates(cloud, joined),
            )
        )

    def as_the_cloud_wrote(self, position: CloudPosition, *, ends: bool) -> Step:
        """Take the cloud's own token: strength 0, or no local model. Nothing private is involved.

        Needs no vocabulary: the bytes are the cloud's own.
        """
        listed = np.flatnonzero(position.top_ids == position.token)
        probability = float(np.exp(position.top_logprobs[listed[0]])) if listed.size else 0.0
        text = position.token_bytes.decode("utf-8", "backslashreplace")
        return self._settle(self._unsteered(position.token, text, probability), position.token_bytes, ends)

    def locally(self, row: Float32Array) -> Step:
        """Decide by the local model with context alone, offline; the cloud has no say and hears nothing."""
        logits = row[WITH_CONTEXT].astype(np.float64)
        probabilities = softmax(logits if self._policy.greedy else logits / self._policy.temperature)
        if not self._policy.greedy:
            probabilities = top_p(probabilities, self._policy.top_p)
        token = self._pick(probabilities)
        probability = 1.0 if self._policy.greedy else float(probabilities[token])
        return self._settle_known(self._unsteered(token, self._vocabulary.text(token), probability))

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

    def _pick(self, probabilities: FloatArray) -> int:
        remaining = probabilities
        for _ in range(_MASKED_AT_MOST):
            if self._policy.greedy:
                token = int(np.argmax(remaining))
            else:
                token = draw(remaining, float(self._random.random()))
            if completes_a_loop(self.answer, token) and self._vocabulary.end_tokens:
                return max(self._vocabulary.end_tokens, key=lambda end: float(probabilities[end]))
            if not self._masked(token):
                return token
            if self._withheld is not None and not self._masked(self._withheld):
                return self._withheld
            remaining = remaining.copy()
            remaining[token] = 0.0
            if not remaining.any():
                break
        raise BugError("Every likely next token would complete a private string; please report this.")

    def _masked(self, token: int) -> bool:
        return self._mask.completes(bytes(self._bytes), self._vocabulary.text_bytes(token))

    def _settle_known(self, trace: TokenTrace) -> Step:
        ends = trace.token in self._vocabulary.end_tokens
        return self._settle(trace, self._vocabulary.text_bytes(trace.token), ends)

    def _settle(self, trace: TokenTrace, data: bytes, ends: bool) -> Step:
        if ends:
            return Step(trace, ends=True)
        self.answer.append(trace.token)
        self._bytes += data
        return Step(replace(trace, text=self._text.add(data)), ends=False)

    def _candidates(self, cloud: FloatArray, joined: Steered) -> tuple[Candidate, ...]:
        """The likeliest before and after, for the hover."""
        shown: dict[int, None] = {}
        for scores in (joined.probabilities, cloud):
            best = np.argpartition(-scores, _SHOWN)[:_SHOWN] if len(scores) > _SHOWN else np.arange(len(scores))
            shown.update(dict.fromkeys(int(one) for one in best[np.argsort(-scores[best], kind="stable")]))
        return tuple(
            Candidate(one, self._vocabulary.text(one), float(np.exp(cloud[one])), float(joined.probabilities[one]))
            for one in shown
        )
