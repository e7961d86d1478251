"""Files in the formats of LaMP (Salemi et al., arXiv 2304.11406): questions with their authors' profiles, and the
outputs that lie beside them.

A questions file is a list of `{"id", "input", "profile": [...]}`; the outputs, in a file of their own, are
`{"task": "LaMP_4", "golds": [{"id", "output"}]}`. Which task a file is of is told by its outputs, else by the
words of its inputs. What a profile entry says is turned into a pair in the words of its own task, so that the
model asked in training what it is asked in use.

Beside LaMP's own there is task 0, for corpora of one's own: outputs stand in the rows, and profile entries are
pairs already, `{"prompt", "text"}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from costeer.foundation.errors import BadInput
from costeer.foundation.system_words import system_words

_LARGEST_FILE = 4_000_000_000
_MOST_PROFILE = 10_000


@dataclass(frozen=True, slots=True)
class LampText:
    """What an author once did: asked so, they wrote that."""

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class LampRow:
    """`output` is None where the outputs are not there."""

    id: str
    input: str
    output: str | None
    profile: tuple[LampText, ...]


@dataclass(frozen=True, slots=True)
class LampTask:
    """`number` is LaMP's. `opening` is how its inputs begin; `entry` makes a pair of a profile entry, or None.
    `labels` are all the answers that there are, where they can be listed."""

    number: int
    about: str
    opening: str
    entry: Callable[[Mapping[str, Any]], LampText | None]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LampFile:
    """`skipped` rows could not be used."""

    task: LampTask
    rows: tuple[LampRow, ...]
    skipped: int


def _asked(question: str, of: str, told: str) -> Callable[[Mapping[str, Any]], LampText | None]:
    """A pair from the fields `of` and `told` of an entry."""

    def entry(given: Mapping[str, Any]) -> LampText | None:
        asked, text = given.get(of), given.get(told)
        if not (
            isinstance(asked, str) and isinstance(text, (str, int, float)) and asked.strip() and str(text).strip()
        ):
            return None
        return LampText(question.format(asked.strip()), str(text).strip())

    return entry


def _paper(given: Mapping[str, Any]) -> LampText | None:
    title, abstract = given.get("title"), given.get("abstract")
    if not (isinstance(title, str) and isinstance(abstract, str) and title.strip() and abstract.strip()):
        return None
    return LampText(f"Write the title of a paper of yours with this abstract: {abstract.strip()}", title.strip())


def _tweet(given: Mapping[str, Any]) -> LampText | None:
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        return None
    begins = " ".join(text.split()[:3])
    return LampText(f"Write a tweet of yours that begins with: {begins}", text.strip())


_TAGS = (
    *("sci-fi", "based on a book", "comedy", "action", "twist ending", "dystopia", "dark comedy", "classic"),
    *("psychology", "fantasy", "romance", "thought-provoking", "social commentary", "violence", "true story"),
)
_WHICH_TAG = (
    "Which tag does this movie relate to among the following tags? Just answer with the tag name without further "
    f"explanation. tags: [{', '.join(_TAGS)}] description: {{}}"
)
_WHICH_SCORE = (
    "What is the score of the following review on a scale of 1 to 5? just answer with 1, 2, 3, 4, or 5 without "
    "further explanation. review: {}"
)


def _pair(given: Mapping[str, Any]) -> LampText | None:
    prompt, text = given.get("prompt"), given.get("text")
    return LampText(prompt, text.strip()) if isinstance(prompt, str) and isinstance(text, str) else None


OWN = LampTask(0, "a text in an author's words", "", _pair)

TASKS: Mapping[int, LampTask] = MappingProxyType(
    {
        one.number: one
        for one in (
            OWN,
            LampTask(
                1,
                "which of two papers an author cites",
                "For an author who has written the paper with the title",
                _paper,
                ("[1]", "[2]"),
            ),
            LampTask(
                2,
                "which tag a user gives a movie",
                "Which tag does this movie relate to",
                _asked(_WHICH_TAG, "description", "tag"),
                _TAGS,
            ),
            LampTask(
                3,
                "how many stars a user gives",
                "What is the score of the following review",
                _asked(_WHICH_SCORE, "text", "score"),
                ("1", "2", "3", "4", "5"),
            ),
            LampTask(
                4,
                "the headline of an author's article",
                "Generate a headline for the following article",
                _asked("Generate a headline for the following article: {}", "text", "title"),
            ),
            LampTask(
                5,
                "the title of an author's paper",
                "Generate a title for the following abstract of a paper",
                _asked("Generate a title for the following abstract of a paper: {}", "abstract", "title"),
            ),
            LampTask(7, "a tweet in a user's words", "Paraphrase the following tweet", _tweet),
        )
    }
)


def read_lamp(questions: Path, outputs: Path | None = None) -> LampFile:
    """`outputs` may be left out where they lie beside the questions under LaMP's own names. Raises BadInput."""
    rows = _json(questions)
    if not isinstance(rows, list):
        raise BadInput("{file} is no list of questions in LaMP's format; choose a questions file.", file=questions)
    beside = questions.with_name(questions.name.replace("questions", "outputs"))
    where = outputs or (beside if beside != questions and beside.is_file() else None)
    named, golds = _golds(where) if where is not None else ("", {})
    task = _task(named, rows, questions)
    used = [row for given in rows if (row := _row(given, task, golds)) is not None]
    return LampFile(task, tuple(used), len(rows) - len(used))


def _golds(file: Path) -> tuple[str, dict[str, str]]:
    told = _json(file)
    golds = told.get("golds") if isinstance(told, dict) else None
    if not isinstance(golds, list):
        raise BadInput("{file} holds no outputs in LaMP's format; choose the outputs of the questions.", file=file)
    found = {
        str(one["id"]): str(one["output"])
        for one in golds
        if isinstance(one, dict) and {"id", "output"} <= one.keys()
    }
    return str(told.get("task", "")), found


def _task(named: str, rows: list[Any], file: Path) -> LampTask:
    for one in TASKS.values():
        if named == f"LaMP_{one.number}":
            return one
    entries = (one for row in rows if isinstance(row, dict) for one in row.get("profile") or ())
    if isinstance(entry := next(entries, None), dict) and {"prompt", "text"} <= entry.keys():
        return OWN
    first = next((row["input"] for row in rows if isinstance(row, dict) and isinstance(row.get("input"), str)), "")
    for one in TASKS.values():
        if one.opening and first.startswith(one.opening):
            return one
    raise BadInput(
        "{file} is of no task of LaMP that is known here; choose a file of task {known}.",
        file=file,
        known=", ".join(str(number) for number in TASKS if number),
    )


def _row(given: object, task: LampTask, golds: Mapping[str, str]) -> LampRow | None:
    if not isinstance(given, dict):
        return None
    asked, profile = given.get("input"), given.get("profile")
    if not isinstance(asked, str) or not asked.strip() or not isinstance(profile, list):
        return None
    identity = str(given.get("id", ""))
    entries = (task.entry(one) for one in profile[:_MOST_PROFILE] if isinstance(one, dict))
    inline = given.get("output")
    output = inline.strip() if isinstance(inline, str) else golds.get(identity)
    return LampRow(identity, asked, output, tuple(one for one in entries if one is not None))


def _json(file: Path) -> Any:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise BadInput("{file} is larger than 4 GB; cut it into parts.", file=file)
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(
            "{file} cannot be read ({why}); check its path.", file=file, why=system_words(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput("{file} is not JSON; choose a file in LaMP's format.", file=file) from error
