"""Rows of the published data sets, as cases: what is asked, what is private, and what was written.

CoGenesis as its authors publish it, with the profile and the history in `personalized_input`. LongLaMP (arXiv
2407.11016) with the user's other texts in `profile`, of which the five that resemble the question most are shown,
or as CoSteer's authors publish it, with those five in `top_5`. A text of one's own, cut as `services.own_texts`
does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from costeer.evaluation.cogenesis import Case, case_of
from costeer.evaluation.harness.rows import Rows, read_rows
from costeer.personalization.profile import Profile
from costeer.services.own_texts import cut, others_than, read_texts
from costeer.storage.nearest import Nearest

SHOWN = 5

_MOST_WORDS = 1500
_FIELDS = (
    (("title", "Title"), ("abstract", "Abstract")),
    (("description", "Product"), ("reviewText", "Review")),
    (("summary", "Summary"), ("content", "Content")),
)
"""Of LongLaMP's three tasks: what a text was asked for, and the text."""

_CONTINUE = "Continue this text:\n\n"

ReadCases = Callable[[Path, int | None], Rows[Case]]


def cogenesis(file: Path, limit: int | None) -> Rows[Case]:
    """Raises BadInput when the file cannot be read."""

    def parse(row: dict[str, object]) -> Case:
        question, personalized = _text(row, "input"), _text(row, "personalized_input")
        try:
            return case_of(question, personalized, _text(row, "output"))
        except IndexError as error:
            raise ValueError("its personalized_input has no profile and history") from error

    return read_rows(file, parse, limit)


def longlamp(file: Path, limit: int | None) -> Rows[Case]:
    """Raises BadInput when the file cannot be read."""
    return read_rows(file, _longlamp_case, limit)


def own(file: Path, limit: int | None) -> Rows[Case]:
    """Chunks of a text file. Raises BadInput when it cannot be used, or is too short."""
    words = lambda text: 4 * len(text.split()) // 3  # noqa: E731 - tokens, as no model has been opened yet
    chunks = cut(read_texts([file]), words, _MOST_WORDS)
    cases = [
        (number, Case(_CONTINUE + one.opening, Profile(), others_than(one, chunks), one.rest))
        for number, one in enumerate(chunks, start=1)
    ]
    return Rows(cases[:limit])


def _longlamp_case(row: dict[str, object]) -> Case:
    question, written = _text(row, "input"), _text(row, "output")
    shown, given = row.get("top_5"), row.get("profile")
    if isinstance(shown, list):
        history = [_record(one) for one in shown[:SHOWN]]
    elif isinstance(given, list):
        texts = [_record(one) for one in given]
        with contextlib.closing(Nearest(texts)) as known:
            history = [texts[at] for at in known.to(question, SHOWN)]
    else:
        raise ValueError('it has neither "top_5" nor "profile", a list of the user\'s other texts')
    return Case(question, Profile(), tuple(one for one in history if written not in one), written)


def _record(told: object) -> str:
    if not isinstance(told, Mapping):
        raise ValueError("one of the user's other texts is no object")
    for fields in _FIELDS:
        if all(isinstance(told.get(name), str) for name, _ in fields):
            return "\n".join(f"{label}: {told[name]}" for name, label in fields)
    raise ValueError("one of the user's other texts is of none of LongLaMP's tasks")


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'it has no text "{name}"')
    return value.strip()
