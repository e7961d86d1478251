from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costeer.steering.repetition import LONGEST_BLOCK, SHORTEST, TIMES, completes_a_loop

SENTENCE = list(range(10))


@pytest.mark.parametrize(
    ("answer", "token", "loops"),
    [
        ([*SENTENCE, *SENTENCE, *SENTENCE[:-1]], 9, True),
        ([99, *SENTENCE, *SENTENCE, *SENTENCE[:-1]], 9, True),
        ([*SENTENCE, *SENTENCE, *SENTENCE[:-1]], 8, False),
        ([*SENTENCE, 99, *SENTENCE, 98, *SENTENCE[:-1]], 9, False),
        ([*SENTENCE, *SENTENCE[:-1]], 9, False),
        ([5] * (SHORTEST - 2), 5, False),
        ([5] * (SHORTEST - 1), 5, True),
        ([], 5, False),
    ],
)
def test_by_hand(answer: list[int], token: int, loops: bool) -> None:
    assert completes_a_loop(answer, token) is loops


@given(
    block=st.lists(st.integers(0, 50), min_size=1, max_size=LONGEST_BLOCK),
    before=st.lists(st.integers(0, 50)),
)
def test_any_loop_is_found_soon_after_its_third_time(block: list[int], before: list[int]) -> None:
    looping = block * (TIMES + SHORTEST + LONGEST_BLOCK // len(block))
    assert any(completes_a_loop([*before, *looping[:at]], token) for at, token in enumerate(looping))
