"""`costeer` and `python -m costeer`: the window when there is nothing else to do, the command line otherwise."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    from costeer.cli.main import run

    if given:
        return run(given)
    reason = why_no_window()
    if reason is None:
        from costeer.gui.application import open_window

        return open_window()
    print(f"{reason} The same chat starts here in the terminal.", file=sys.stderr)  # noqa: T201
    return run(["chat"])


def why_no_window() -> str | None:
    """Why a window cannot be shown here, in one sentence; None when it can."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        return "There is no display on this computer."
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return f"The window needs a system library that is missing ({error}); `make setup` installs it."
    return None


if __name__ == "__main__":
    sys.exit(main())
