"""Nothing is left when the application goes, however it goes; and importing the room is cheap and silent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

APP = Path(__file__).parents[2] / "app"

SCRIPT = """
import sys
from pathlib import Path
from costeer.local.process import ModelProcess

if __name__ == "__main__":
    process = ModelProcess(Path(sys.argv[1]))
    prompt = process.tokenize("river " * 1500)
    print(process.pid, flush=True)
    if sys.argv[2] == "long":
        process.open(prompt, prompt[:-1])  # several seconds of decoding
    elif sys.argv[2] == "wait":
        sys.stdin.read()
"""


def start(tmp_path: Path, model_file: Path, what: str) -> subprocess.Popen[str]:
    script = tmp_path / "application.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script), str(model_file), what],
        env={**os.environ, "PYTHONPATH": str(APP)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def shared_memory() -> set[str]:
    folder = Path("/dev/shm")
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["long", "wait"])
def test_killing_the_application_leaves_no_process_and_no_shared_memory(
    tmp_path: Path, model_file: Path, what: str
) -> None:
    before = shared_memory()
    with start(tmp_path, model_file, what) as application:
        assert application.stdout is not None
        child = psutil.Process(int(application.stdout.readline()))
        family = psutil.Process(application.pid).children(recursive=True)
        assert child in family
        assert not {name for name in shared_memory() - before if name.startswith("pym")}
        application.send_signal(signal.SIGKILL)
        application.wait(10)
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
    assert not {name for name in shared_memory() - before if name.startswith(("pym", "psm"))}


def test_an_application_that_forgets_to_close_still_exits_and_prints_nothing(
    tmp_path: Path, model_file: Path
) -> None:
    with start(tmp_path, model_file, "") as application:
        out, err = application.communicate(timeout=60)
        assert application.returncode == 0
        assert err == ""
        assert not psutil.pid_exists(int(out))


def test_the_parents_side_does_not_import_llama_cpp() -> None:
    code = "import sys, costeer.local.process, costeer.local.catalogue\nassert 'llama_cpp' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(APP)}, check=False)
    assert done.returncode == 0
