"""The sieve for texts that a model wrote: each gate lets pass what it should, and counts what it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.material.authors import AUTHORS, LEARNT, notes_of

from costeer.services.personal.augmenting.gates import GATES, sift
from costeer.services.personal.augmenting.material import read_augmentation, tasks_in
from costeer.storage.records import Writing

pytest.importorskip("datasketch", reason="the extra `training` is not installed")

OWN = [Writing("document", one.prompt, one.text) for one in notes_of(AUTHORS[0])[:LEARNT]]
NEW = Writing(
    "synthetic",
    "Write about a comet.",
    "Logbook, clear night: a comet. All hands came up to see it, and the cook called it a bad sign for the soup. "
    "They went below again at two bells, cold and content. Oda.",
)


def harmless(_: str) -> bool:
    return False


def same(_: Writing) -> float:
    return 2.0


def fallen(
    *proposed: Writing,
    is_private: Callable[[str], bool] = harmless,
    bits: Callable[[Writing], float] = same,
    most: int = 10,
) -> tuple[list[Writing], dict[str, int]]:
    found = sift(proposed, OWN, is_private=is_private, bits=bits, most=most)
    fell = dict(found.fell)
    assert tuple(fell) == GATES
    assert sum(fell.values()) + len(found.kept) == len(proposed)
    return list(found.kept), {name: count for name, count in fell.items() if count}


def synthetic(text: str) -> Writing:
    return Writing("synthetic", "Write about something.", text)


def test_what_is_like_the_users_passes() -> None:
    assert fallen(NEW) == ([NEW], {})
    assert fallen() == ([], {})


def test_what_holds_something_private_falls_first() -> None:
    assert fallen(NEW, is_private=lambda text: "comet" in text) == ([], {"leak": 1})


def test_another_language_falls() -> None:
    german = synthetic(
        "Heute war ein Komet am Himmel zu sehen, und alle gingen danach wieder schlafen. Der Koch hielt es für "
        "ein schlechtes Zeichen, aber die Suppe war so gut wie immer."
    )
    assert fallen(german, NEW) == ([NEW], {"language": 1})


def test_what_is_too_short_or_too_long_falls() -> None:
    long = synthetic(" ".join(f"We saw the comet number {number} that night." for number in range(60)))
    assert fallen(synthetic("A comet, again."), long, NEW) == ([NEW], {"length": 2})


def test_what_there_is_already_falls() -> None:
    twin = synthetic(NEW.text.replace("cold and", "tired and"))
    copied = synthetic(OWN[3].text + " Indeed.")
    assert fallen(NEW, twin, copied) == ([NEW], {"near-duplicate": 2})


def test_what_the_user_would_not_write_falls() -> None:
    odd = synthetic(
        "Quarterly figures exceeded guidance as margins expanded across all reporting segments, while the board "
        "confirmed its dividend policy and raised the outlook for the year once more."
    )
    spread = {one.id: 2.0 + 0.1 * (at % 3) for at, one in enumerate(OWN)}
    kept, fell = fallen(odd, NEW, bits=lambda one: {**spread, odd.id: 6.0, NEW.id: 2.2}[one.id])
    assert (kept, fell) == ([NEW], {"perplexity": 1})


def test_of_many_those_are_kept_that_differ() -> None:
    alike = [
        synthetic(f"{NEW.text} The {one} watch saw nothing more of it that night.") for one in ("first", "last")
    ]
    other = synthetic(
        "Market day: three crates of herring sold before noon, and a fourth given to the cats of the harbour, who "
        "had been waiting since dawn and said so."
    )
    kept, fell = fallen(*alike, other, most=2)
    assert other in kept

    assert sum(fell.values()) == 1


@given(st.lists(st.text(max_size=60), max_size=6))
def test_whatever_is_proposed_is_kept_or_counted(texts: list[str]) -> None:
    fallen(*map(synthetic, texts))


def test_tasks_are_read_from_what_a_model_lists() -> None:
    listed = (
        'Here are some tasks:\n1. Write about "tea".\n2) **Write about the rain on Monday.**\n\n- Tea\n'
        '• "Write about a cup."'
    )
    assert tasks_in(listed, 5) == ['Write about "tea".', "Write about the rain on Monday.", "Write about a cup."]
    assert tasks_in(listed, 1) == ['Write about "tea".']
    assert tasks_in("", 3) == []


def test_the_material_is_whole() -> None:
    material = read_augmentation()
    assert len(set(material.topics)) == len(material.topics) >= 40
    assert "7" in material.for_tasks("tea", 7)
    assert "tea" in material.for_tasks("tea", 7)
    asked = material.behind_samples(["One.", "Two."], "Write about {braces}.")
    assert asked.index("One.") < asked.index("Two.") < asked.index("Write about {braces}.")
