"""The bookkeeping of cached tokens, against a simulated cache that checks what llama_decode would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costeer.local.sequences import BatchToken, batches, cells_to_keep

token_lists = st.lists(st.integers(0, 3), max_size=12)


def test_the_cell_of_a_position_whose_logits_are_wanted_again_is_dropped() -> None:
    assert cells_to_keep([1, 2, 3], [1, 2, 3], logits_from=2) == 2


def test_a_corrected_token_keeps_what_lies_before_it() -> None:
    assert cells_to_keep([1, 2, 3, 4], [1, 2, 9], logits_from=2) == 2
    assert cells_to_keep([1, 2, 3, 4], [1, 7, 9], logits_from=2) == 1


def test_both_sequences_share_a_batch() -> None:
    assert batches([1, 0], [[5, 6], [7, 8]], [{1}, {1}], n_batch=8) == [
        [BatchToken(1, 0, 7, False), BatchToken(0, 1, 6, True), BatchToken(1, 1, 8, True)]
    ]


def test_nothing_pending_makes_no_batch() -> None:
    assert batches([2, 2], [[5, 6], [7, 8]], [set(), set()], n_batch=8) == []


@given(
    cached=st.tuples(token_lists, token_lists),
    wanted=st.tuples(token_lists, token_lists),
    picks=st.tuples(*[st.sets(st.integers(0, 11))] * 2),
    n_batch=st.integers(1, 9),
)
def test_the_cache_holds_what_is_wanted_and_each_wanted_logit_is_decoded_once(
    cached: tuple[list[int], list[int]],
    wanted: tuple[list[int], list[int]],
    picks: tuple[set[int], set[int]],
    n_batch: int,
) -> None:
    logits = [{at for at in pick if at < len(tokens)} for pick, tokens in zip(picks, wanted, strict=True)]
    firsts = [min(some, default=len(tokens)) for some, tokens in zip(logits, wanted, strict=True)]
    kept = [cells_to_keep(*each) for each in zip(cached, wanted, firsts, strict=True)]
    cache = [tokens[:keep] for tokens, keep in zip(cached, kept, strict=True)]
    outputs: list[tuple[int, int]] = []
    pending = sum(map(len, wanted)) - sum(kept)
    singles = 0
    for batch in batches(kept, wanted, logits, n_batch):
        assert 1 <= len(batch) <= n_batch
        singles += len(batch) == 1
        for sequence, position, token, told in batch:
            assert position == len(cache[sequence]), "positions must ascend without a gap"
            cache[sequence].append(token)
            if told:
                outputs.append((sequence, position))
    assert cache == list(wanted)
    assert singles <= (1 if pending == 1 else 0) or n_batch <= 2
    expected = [(s, i) for s in range(2) for i in sorted(logits[s])]
    assert sorted(outputs) == expected


@given(cached=token_lists, wanted=token_lists)
def test_no_cell_is_dropped_without_need(cached: list[int], wanted: list[int]) -> None:
    keep = cells_to_keep(cached, wanted, len(wanted))
    assert cached[:keep] == wanted[:keep]
    assert keep == min(len(cached), len(wanted)) or cached[keep] != wanted[keep]
