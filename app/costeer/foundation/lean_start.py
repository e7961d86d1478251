"""What a start of the window does without, so that the list of conversations is there sooner.

`start_lean` is called once, by `__main__`, before anything large is imported; `collect_again` by the window, at
its first paint and once the list is there.
"""

from __future__ import annotations

import gc
import sys

_HTTPX_COMMAND_LINE = "httpx._main"


def start_lean() -> None:
    """Until `collect_again`, Python does not look for garbage: an import makes next to none, and looking for it
    again and again among what stays is a sixth of the time that the imports take (figures: docs/benchmarks.md).

    And httpx brings its command line (click, rich, pygments) where those are installed for others. It asks for it
    in a `try` and does without.
    """
    gc.disable()
    sys.modules.setdefault(_HTTPX_COMMAND_LINE, None)  # type: ignore[arg-type]  # "None: raise ImportError"


def collect_again() -> None:
    """What there is by now stays: the collector need not look through it, for 60 ms, each time that it works
    while an answer is written."""
    gc.freeze()
    gc.enable()
