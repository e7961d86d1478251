"""The demo cloud's process: it comes, it comes back, it goes, and it keeps its key to itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from costeer.demo_cloud.supervisor import DEMO_CLOUD_NAME, DemoCloud
from costeer.foundation.cancel import CancelToken
from costeer.foundation.errors import Cancelled, ModelError
from costeer.foundation.paths import environment_models
from costeer.foundation.progress import Progress

MODEL = environment_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[DemoCloud]:
    with DemoCloud(MODEL, log_file=tmp_path / "demo.log", threads=1) as cloud:
        cloud.start()
        yield cloud


def health(base_url: str, path: str = "/health", key: str = "none") -> int:
    headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
    return httpx.get(base_url + path, headers=headers, trust_env=False, timeout=30).status_code


def process_of(cloud: DemoCloud) -> psutil.Process:
    assert cloud.process_id is not None
    return psutil.Process(cloud.process_id)


def test_it_starts_and_stops(capfd: pytest.CaptureFixture[str]) -> None:
    told: list[Progress] = []
    cloud = DemoCloud(MODEL, threads=1)
    assert not cloud.alive
    address = cloud.start(told.append)
    assert cloud.address == address
    assert cloud.ensure_running() == address
    assert health(address.base_url) == 200
    assert health(address.base_url, "/props", address.key) == 200
    assert health(address.base_url, "/props", "wrong") == 401
    assert health(address.base_url, "/", address.key) == 404, "no web page"
    process = process_of(cloud)
    with httpx.Client(base_url=address.base_url, trust_env=False) as idle:
        assert idle.get("/health").status_code == 200
        started = time.perf_counter()
        cloud.stop()  # does not wait for a connection that is kept open
        assert time.perf_counter() - started < 1.5
    cloud.stop()
    assert not process.is_running()
    assert not cloud.alive
    with pytest.raises(httpx.ConnectError):
        health(address.base_url)
    assert [DEMO_CLOUD_NAME in str(one.what) for one in told] == [True, True]
    assert capfd.readouterr() == ("", ""), "llama.cpp must not write to our own output"


def test_the_key_is_nowhere_to_be_read(running: DemoCloud, tmp_path: Path) -> None:
    address = running.address
    assert address is not None
    process = process_of(running)
    assert address.key not in " ".join(process.cmdline())
    assert address.key not in str(process.environ())
    assert address.key not in repr(address)
    log = (tmp_path / "demo.log").read_text(encoding="utf-8", errors="replace")
    assert "listening" in log
    assert address.key not in log


def test_it_listens_on_loopback_only(running: DemoCloud) -> None:
    listening = [one for one in process_of(running).net_connections() if one.status == psutil.CONN_LISTEN]
    assert [one.laddr.ip for one in listening] == ["127.0.0.1"]


def test_after_a_kill_it_comes_back_elsewhere(running: DemoCloud) -> None:
    before = running.address
    assert before is not None
    process = process_of(running)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) is not None or not process.is_running()
    assert not running.alive
    assert running.address is None
    after = running.ensure_running()
    assert after.key != before.key
    assert health(after.base_url, "/props", after.key) == 200


def test_starting_again_replaces_the_first(running: DemoCloud) -> None:
    process = process_of(running)
    address = running.start()
    assert not process.is_running()
    assert health(address.base_url, "/props", address.key) == 200


def test_files_that_are_no_model(tmp_path: Path) -> None:
    missing = tmp_path / "missing.gguf"
    text = tmp_path / "text.gguf"
    text.write_text("This is not a model.")
    empty = tmp_path / "empty.gguf"
    empty.touch()
    for file in (missing, text, empty, tmp_path):
        with pytest.raises(ModelError) as caught:
            DemoCloud(file).start()
        assert str(file) in caught.value.user_message


@pytest.mark.parametrize("kept", [4, 200, 1_000_000, 60_000_000])
def test_a_truncated_model(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "truncated.gguf"
    with MODEL.open("rb") as whole:
        file.write_bytes(whole.read(kept))
    cloud = DemoCloud(file, threads=1)
    with pytest.raises(ModelError) as caught:
        cloud.start()
    assert "truncated.gguf" in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert cloud.process_id is None


def test_a_damaged_model(tmp_path: Path) -> None:
    file = tmp_path / "damaged.gguf"
    file.write_bytes(b"GGUF" + bytes(range(256)) * 100)
    with pytest.raises(ModelError):
        DemoCloud(file, threads=1).start()


def test_a_start_can_be_cancelled() -> None:
    cancel = CancelToken()
    cloud = DemoCloud(MODEL, threads=1)
    before = psutil.Process().children()
    with pytest.raises(Cancelled):
        cloud.start(lambda _: cancel.cancel(), cancel)
    assert cloud.process_id is None
    # The multiprocessing module's own helper may have been started meanwhile, and stays.
    left = [one for one in psutil.Process().children() if one not in before]
    assert not [one for one in left if "spawn_main" in " ".join(one.cmdline())]


def test_a_start_that_takes_too_long_is_given_up() -> None:
    cloud = DemoCloud(MODEL, threads=1, start_seconds=0.01)
    with pytest.raises(ModelError) as caught:
        cloud.start()
    assert "within" in caught.value.user_message
    assert cloud.process_id is None


def test_two_threads_that_need_it_get_one(running: DemoCloud) -> None:
    process_of(running).kill()
    process_of(running).wait(10)
    addresses: list[object] = []
    threads = [threading.Thread(target=lambda: addresses.append(running.ensure_running())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(addresses) == 3
    assert len({str(one) for one in addresses}) == 1


PARENT = """
import sys
from pathlib import Path
from costeer.demo_cloud.supervisor import DemoCloud

if __name__ == "__main__":
    cloud = DemoCloud(Path(sys.argv[1]), threads=1)
    cloud.start()
    print(cloud.process_id, flush=True)
    sys.stdin.read()
"""


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["killed", "ended", "raised"])
def test_it_never_outlives_its_parent(tmp_path: Path, how: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT + ("    raise SystemExit(3)\n" if how == "raised" else ""))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(script), str(MODEL)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        if how == "killed":
            parent.kill()
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait(20)
    gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone == [child]
