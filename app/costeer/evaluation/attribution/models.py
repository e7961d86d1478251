"""The attackers that have a model: the cloud's own, given each profile, and the device's, doing what it did.

Both read every answer to a question with the private context of one candidate after the other. Answers share
beginnings, so they are read in the order of their tokens and each place is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from costeer.evaluation.attribution.answers import Answer
from costeer.evaluation.attribution.law import SeenLaw, SteeringLaw, likelihood
from costeer.evaluation.attribution.people import Person
from costeer.foundation.cancel import CancelToken
from costeer.foundation.run_store import Json
from costeer.local.messages import MOST_POSITIONS
from costeer.local.process import LocalSession, ModelProcess
from costeer.personalization.private_prompt import build_private_prompt
from costeer.services.answers.branches import open_branches, private_budget, render_local
from costeer.steering.distributions import log_sum_exp
from costeer.steering.masks import StringMask
from costeer.steering.rows import LogitsRow
from costeer.steering.types import Float32Array
from costeer.steering.vocabulary import Vocabulary, check_same_vocabulary

Read = TypeVar("Read")


class _Path(Generic[Read]):
    """What was read of each place of the answer that was read last. `make` is given the logits of one place,
    shape (branches, V)."""

    def __init__(self, session: LocalSession, make: Callable[[Float32Array], Read]) -> None:
        self._session = session
        self._make = make
        self._tokens: tuple[int, ...] = ()
        self._read: dict[int, Read] = {}

    def along(self, tokens: tuple[int, ...], wanted: Sequence[int]) -> dict[int, Read]:
        """The places `wanted`, ascending; place `i` is behind `tokens[:i]`."""
        shared = 0
        while shared < min(len(tokens), len(self._tokens)) and tokens[shared] == self._tokens[shared]:
            shared += 1
        self._read = {at: one for at, one in self._read.items() if at <= shared}
        self._tokens = tokens
        missing = [at for at in wanted if at not in self._read]
        for start in range(0, len(missing), MOST_POSITIONS):
            some = missing[start : start + MOST_POSITIONS]
            for at, row in zip(some, self._session.logits(tokens[: some[-1]], some), strict=True):
                self._read[at] = self._make(row)
        return {at: self._read[at] for at in wanted}


@dataclass(frozen=True, slots=True, eq=False)
class OptimalAttacker:
    """Recomputes the exact law of each candidate's device. `model` is the local one, with two branches, loaded
    from the same fast copy as the device's: then its numbers are the same."""

    model: ModelProcess
    cancel: CancelToken

    def read(self, candidate: Person, question: str, answers: Sequence[Answer]) -> Iterator[tuple[Answer, Json]]:
        """The likelihood of each of the steered `answers` to `question`, in the order in which they are read."""
        info = self.model.describe()
        vocabulary = Vocabulary(info.token_bytes, info.end_tokens)
        mask = StringMask(candidate.profile.private_strings, public=question)
        path: _Path[LogitsRow] | None = None
        for answer in _in_order(answers):
            self.cancel.raise_if_cancelled()
            if path is None:
                path = _Path(self._opened(candidate, question, answer), LogitsRow)
            law = SteeringLaw(answer.setting.policy, vocabulary, mask)
            told = answer.transcript.positions
            wanted = [at for at, one in enumerate(told) if one is not None and not law.is_public(one)]
            laws = _laws(answer, law, path.along(answer.transcript.tokens, wanted), vocabulary)
            found = likelihood(answer.transcript, laws, vocabulary.end_tokens)
            yield answer, {"log": found.log, "impossible": found.impossible}

    def _opened(self, candidate: Person, question: str, answer: Answer) -> LocalSession:
        transcript = answer.transcript
        begin = check_same_vocabulary(
            self.model.tokenize(transcript.prompt_text),
            transcript.prompt,
            self.model.describe().name,
            "the cloud's model",
        )
        messages = [{"role": "user", "content": question}]
        return open_branches(self.model, messages, candidate.profile, (), self.cancel, begin).session


def _laws(
    answer: Answer, law: SteeringLaw, rows: dict[int, LogitsRow], vocabulary: Vocabulary
) -> list[SeenLaw | None]:
    transcript = answer.transcript
    laws: list[SeenLaw | None] = []
    written = b""
    for at, (token, position) in enumerate(zip(transcript.tokens, transcript.positions, strict=True)):
        before = transcript.tokens[:at]
        laws.append(None if position is None else law.at(position, rows.get(at), before, written))
        written += vocabulary.text_bytes(token)
    return laws


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodAttacker:
    """Asks the cloud's own model how likely the answer would be, were the profile in its prompt. `model` has one
    branch."""

    model: ModelProcess
    cancel: CancelToken

    def read(self, candidate: Person, question: str, answers: Sequence[Answer]) -> Iterator[tuple[Answer, Json]]:
        """As `OptimalAttacker.read`, of any answers; log-likelihoods of the same answer can be compared."""
        path = _Path(self._opened(candidate, question), _Normalised)
        for answer in _in_order(answers):
            self.cancel.raise_if_cancelled()
            tokens = answer.transcript.tokens
            read = path.along(tokens, range(len(tokens)))
            yield answer, {"log": sum(read[at].logprob(token) for at, token in enumerate(tokens))}

    def _opened(self, candidate: Person, question: str) -> LocalSession:
        model = self.model
        private = build_private_prompt(
            candidate.profile, (), lambda text: len(model.tokenize(text, False)), private_budget(model)
        )
        messages = [{"role": "user", "content": private.before(question)}]
        return model.open(model.tokenize(render_local(model, messages, self.cancel)), cancel=self.cancel)


class _Normalised:
    """The opinion of one branch at one place."""

    def __init__(self, logits: Float32Array) -> None:
        self._logits = logits[0]
        self._norm = log_sum_exp(self._logits.astype(np.float64))

    def logprob(self, token: int) -> float:
        return float(self._logits[token]) - self._norm


def _in_order(answers: Sequence[Answer]) -> list[Answer]:
    """Those that begin alike one after the other."""
    return sorted(answers, key=lambda one: one.transcript.tokens)
