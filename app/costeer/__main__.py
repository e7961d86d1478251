"""`costeer` and `python -m costeer`: the window when there is nothing else to do, the command line otherwise."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence

from costeer.foundation.door import shut_doors
from costeer.foundation.given_secrets import take_secrets
from costeer.foundation.hardening import harden
from costeer.foundation.lean_start import start_lean


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    harden()
    take_secrets()
    shut_doors()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given:
        return run_command(given)
    from costeer.gui.display import why_no_window

    reason = why_no_window()
    if reason is None:
        start_lean()
        from costeer.gui.application import open_window

        return open_window()
    print(f"{reason} The same chat starts here in the terminal.", file=sys.stderr)  # noqa: T201
    return run_command(["chat"])


def run_command(arguments: list[str]) -> int:
    """The command line is imported only when it is used: the window starts faster without it."""
    from costeer.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    multiprocessing.freeze_support()  # in a packaged application its child processes come by here too
    sys.exit(main())
