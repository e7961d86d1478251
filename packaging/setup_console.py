"""How set-up talks: progress lines with the elapsed time, a log for what commands print, one kind of failure.

Standard library only, and nothing newer than Python 3.9 at import time, so that an unsuitable Python still gets to
say that it is unsuitable. Runs on the main thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

REMIND_SECONDS = 30.0
LONGEST_STEP_SECONDS = 3600.0

_TAIL_BYTES = 60_000

_REASONS = (
    (("No space left on device",), "the disk is full; free some space"),
    (
        ("No CMAKE_C_COMPILER", "No CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER not set", "CMAKE_CXX_COMPILER not set"),
        "there is no C and C++ compiler; install one (Debian: apt-get install g++; macOS: xcode-select --install; "
        "Windows: the Visual Studio Build Tools)",
    ),
    (
        ("Temporary failure in name resolution", "NewConnectionError", "Read timed out", "Connection refused"),
        "the Python package index cannot be reached; check the network",
    ),
    (("No matching distribution found",), "the package index does not offer a version that is needed here"),
    (("Killed signal terminated program", "out of memory"), "memory ran out; close other programs"),
)


class SetupFailed(Exception):
    """Set-up cannot go on. The message is one sentence without its full stop: what is wrong and what to do."""


class Console:
    """Prints to people and logs for experts. What is said before `open_log` is not kept."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self.log_file: Path | None = None
        self.lock: int | None = None  # a descriptor that every command keeps open for as long as it runs

    def open_log(self, file: Path) -> None:
        """From now on the output of commands goes to `file`, which starts empty."""
        file.write_bytes(b"")
        self.log_file = file

    def say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        line = f"[{minutes}:{seconds:02}] {text}"
        print(line, flush=True)
        self._write(line)

    def run(self, command: Sequence[str], reminder: str, env: Mapping[str, str] | None = None) -> int:
        """Run `command` to its end with no input, and return its exit status.

        While it lasts, `reminder` is said every half minute. Raises SetupFailed when it lasts longer than an hour
        or cannot be started.
        """
        self._write("$ " + " ".join(command))
        with open(self.log_file or os.devnull, "ab") as out:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=env,
                    pass_fds=() if self.lock is None else (self.lock,),
                )
            except OSError as error:
                raise SetupFailed(f"{command[0]} cannot be started ({error.strerror})") from error
        end = time.monotonic() + LONGEST_STEP_SECONDS
        try:
            while time.monotonic() < end:
                try:
                    return process.wait(REMIND_SECONDS)
                except subprocess.TimeoutExpired:
                    self.say(reminder)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        raise SetupFailed(f"{command[0]} has not finished within an hour; try again")

    def output_of(self, command: Sequence[str]) -> str | None:
        """What a quick command prints; None when it fails or takes longer than a minute."""
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            self._write(f"{command[0]}: {error}")
            return None
        self._write(done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def reason(self, otherwise: str) -> str:
        """Why the last command failed, as far as its output tells; else `otherwise`."""
        tail = self._tail()
        for signs, reason in _REASONS:
            if any(sign in tail for sign in signs):
                return reason
        return otherwise

    def _tail(self) -> str:
        """The end of the log: the output of the command that ran last, or the end of it."""
        if self.log_file is None:
            return ""
        with self.log_file.open("rb") as handle:
            handle.seek(max(0, self.log_file.stat().st_size - _TAIL_BYTES))
            text = handle.read().decode("utf-8", "replace")
        return text.rpartition("\n$ ")[2]

    def _write(self, line: str) -> None:
        if self.log_file is not None and line:
            with self.log_file.open("ab") as out:
                out.write(line.encode("utf-8", "replace") + b"\n")


def complain(text: str) -> None:
    """One sentence on stderr."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)
