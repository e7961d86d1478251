"""Who is writing an answer, and whether they are still there.

The window and the command line may have one database open at the same time. A message that is `writing` names
its writer, so that a start can tell an answer that a crash left over from one that another process is writing
right now. A process is its id together with the moment it started, because ids are used again; and a process
that opens the database a second time (after closing it) is a new writer.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

import psutil

_SAME_START = 2.0
"""Seconds. Linux computes start times from the wall clock, which may be corrected between two readings. A writer
wrongly taken for gone loses nothing: its next update makes the message `writing` again."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One opening of the database by one process. A process has the database open once at a time."""

    pid: int
    started: float  # seconds since 1970, as psutil gives them
    opening: str

    @classmethod
    def this_process(cls) -> Writer:
        return cls(os.getpid(), psutil.Process().create_time(), uuid.uuid4().hex)

    @classmethod
    def parse(cls, stored: str) -> Writer:
        """The writer that `str()` wrote down. Raises ValueError when it was not written by that."""
        pid, started, opening = stored.split()
        return cls(int(pid), float(started), opening)

    def __str__(self) -> str:
        return f"{self.pid} {self.started!r} {self.opening}"

    def is_there(self, asking: Writer) -> bool:
        """Whether this writer may still write, seen from the running process's own writer `asking`."""
        if self.pid == asking.pid and abs(self.started - asking.started) < _SAME_START:
            return self.opening == asking.opening
        try:
            process = psutil.Process(self.pid)
            with process.oneshot():
                started: float = process.create_time()
                ended = process.status() == psutil.STATUS_ZOMBIE
            return abs(started - self.started) < _SAME_START and not ended
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True  # somebody is there under this id, and nothing says that it is not the writer
