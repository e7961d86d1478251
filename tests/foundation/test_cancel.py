from __future__ import annotations

import threading

import pytest

from costeer.foundation.cancel import CancelToken, unless_cancelled
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


def test_what_cannot_be_interrupted_is_left_behind() -> None:
    token, begun, release = CancelToken(), threading.Event(), threading.Event()

    def stubborn() -> int:
        begun.set()
        release.wait(30.0)
        return 1

    def cancel() -> None:
        begun.wait(30.0)
        token.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        unless_cancelled(stubborn, token)
    assert not release.is_set()
    release.set()
    thread.join()


def test_a_call_that_comes_to_its_end_is_like_any_other() -> None:
    token = CancelToken()
    assert unless_cancelled(lambda: 3, token) == 3
    with pytest.raises(ZeroDivisionError):
        unless_cancelled(lambda: 1 // 0, token)
    token.cancel()
    with pytest.raises(Cancelled):
        unless_cancelled(lambda: 3, token)
