"""What programs give in the environment is used, and handed on to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRETS = {
    "COSTEER_PASSPHRASE": "correct horse battery",
    "COSTEER_NEW_PASSPHRASE": "another horse",
    "COSTEER_BACKUP_PASSPHRASE": "a third horse",
    "COSTEER_API_KEY": "sk-0123456789",
}
FACT = "My sister Zephyrine keeps alpacas."
CHILD = "import os; print('child', sorted(n for n in os.environ if n.startswith('COSTEER_')))"
PROGRAM = f"""
import multiprocessing, os, subprocess, sys
from costeer.__main__ import main
from costeer.foundation.child_process import spawn_context

def child():
    {CHILD}

if __name__ == "__main__":
    status = main(sys.argv[1:])
    print("own", sorted(n for n in os.environ if n.startswith("COSTEER_")), flush=True)
    subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
    one = spawn_context().Process(target=child)
    one.start()
    one.join(60)
    sys.exit(status)
"""


@pytest.mark.thorough
def test_no_child_inherits_a_passphrase_or_a_key(tmp_path: Path) -> None:
    script, home = tmp_path / "program.py", tmp_path / "home"
    script.write_text(PROGRAM, encoding="utf-8")
    environment = {
        **os.environ,
        **SECRETS,
        "COSTEER_HOME": str(home),
        "PYTHONPATH": "app",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    for arguments in (["profile", "add", FACT], ["profile", "show"], ["backup", str(tmp_path / "backup")]):
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("child ['COSTEER_HOME']") == 2, done.stdout
        assert "own ['COSTEER_HOME']" in done.stdout
    assert not [one for one in home.rglob("*") if one.is_file() and FACT.encode() in one.read_bytes()]
    assert (tmp_path / "backup").is_file()
