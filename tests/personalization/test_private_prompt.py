"""What the local model is shown, and that it stays inside its budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costeer.personalization.private_prompt import build_private_prompt
from costeer.personalization.profile import Profile

PROFILE = Profile(
    (("fact", "My sister is called Zephyrine."), ("style", "Short."), ("note", "Moving soon.")), ("Tea.",)
)


def count(text: str) -> int:
    return len(text.split())


def test_everything_in_its_place() -> None:
    prompt = build_private_prompt(PROFILE, ["an  earlier\nquestion"], count, 200)
    assert prompt.left_out == 0
    assert prompt.before("Hello?").splitlines() == [
        "About me:",
        "- My sister is called Zephyrine.",
        "- How I write: Short.",
        "- Moving soon.",
        "- Tea.",
        "- I wrote earlier: an earlier question",
        "",
        "Hello?",
    ]


def test_nothing_known_is_no_prompt() -> None:
    nothing = build_private_prompt(Profile(), [], count, 200)
    assert nothing.text == ""
    assert nothing.before("Hello?") == "Hello?"


@given(
    facts=st.lists(st.text(min_size=1, max_size=60), max_size=12),
    earlier=st.lists(st.text(min_size=1, max_size=60), max_size=12),
    budget=st.integers(0, 80),
)
def test_the_budget_is_kept(facts: list[str], earlier: list[str], budget: int) -> None:
    profile = Profile(tuple(("fact", one) for one in facts))
    prompt = build_private_prompt(profile, earlier, count, budget)
    assert count(prompt.text) <= budget
    assert 0 <= prompt.left_out <= len(facts) + len(earlier)
