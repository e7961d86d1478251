"""How alike two texts are: ROUGE and METEOR, by the libraries that everybody uses.

They are in the `evaluation` extra: only who scores needs them, so they are imported then.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from costeer.foundation.errors import KnownError


def rouge(said: str, gold: str) -> dict[str, float]:
    """ROUGE-1 and ROUGE-L (F), without stemming, as LaMP has them. Raises KnownError without the extra."""
    found = _rouge_scorer().score(gold, said)
    return {name: float(found[name].fmeasure) for name in ("rouge1", "rougeL")}


def meteor(said: str, gold: str) -> float:
    """METEOR by NLTK: words and their stems, and synonyms where NLTK finds a WordNet on this computer. Raises
    KnownError without the extra."""
    try:
        from nltk.translate.meteor_score import single_meteor_score
    except ImportError as error:
        raise missing_extra() from error
    return float(single_meteor_score(gold.split(), said.split(), wordnet=_wordnet()))


class _NoSynonyms:
    """Takes the place of a WordNet."""

    @staticmethod
    def synsets(_word: str) -> list[object]:
        return []


@cache
def _wordnet() -> Any:
    from nltk.corpus import wordnet

    try:
        wordnet.ensure_loaded()
    except LookupError:
        return _NoSynonyms()
    return wordnet


@cache
def _rouge_scorer() -> Any:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise missing_extra() from error
    return RougeScorer(["rouge1", "rougeL"], use_stemmer=False)


def missing_extra() -> KnownError:
    return KnownError(
        'Scoring needs rouge-score and scikit-learn; install them with pip install "costeer-desktop[evaluation]".'
    )
