"""The attackers that need no model, and what a guess is worth.

An attacker gives each candidate a score; the largest is its guess, and candidates that are level share it. Scores
that are log-probabilities make a posterior over the candidates, all of whom were equally likely before. Pure.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costeer.personalization.private_words import words
from costeer.personalization.profile import Profile
from costeer.steering.distributions import softmax
from costeer.steering.types import FloatArray

_WORD = re.compile(r"\w+|[!?…]")
_SMOOTHING = 0.5
_LEVEL = 1e-9
"""Scores that differ by less are level."""

_TOP = 3


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one guess among N candidates. `accuracy` and `top3` are chances where candidates are level;
    `information` is log2(N * posterior of the true one), which over many answers is the mutual information, and
    `entropy_drop` by how many bits the posterior is surer than the prior."""

    accuracy: float
    top3: float
    posterior: float
    information: float
    entropy_drop: float


def worth(scores: FloatArray, truth: int) -> Worth:
    """`scores` (N,) in nats where they are log-probabilities; else only `accuracy` and `top3` mean anything."""
    better = int((scores > scores[truth] + _LEVEL).sum())
    level = int((np.abs(scores - scores[truth]) <= _LEVEL).sum())
    posterior = softmax(scores)
    sure = posterior[posterior > 0.0]
    own = max(float(posterior[truth]), np.finfo(float).tiny)
    return Worth(
        accuracy=1.0 / level if better == 0 else 0.0,
        top3=min(1.0, max(0.0, (_TOP - better) / level)),
        posterior=float(posterior[truth]),
        information=math.log2(len(scores) * own),
        entropy_drop=math.log2(len(scores)) + float((sure * np.log2(sure)).sum()),
    )


def by_overlap(text: str, question: str, profiles: Sequence[Profile]) -> FloatArray:
    """How many of a profile's telling words stand in the answer, those of the question not counted, shape (N,)."""
    said = words(text) - words(question)
    return np.array([float(len(said & words("\n".join(one.private_strings)))) for one in profiles])


def by_bayes(text: str, known: Sequence[Sequence[str]]) -> FloatArray:
    """Multinomial naive Bayes over words: `known[i]` are other texts that candidate `i` is known to have had
    written. Log-probabilities up to a constant, shape (N,)."""
    counts = [Counter(word for one in some for word in _spelled(one)) for some in known]
    vocabulary = {word for one in counts for word in one}
    said = Counter(word for word in _spelled(text) if word in vocabulary)
    scores = []
    for one in counts:
        total = one.total() + _SMOOTHING * len(vocabulary)
        scores.append(sum(n * math.log((one[word] + _SMOOTHING) / total) for word, n in said.items()))
    return np.array(scores, dtype=np.float64)


def _spelled(text: str) -> list[str]:
    """Every word, the small ones too: they are what a style consists of."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
