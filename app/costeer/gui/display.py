"""Whether a window can be shown here. Imports Qt only to find out, so that the command line never does."""

from __future__ import annotations

import os
import sys


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
