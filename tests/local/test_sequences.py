"""The bookkeeping of cached tokens, against a simulated cache that checks what llama_decode would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costeer.local.sequences import batches, cells_to_keep

token_lists = st.lists(st.integers(0, 3), max_size=12)


def test_the_cell_of_a_position_whose_logits_are_wanted_again_is_dropped() -> None:
    assert cells_to_keep([1, 2, 3], [1, 2, 3], logits_from=2) == 2


def test_a_corrected_token_keeps_what_lies_before_it() -> None:
    assert cells_to_keep([1, 2, 3, 4], [1, 2, 9], logits_from=2) == 2
    assert cells_to_keep([1, 2, 3, 4], [1, 7, 9], logits_from=2) == 1


def test_nothing_pending_makes_no_batch() -> None:
    assert batches(2, [5, 6], set(), n_batch=8) == []


@given(cached=token_lists, wanted=token_lists, picks=st.sets(st.integers(0, 11)), n_batch=st.integers(1, 9))
def test_the_cache_holds_what_is_wanted_and_each_wanted_logit_is_decoded_once(
    cached: list[int], wanted: list[int], picks: set[int], n_batch: int
) -> None:
    logits = {at for at in picks if at < len(wanted)}
    cache = cached[: cells_to_keep(cached, wanted, min(logits, default=len(wanted)))]
    outputs: list[int] = []
    for batch in batches(len(cache), wanted, logits, n_batch):
        assert 1 <= len(batch) <= n_batch
        for position, token, told in batch:
            assert position == len(cache), "positions must ascend without a gap"
            cache.append(token)
            if told:
                outputs.append(position)
    assert cache == wanted
    assert outputs == sorted(logits)


@given(cached=token_lists, wanted=token_lists)
def test_no_cell_is_dropped_without_need(cached: list[int], wanted: list[int]) -> None:
    keep = cells_to_keep(cached, wanted, len(wanted))
    assert cached[:keep] == wanted[:keep]
    assert keep == min(len(cached), len(wanted)) or cached[keep] != wanted[keep]
