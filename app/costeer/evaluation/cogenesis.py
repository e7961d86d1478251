"""CoGenesis (arXiv 2403.03129) rows as its authors publish them: one JSON object a line.

`input` is the task alone; `personalized_input` repeats it behind a user profile and a writing history; `output` is
the reference answer. The profile becomes facts and style, one entry each, the history what the user wrote earlier.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from costeer.foundation.errors import BadInput
from costeer.foundation.private_texts import PrivateTexts
from costeer.personalization.profile import Profile
from costeer.storage.records import ProfileKind

_LISTS = ("Privacy_info", "Smart_device_usage", "Ai_assistant_usage", "Personal_traits")


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what is private about who asks it, and (where there is one) the answer they would like."""

    prompt: str
    profile: Profile
    history: tuple[str, ...] = ()
    reference: str = ""


def read_cases(file: Path, limit: int) -> list[Case]:
    """The first `limit` rows. Raises BadInput, naming the line, when one cannot be read."""
    cases: list[Case] = []
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if len(cases) == limit:
                    break
                try:
                    row = json.loads(line)
                    cases.append(case_of(row["input"], row["personalized_input"], row.get("output", "")))
                except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
                    raise BadInput(
                        "Line {number} of {file} is no CoGenesis row ({error}); correct it.",
                        number=number,
                        file=file,
                        error=repr(error),
                    ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "The data file {file} cannot be read ({error}); check its path.", file=file, error=error
        ) from error
    if not cases:
        raise BadInput("The data file {file} holds no rows; choose another.", file=file)
    return cases


def nothing_asked_is_private(cases: Sequence[Case]) -> list[Case]:
    """The cases without those profile entries that one of their questions says itself: what is asked in public is
    not private, and a guard would refuse to send it."""
    asked = "\n".join(one.prompt for one in cases)
    kept = []
    for case in cases:
        entries = tuple(one for one in case.profile.entries if not PrivateTexts([one[1]]).found_in(asked))
        kept.append(replace(case, profile=Profile(entries)))
    return kept


def case_of(prompt: str, personalized: str, reference: str) -> Case:
    profile = personalized.split("## User Profile")[1].split("## User Writing History")[0]
    history = personalized.split("## User Writing History")[1].split("## Task")[0]
    entries: list[tuple[ProfileKind, str]] = []
    for line in profile.strip().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Writing_style":
            entries.append(("style", value.strip()))
        elif key.strip() in _LISTS:
            entries += [("fact", one.strip()) for one in value.split(";") if one.strip()]
        elif value.strip():
            entries.append(("fact", f"{key.strip()}: {value.strip()}"))
    written = [one.split("Content:", 1)[1].strip() for one in history.split("Task:") if "Content:" in one]
    return Case(prompt, Profile(tuple(entries)), tuple(written), reference)
