from __future__ import annotations

import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled


def test_callbacks_run_once() -> None:
    token = CancelToken()
    calls: list[int] = []
    with token.calling(lambda: calls.append(1)):
        token.cancel()
        token.cancel()
    assert calls == [1]
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()


def test_a_callback_is_forgotten_behind_its_block() -> None:
    token = CancelToken()
    calls: list[int] = []
    with token.calling(lambda: calls.append(1)):
        pass
    token.cancel()
    assert calls == []


def test_a_callback_that_comes_late_runs_at_once() -> None:
    token = CancelToken()
    token.cancel()
    calls: list[int] = []
    with token.calling(lambda: calls.append(1)):
        assert calls == [1]
