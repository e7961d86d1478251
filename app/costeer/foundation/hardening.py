"""What this process leaves on disks is for its user only: the files it makes, and no image of its memory.

Once, at the very start; child processes inherit it. A program that merely imports the package is left as it is.
"""

from __future__ import annotations

import contextlib
import os
import sys

_NO_ONE_ELSE = 0o077


def harden() -> None:
    """Files are made with mode 0600 and folders with 0700, whatever the mask was; a crash dumps no core, which
    would hold conversations and the database's key."""
    os.umask(_NO_ONE_ELSE)
    forbid_core_dumps()


def forbid_core_dumps() -> None:
    """Of this process, and of those it starts from now on."""
    if sys.platform == "win32":
        return
    import resource

    # Linux pipes a core to a collector (systemd-coredump, apport) in spite of a limit of 0, but not of 1; nor does
    # it write a file of one byte.
    wanted = 1 if sys.platform == "linux" else 0
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(resource.RLIMIT_CORE, (wanted, most))
