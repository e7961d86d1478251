"""The model process is killed, stopped and cancelled in the middle of its work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.local.scoring import logits_from

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, LocalModelLost
from costeer.foundation.translatable import Translatable
from costeer.local.process import MOST_RESTARTS, LocalSession, ModelProcess
from costeer.steering.types import Float32Array

WaitUntil = Callable[[Callable[[], bool]], None]


class Patient:
    """A model process, a session in it, and what its restarts said."""

    def __init__(self, file: Path) -> None:
        self.notices: list[tuple[float, Translatable]] = []
        self.process = ModelProcess(file, on_restart=lambda text: self.notices.append((time.monotonic(), text)))
        self.pool = ThreadPoolExecutor(2)
        self.answer = self.process.tokenize("We walk along the river and count the boats. " * 6)[:60]

    @property
    def pid(self) -> int:
        pid = self.process.pid
        assert pid is not None
        return pid

    def open(self, cancel: CancelToken | None = None, words: int = 20) -> LocalSession:
        prompt = self.process.tokenize("river " * words)
        return self.process.open(prompt, prompt[: len(prompt) // 2], cancel=cancel)

    def start_scoring(self, session: LocalSession, wait_until: WaitUntil) -> Future[Float32Array]:
        """Score the whole answer on another thread; returns when llama.cpp is in the middle of it."""
        beats = self.process.beats
        future = self.pool.submit(logits_from, session, self.answer, 0)
        wait_until(lambda: self.process.beats > beats + 500)
        assert not future.done()
        return future


@pytest.fixture
def patient(model_file: Path) -> Iterator[Patient]:
    patient = Patient(model_file)
    try:
        yield patient
    finally:
        patient.process.close()
        patient.pool.shutdown()


@pytest.mark.thorough
def test_killed_in_mid_score_the_answer_is_the_same(patient: Patient, wait_until: WaitUntil) -> None:
    session = patient.open()
    expected = logits_from(session, patient.answer, 0)
    first_pid = patient.pid
    future = patient.start_scoring(session, wait_until)
    killed = time.monotonic()
    os.kill(first_pid, signal.SIGKILL)
    np.testing.assert_allclose(future.result(60), expected, atol=1e-2)
    ((noticed, text),) = patient.notices
    assert noticed - killed < 1.0
    assert str(text) == "The local model ended by signal 9 and is being restarted."
    assert patient.pid != first_pid
    assert not psutil.pid_exists(first_pid)


@pytest.mark.thorough
def test_a_stopped_process_is_noticed_within_two_seconds(patient: Patient, wait_until: WaitUntil) -> None:
    session = patient.open()
    expected = logits_from(session, patient.answer, 0)
    first_pid = patient.pid
    future = patient.start_scoring(session, wait_until)
    stopped = time.monotonic()
    os.kill(first_pid, signal.SIGSTOP)
    np.testing.assert_allclose(future.result(60), expected, atol=1e-2)
    ((noticed, text),) = patient.notices
    assert 1.0 < noticed - stopped < 2.0
    assert "stopped answering" in str(text)
    assert not psutil.pid_exists(first_pid)


@pytest.mark.thorough
def test_stopped_or_killed_while_idle_the_next_call_gets_a_new_process(patient: Patient) -> None:
    session = patient.open()
    expected = logits_from(session, patient.answer[:3], 0)
    for number in (signal.SIGKILL, signal.SIGSTOP):
        os.kill(patient.pid, number)
        np.testing.assert_allclose(logits_from(session, patient.answer[:3], 0), expected, atol=1e-2)
    assert len(patient.notices) == 2
    os.kill(patient.pid, signal.SIGKILL)
    assert len(patient.process.tokenize("still here")) > 0


@pytest.mark.thorough
def test_a_session_gives_up_after_three_restarts_and_the_next_one_works(patient: Patient) -> None:
    session = patient.open()
    for _ in range(MOST_RESTARTS):
        os.kill(patient.pid, signal.SIGKILL)
        logits_from(session, [], 0)
    os.kill(patient.pid, signal.SIGKILL)
    with pytest.raises(LocalModelLost, match="keeps failing"):
        logits_from(session, [], 0)
    assert len(patient.notices) == MOST_RESTARTS
    assert logits_from(patient.open(), [], 0).shape[0] == 1


def test_killed_while_loading_it_is_started_again(model_file: Path, wait_until: WaitUntil) -> None:
    notices: list[Translatable] = []
    before = {child.pid for child in psutil.Process().children()}
    with ModelProcess(model_file, on_restart=notices.append) as process:
        starting = threading.Thread(target=process.start)
        starting.start()

        def loading() -> list[psutil.Process]:
            return [
                child
                for child in psutil.Process().children()
                if child.pid not in before and "spawn_main" in " ".join(child.cmdline())
            ]

        wait_until(lambda: bool(loading()))
        os.kill(loading()[0].pid, signal.SIGKILL)
        starting.join(60)
        assert len(process.tokenize("hello")) > 0
        assert len(notices) == 1


@pytest.mark.thorough
def test_cancelling_stops_a_long_prefill_and_the_process_lives_on(patient: Patient, wait_until: WaitUntil) -> None:
    expected = logits_from(patient.open(), patient.answer, 0)
    pid, beats = patient.pid, patient.process.beats
    cancel = CancelToken()
    future = patient.pool.submit(patient.open, cancel, 2000)
    wait_until(lambda: patient.process.beats > beats + 3000)
    cancelled = time.monotonic()
    cancel.cancel()
    with pytest.raises(Cancelled):
        future.result(20)
    assert time.monotonic() - cancelled < 0.5
    np.testing.assert_allclose(logits_from(patient.open(), patient.answer, 0), expected, atol=1e-2)
    assert patient.pid == pid
    assert patient.notices == []


def test_a_cancelled_session_scores_nothing_more_and_others_do(patient: Patient) -> None:
    cancel = CancelToken()
    session = patient.open(cancel)
    cancel.cancel()
    with pytest.raises(Cancelled):
        logits_from(session, [], 0)
    assert logits_from(patient.open(), [], 0).shape[0] == 1


def test_loading_can_be_cancelled(model_file: Path) -> None:
    cancel = CancelToken()
    with ModelProcess(model_file) as process:
        with pytest.raises(Cancelled):
            process.start(lambda _progress: cancel.cancel(), cancel)
        assert process.pid is None
        process.start()
        assert process.pid is not None


def test_a_failing_progress_callback_leaves_no_process_behind(model_file: Path) -> None:
    def fail(_progress: object) -> None:
        raise RuntimeError("the window is gone")

    with ModelProcess(model_file) as process:
        with pytest.raises(RuntimeError, match="window"):
            process.start(fail)
        assert process.pid is None
        assert len(process.tokenize("hello")) > 0


def test_closing_stops_what_is_under_way(patient: Patient, wait_until: WaitUntil) -> None:
    session = patient.open()
    pid = patient.pid
    future = patient.start_scoring(session, wait_until)
    patient.process.close()
    with pytest.raises(Cancelled):
        future.result(20)
    assert not psutil.pid_exists(pid)
    with pytest.raises(Cancelled):
        patient.process.tokenize("too late")
    patient.process.close()


def test_closing_ends_even_a_stopped_process(patient: Patient) -> None:
    pid = patient.pid
    os.kill(pid, signal.SIGSTOP)
    patient.process.close()
    assert not psutil.pid_exists(pid)
