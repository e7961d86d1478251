"""The bridge between workers and the window's thread."""

from __future__ import annotations

import logging
import logging.handlers
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from costeer.foundation.errors import BadInput, Cancelled
from costeer.gui.jobs import DELIVERY_PERIOD, Job, Jobs


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    assert made.wait_for_all(10)


def test_result_is_delivered_on_the_windows_thread(jobs: Jobs, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []

    def work() -> int:
        threads.append(threading.current_thread())
        return 42

    job = jobs.run(work)
    job.succeeded.connect(lambda _: threads.append(threading.current_thread()))
    with qtbot.waitSignal(job.ended), qtbot.waitSignal(job.succeeded) as got:
        pass
    assert got.args == [42]
    assert threads[0] is not threading.current_thread()
    assert threads[1] is threading.current_thread()
    assert jobs.running == 0


def test_known_error_arrives_as_it_is(jobs: Jobs, qtbot: QtBot) -> None:
    def work() -> None:
        raise BadInput("The file is empty; choose another.")

    job = jobs.run_beside(work)
    with qtbot.waitSignal(job.failed) as got:
        pass
    assert isinstance(got.args[0], BadInput)


def test_unexpected_error_arrives_and_is_logged(jobs: Jobs, qtbot: QtBot) -> None:
    handler = logging.handlers.BufferingHandler(10)
    logger = logging.getLogger("costeer.gui.jobs")
    logger.addHandler(handler)
    try:
        job = jobs.run(lambda: 1 // 0)
        with qtbot.waitSignal(job.failed) as got:
            pass
    finally:
        logger.removeHandler(handler)
    assert isinstance(got.args[0], ZeroDivisionError)
    assert [one.levelname for one in handler.buffer] == ["ERROR"]
    assert handler.buffer[0].exc_info is not None


def test_cancelled_is_neither_success_nor_failure(jobs: Jobs, qtbot: QtBot) -> None:
    def work() -> None:
        raise Cancelled

    told: list[str] = []
    job = jobs.run(work)
    job.succeeded.connect(lambda _: told.append("succeeded"))
    job.failed.connect(lambda _: told.append("failed"))
    with qtbot.waitSignal(job.ended):
        pass
    assert told == []


def test_fast_items_come_together_in_order_and_before_the_end(jobs: Jobs, qtbot: QtBot) -> None:
    def work(tell: Callable[[object], None]) -> None:
        for number in range(20_000):
            tell(number)

    batches: list[tuple[int, ...]] = []
    begun = time.monotonic()
    job = jobs.run_telling(work)
    job.advanced.connect(batches.append)
    job.ended.connect(lambda: batches.append(()))
    with qtbot.waitSignal(job.ended):
        pass
    assert batches[-1] == ()
    assert [one for batch in batches for one in batch] == list(range(20_000))
    assert len(batches) <= (time.monotonic() - begun) / DELIVERY_PERIOD + 3


def test_items_before_a_failure_are_delivered(jobs: Jobs, qtbot: QtBot) -> None:
    def work(tell: Callable[[object], None]) -> None:
        tell(1)
        raise BadInput("Broken; try again.")

    got: list[object] = []
    job = jobs.run_telling(work)
    job.advanced.connect(got.extend)
    job.failed.connect(lambda _: got.append("failed"))
    with qtbot.waitSignal(job.ended):
        pass
    assert got == [1, "failed"]


def test_short_work_keeps_its_order(jobs: Jobs, qtbot: QtBot) -> None:
    order: list[int] = []
    running: list[Job] = [jobs.run(lambda number=number: order.append(number)) for number in range(50)]  # type: ignore[misc]
    with qtbot.waitSignal(running[-1].ended):
        pass
    assert order == list(range(50))


def test_waiting_is_bounded(jobs: Jobs, qtbot: QtBot) -> None:
    release = threading.Event()
    job = jobs.run_beside(lambda: release.wait(30))
    begun = time.monotonic()
    assert not jobs.wait_for_all(0.2)
    assert time.monotonic() - begun < 30.0
    release.set()
    assert jobs.wait_for_all(10)
    with qtbot.waitSignal(job.ended):
        pass
