"""Users that differ: made up from a seed, or read from a file. And what they all ask.

A made-up person has three facts, a style and a note, each drawn from a pool without replacement, so that nobody
shares one until a pool is used up. Person number `i` of a seed is the same one however many are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from costeer.evaluation.harness.rows import Rows, Skipped, read_rows
from costeer.foundation.errors import BadInput
from costeer.foundation.private_texts import PrivateTexts
from costeer.foundation.text import check_text
from costeer.foundation.translatable import Translatable
from costeer.personalization.profile import Profile
from costeer.personalization.profile_file import profile_of_table
from costeer.privacy.rules import RULES, find
from costeer.services.disclosure.service import home_region
from costeer.services.profile import LONGEST_ENTRY
from costeer.storage.records import ProfileKind

MOST_PEOPLE = 64

_SISTERS = (
    *("Zephyrine", "Marisol", "Ottilie", "Priyanka", "Svetlana", "Gwendolyn", "Noemi", "Thandiwe"),
    *("Ingeborg", "Rosalind", "Yumiko", "Beatriz", "Oluchi", "Henrietta", "Saoirse", "Leocadia"),
)
_LIVES = (
    *(
        "keeps alpacas in Tromso",
        "runs a bakery in Porto",
        "restores cellos in Cremona",
        "teaches chess in Yerevan",
    ),
    *(
        "grows saffron near Kozani",
        "flies gliders in Namibia",
        "paints trams in Melbourne",
        "dives for pearls in Mie",
    ),
    *("breeds huskies in Yukon", "sells maps in Antwerp", "tunes organs in Leipzig", "makes cheese in Asturias"),
    *(
        "drives a ferry in Bergen",
        "weaves rugs in Shiraz",
        "guards a lighthouse in Cornwall",
        "farms oysters in Arcachon",
    ),
)
_SELVES = (
    *("I am a nurse on night shifts", "I am a tax lawyer", "I repair wind turbines", "I teach fourth grade"),
    *("I am a baker's apprentice", "I write crime novels", "I drive a night bus", "I study marine biology"),
    *("I run a small vineyard", "I am a sound engineer", "I coach a rowing team", "I am a retired judge"),
    *("I design board games", "I am a beekeeper", "I work in a planetarium", "I am a tattoo artist"),
)
_CARES = (
    *("I am allergic to peanuts", "I never eat cheese", "I sleep badly before storms", "I am afraid of elevators"),
    *(
        "I collect fountain pens",
        "I swim in the sea every morning",
        "I keep a one-eyed cat",
        "I am learning Welsh",
    ),
    *("I play the bassoon", "I only travel by train", "I am training for a marathon", "I knit during meetings"),
    *("I am colour-blind", "I gave up coffee in March", "I photograph old bridges", "I bake rye bread on Sundays"),
)
_STYLES = (
    "I write in short, dry sentences.",
    "I write warmly, with many exclamation marks!",
    "I write like a lawyer, formal and exact.",
    "I love puns and wordplay.",
    "I write in rhyming couplets whenever I can.",
    "I use nautical words for everything.",
    "I write in long, winding, dreamy sentences.",
    "I answer with numbered steps.",
    "I write like an old fairy tale.",
    "I use plenty of sports metaphors.",
    "I write in a gloomy, ironic tone.",
    "I sound like an excited teenager.",
    "I quote proverbs all the time.",
    "I write like a telegram: no needless words.",
    "I compare everything with food.",
    "I write like a science teacher, with examples.",
)
_NOTES = (
    "I am moving house in May.",
    "My car broke down last week.",
    "I am saving for a sailing boat.",
    "My neighbour plays the drums at night.",
    "I have a job interview on Monday.",
    "I promised to call my grandmother.",
    "I am painting the kitchen yellow.",
    "My passport expires in June.",
    "I am organising a street party.",
    "I broke my left wrist in January.",
    "I have just adopted a greyhound.",
    "I am reading all of Tolstoy this year.",
    "My choir sings in Vienna in autumn.",
    "I am growing tomatoes on the balcony.",
    "I lost my favourite umbrella on a tram.",
    "I am learning to ride a unicycle.",
)
_POOLS: tuple[Sequence[str], ...] = (_SISTERS, _LIVES, _SELVES, _CARES, _STYLES, _NOTES)


@dataclass(frozen=True, slots=True)
class Person:
    """`name` tells people apart in reports; nobody but the attacker's list knows it."""

    name: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Question:
    """`kind` is "neutral" where nothing private is called for, "personal" where it is."""

    name: str
    kind: str
    text: str


QUESTIONS = (
    Question("birthday", "personal", "Write a two-line birthday note to my sister."),
    Question("sky", "neutral", "Explain in two sentences why the sky is blue."),
    Question("introduction", "personal", "Introduce me to my new team in two sentences."),
    Question("focus", "neutral", "Give me one tip for staying focused at work."),
    Question("weekend", "personal", "Plan a quiet Saturday for me in two sentences."),
    Question("invitation", "neutral", "Write one sentence that invites a colleague to lunch."),
)


def make_people(count: int, seed: int) -> list[Person]:
    """The first `count` of a seed, at most MOST_PEOPLE."""
    people: list[Person] = []
    orders: list[list[int]] = []
    for number in range(count):
        turn, place = divmod(number, len(_SISTERS))
        if not place:  # the pools once more, shuffled anew
            random = np.random.default_rng([seed, turn])
            orders = [random.permutation(len(pool)).tolist() for pool in _POOLS]
        sister, life, self_, care, style, note = (
            pool[order[place]] for pool, order in zip(_POOLS, orders, strict=True)
        )
        entries: tuple[tuple[ProfileKind, str], ...] = (
            ("fact", f"My sister is called {sister} and {life}."),
            ("fact", f"{self_}."),
            ("fact", f"{care}."),
            ("style", style),
            ("note", note),
        )
        people.append(Person(f"user {number + 1}", Profile(entries)))
    return people


def read_people(file: Path, limit: int | None, questions: Sequence[Question]) -> Rows[Person]:
    """One profile a line: `{"name": …, "facts": […], "style": …, "notes": […], "memories": […]}`, as in a profile
    file; the name may be left out. Rows that cannot be used are skipped: those that are no profile, that say
    nothing, what another row says, what a question says already (it would not be private), and those that hold
    what is replaced before the local model sees it (an e-mail address), which the optimal attacker does not do."""
    asked = "\n".join(one.text for one in questions)

    def parse(row: dict[str, object]) -> Person:
        name = row.pop("name", "")
        if not isinstance(name, str):
            raise ValueError("its name is no text")
        profile = profile_of_table(row, Translatable("it"))
        if not profile:
            raise ValueError("its profile is empty")
        for text in profile.private_strings:
            check_text(text, Translatable("entry"))
            if len(text) > LONGEST_ENTRY:
                raise ValueError(f"an entry has more than {LONGEST_ENTRY} characters")
            if ruled := find(text, RULES, home_region()):  # the local model would be shown a placeholder
                raise ValueError(f"it holds what is always replaced (a rule for {ruled[0].rule} finds it)")
        if PrivateTexts(profile.private_strings).found_in(asked):
            raise ValueError("one of its texts stands in a question, so it is not private")
        return Person(name, profile)

    # Without a limit: which rows are duplicates is known only when they have been compared.
    return _distinct(read_rows(file, parse), limit)


def _distinct(rows: Rows[Person], limit: int | None) -> Rows[Person]:
    seen: dict[tuple[str, ...], int] = {}
    names: set[str] = set()
    found: Rows[Person] = Rows(skipped=list(rows.skipped))
    for line, person in rows.used:
        if limit is not None and len(found.used) == limit:
            break
        says = tuple(sorted(person.profile.private_strings))
        if says in seen:
            found.skipped.append(Skipped(line, f"its profile is that of line {seen[says]}"))
            continue
        seen[says] = line
        name = person.name.strip() or f"line {line}"
        if name in names:
            name = f"{name} (line {line})"
        names.add(name)
        found.used.append((line, Person(name, person.profile)))
    found.skipped.sort(key=lambda one: one.line)
    return found


def people_of(file: Path | None, limit: int | None, seed: int, questions: Sequence[Question]) -> Rows[Person]:
    """The users of a run. Raises BadInput for too few or too many."""
    if file is None:
        count = 8 if limit is None else limit
        if not 2 <= count <= MOST_PEOPLE:
            raise BadInput(
                "{count} users cannot be told apart here; choose --limit between 2 and {most}.",
                count=count,
                most=MOST_PEOPLE,
            )
        return Rows(list(enumerate(make_people(count, seed), start=1)))
    rows = read_people(file, limit, questions)
    if not 2 <= len(rows.used) <= MOST_PEOPLE:
        reason = f"; line {rows.skipped[0].line}: {rows.skipped[0].why}" if rows.skipped else ""
        raise BadInput(
            "{file} has {count} usable profiles and 2 to {most} are needed{reason}; correct it, "
            "or choose --limit.",
            file=file,
            count=len(rows.used),
            most=MOST_PEOPLE,
            reason=reason,
        )
    return rows
