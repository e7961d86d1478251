"""Documents are cut between sentences, and what is like the question comes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costeer.personalization.passages import LONGEST_PASSAGE, most_like, passages, tell_tales

TEXT = (
    "The contract began in May. It ends in two years.\n\n"
    + "Nothing else is of interest here, and so it goes on for a while. " * 8
    + "\n\nThe rent for the boathouse is paid on the third of each month. "
    + "Filler of another kind follows after that sentence. " * 10
)


@given(st.text())
def test_passages_are_bounded_and_together_are_the_text(text: str) -> None:
    cut = passages(text)
    assert all(0 < len(one.text) <= LONGEST_PASSAGE for one in cut)
    assert "".join("".join(one.text.split()) for one in cut) == "".join(text.split())


def test_a_sentence_is_cut_only_when_it_is_longer_than_a_passage() -> None:
    cut = passages(TEXT)
    assert len(cut) > 2
    assert all(one.text.endswith((".", "…")) for one in cut)
    long = passages("word " * 500)
    assert all(one.text.startswith("word") and one.text.endswith("word") for one in long)


def test_the_rarest_words_of_the_question_count_most() -> None:
    cut = passages(TEXT)
    assert "boathouse" in most_like("When do I pay the rent of the boathouse?", cut, 1)[0].text
    assert most_like("Summarise it, please", cut, 2) == list(cut[:2])
    assert most_like("", cut, 1) == [cut[0]]
    assert most_like("anything", (), 3) == []


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    cut = passages("今天天气很好。" * 60 + "我的妹妹住在北京。" + "明天会下雨。" * 60)
    assert "妹妹" in most_like("妹妹在哪里？", cut, 1)[0].text


def test_what_is_recognised_is_long_enough_to_be_nobody_elses() -> None:
    text = (
        "# Heading\n\nDear Anna,\n\nThe rent for the boathouse is paid on the third. Thank you!\n"
        "- a list\n一个很长的中文句子可以被认出来。短句。\n"
    )
    assert tell_tales(text) == (
        "The rent for the boathouse is paid on the third",
        "一个很长的中文句子可以被认出来",
    )
    assert tell_tales(text + text) == tell_tales(text)
