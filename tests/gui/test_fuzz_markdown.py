"""Some rounds of the fuzz target, so that it stays one; how long they take is looked at by the program alone."""

from __future__ import annotations

import pytest

from costeer.gui.theme import Look
from tests.gui.fuzz_markdown import play, text_of


@pytest.mark.parametrize("seed", range(1_000, 1_012))
def test_rounds(look: Look, seed: int) -> None:
    text, ends = text_of(seed, 3_000)
    assert (text, ends) == text_of(seed, 3_000)
    play(look, text, ends)
