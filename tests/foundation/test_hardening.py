"""What a process leaves on disks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import costeer

_CRASH = """
import os, resource, signal, subprocess, sys
from costeer.foundation.hardening import harden
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
harden()
open("made", "w").close()
os.mkdir("folder")
status = os.system("kill -SEGV $$")  # a child of it
assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status), status
os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such thing there")
def test_files_are_for_the_user_and_no_core_is_dumped(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(costeer.__file__).parent.parent)}
    try:
        with subprocess.Popen([sys.executable, "-c", _CRASH], cwd=tmp_path, env=environment, umask=0) as crashed:
            _, status = os.waitpid(crashed.pid, 0)
            crashed.returncode = -os.WTERMSIG(status)
    finally:
        left = sorted(one.name for one in tmp_path.iterdir())
    assert os.WIFSIGNALED(status)
    assert not os.WCOREDUMP(status)
    assert left == ["folder", "made"]
    assert {one.stat().st_mode & 0o077 for one in tmp_path.iterdir()} == {0}
