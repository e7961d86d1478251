"""The template process is killed, stopped, cancelled and left alone; whoever renders hardly notices."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, ModelError
from costeer.local import template_process
from costeer.local.template_process import TemplateProcess
from costeer.local.template_worker import MOST_MEMORY

WaitUntil = Callable[[Callable[[], bool]], None]

APP = Path(__file__).parents[2] / "app"
HELLO = [{"role": "user", "content": "Hello"}]
LONG = [{"role": "user", "content": "river " * 200_000}]
SHORT_WORK = "{{ messages[0].content }}"
SOME_WORK = "{% for i in range(999) %}{% for i in range(9999) %}{% endfor %}{% endfor %}" + SHORT_WORK
ENDLESS = "{% for i in range(99999) %}{% for i in range(99999) %}{% endfor %}{% endfor %}"
ENDLESS_CALL = "{{ 5|round(-999999999) }}"


@pytest.fixture
def own() -> Iterator[TemplateProcess]:
    """One that may be harmed, and that has rendered already."""
    with TemplateProcess() as process:
        assert process.render(SHORT_WORK, HELLO) == "Hello"
        yield process


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def pid_of(process: TemplateProcess) -> int:
    pid = process.pid
    assert pid is not None
    return pid


def wait_until_busy(process: TemplateProcess, wait_until: WaitUntil) -> None:
    child = psutil.Process(pid_of(process))
    before = child.cpu_times().user
    wait_until(lambda: child.cpu_times().user > before + 0.02)


def test_killed_between_and_during_renderings(
    own: TemplateProcess, pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    first = pid_of(own)
    os.kill(first, signal.SIGKILL)
    assert own.render(SHORT_WORK, HELLO) == "Hello"
    second = pid_of(own)
    future = pool.submit(own.render, SOME_WORK, HELLO)
    wait_until_busy(own, wait_until)
    os.kill(second, signal.SIGKILL)
    assert future.result(20) == "Hello"
    assert len({first, second, pid_of(own)}) == 3
    assert not psutil.pid_exists(first)
    assert not psutil.pid_exists(second)


def test_a_process_that_dies_again_is_not_replaced_for_ever(
    own: TemplateProcess, pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    first = pid_of(own)
    future = pool.submit(own.render, ENDLESS, HELLO)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: own.pid not in (None, first))
    os.kill(pid_of(own), signal.SIGKILL)
    with pytest.raises(ModelError, match="its process ended by signal 9"):
        future.result(20)
    assert own.render(SHORT_WORK, HELLO) == "Hello"


def test_cancelling_ends_the_wait_at_once(
    own: TemplateProcess, pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    cancel, waiting = CancelToken(), CancelToken()
    future = pool.submit(own.render, ENDLESS, HELLO, cancel)
    wait_until_busy(own, wait_until)
    queued = pool.submit(own.render, SHORT_WORK, HELLO, waiting)
    began = time.monotonic()
    waiting.cancel()
    with pytest.raises(Cancelled):
        queued.result(20)
    cancel.cancel()
    with pytest.raises(Cancelled):
        future.result(20)
    assert time.monotonic() - began < 0.5
    assert own.render(SHORT_WORK, HELLO) == "Hello"
    pid = pid_of(own)
    with pytest.raises(Cancelled):
        own.render(SHORT_WORK, HELLO, cancel)
    assert pid_of(own) == pid


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no processes")
def test_a_process_that_reads_nothing(own: TemplateProcess) -> None:
    """The pipe is full long before the request is written."""
    os.kill(pid_of(own), signal.SIGSTOP)
    cancel = CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    with pytest.raises(Cancelled):
        own.render(SHORT_WORK, LONG, cancel)
    with TemplateProcess(0.4) as impatient:
        impatient.render(SHORT_WORK, HELLO)
        os.kill(pid_of(impatient), signal.SIGSTOP)
        with pytest.raises(ModelError, match="come to an end"):
            impatient.render(SHORT_WORK, LONG)
        assert impatient.render(SHORT_WORK, LONG) == LONG[0]["content"]


def test_closing_stops_what_is_under_way(
    own: TemplateProcess, pool: ThreadPoolExecutor, wait_until: WaitUntil
) -> None:
    pid = pid_of(own)
    future = pool.submit(own.render, ENDLESS, HELLO)
    wait_until_busy(own, wait_until)
    own.close()
    with pytest.raises(Cancelled):
        future.result(20)
    own.close()
    own.start()
    with pytest.raises(Cancelled):
        own.render(SHORT_WORK, HELLO)
    assert own.pid is None
    assert not psutil.pid_exists(pid)


def test_memory_is_watched_from_here_too(own: TemplateProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on systems that bound no process."""
    monkeypatch.setattr(template_process, "MOST_MEMORY", 80_000_000)
    template = "{% set n = 100000000 %}{% set x = 'a' * n %}" + ENDLESS
    with pytest.raises(ModelError, match="too much memory"):
        own.render(template, HELLO)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds of the operating system are needed")
def test_a_template_is_not_blamed_for_what_others_left(own: TemplateProcess) -> None:
    pid = pid_of(own)
    kept = "{% if messages|length > 5 %}{{ '-' * 30000000 }}{% endif %}"  # computed when compiled, kept with it
    for number in range(6):
        assert own.render(kept + str(number), HELLO) == str(number)
        if pid_of(own) != pid:
            return
    pytest.fail("six templates have kept nothing")


def test_while_it_starts_its_memory_is_its_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between fork and exec a process shows the memory of the application, which may exceed its own bound."""
    seen: list[bool] = []

    def memory(child: template_process._TemplateChild) -> int:
        seen.append(child._is_ready)
        return 0 if child._is_ready else MOST_MEMORY + 1

    monkeypatch.setattr(template_process._TemplateChild, "_memory", memory)
    with TemplateProcess() as process:
        assert process.render("{{ messages[0].content }}", [{"role": "user", "content": "Hi"}]) == "Hi"
    assert all(seen)


def test_started_early_it_is_waited_for() -> None:
    with TemplateProcess() as process:
        process.start()
        pid = pid_of(process)
        process.start()
        assert process.render(SHORT_WORK, HELLO) == "Hello"
        assert process.pid == pid


SCRIPT = """
import sys
from costeer.local.template_process import TemplateProcess

if __name__ == "__main__":
    process = TemplateProcess(60)
    process.render("{{ 1 }}", [])
    print(process.pid, flush=True)
    if sys.argv[1] == "wait":
        sys.stdin.read()
    elif sys.argv[1]:
        process.render(sys.argv[1], [])
"""


def start(tmp_path: Path, what: str) -> subprocess.Popen[str]:
    script = tmp_path / "application.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script), what],
        env={**os.environ, "PYTHONPATH": str(APP)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["wait", ENDLESS_CALL], ids=["waiting", "in one long call"])
def test_it_leaves_with_the_application(tmp_path: Path, wait_until: WaitUntil, what: str) -> None:
    with start(tmp_path, what) as application:
        assert application.stdout is not None
        child = psutil.Process(int(application.stdout.readline()))
        if what != "wait":
            wait_until(lambda: child.cpu_times().user > 0.3)
        application.kill()
        application.wait(10)
        assert psutil.wait_procs([child], timeout=15)[1] == []


def test_an_application_that_forgets_to_close_still_exits_and_prints_nothing(tmp_path: Path) -> None:
    with start(tmp_path, "") as application:
        out, err = application.communicate(timeout=20)
        assert application.returncode == 0
        assert err == ""
        assert not psutil.pid_exists(int(out))


def test_the_child_loads_jinja_and_little_else() -> None:
    code = (
        "import sys, costeer.local.template_worker\n"
        "assert 'jinja2' not in sys.modules\n"  # nor does the application
        "import costeer.local.template_sandbox\n"
        "ours = sorted(name for name in sys.modules if name.startswith('costeer.') and name.count('.') > 1)\n"
        "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "others = {name for name in roots if name not in sys.stdlib_module_names and name[0] != '_'}\n"
        "print(*ours, *sorted(others))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(APP), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [
        "costeer.foundation.child_process",
        "costeer.foundation.door",
        "costeer.foundation.errors",
        "costeer.foundation.hardening",
        "costeer.foundation.translatable",
        "costeer.local.template_sandbox",
        "costeer.local.template_worker",
        "costeer",
        "jinja2",
        "markupsafe",
    ]
