"""Runs one command and turns what can go wrong into one sentence on stderr and an exit status.

0 done; 1 the input or the environment is at fault; 2 the command line cannot be understood; 70 a bug of ours;
130 stopped by the user.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from costeer.cli.output import say
from costeer.cli.parser import build_parser
from costeer.foundation.errors import BugError, Cancelled, KnownError
from costeer.foundation.paths import AppPaths

log = logging.getLogger(__name__)

_BUG = 70
_STOPPED = 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line `arguments` (without the program's name); returns the exit status."""
    # Text that is no UTF-8 is refused by what reads it, in words; what cannot be shown is escaped.
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as left:  # argparse has printed its sentence
        return left.code if isinstance(left.code, int) else 2
    try:
        status = options.command(options)
        sys.stdout.flush()
    except KnownError as error:
        return _fail(error.user_message, 1)
    except (Cancelled, KeyboardInterrupt):
        return _fail("Stopped.", _STOPPED)
    except BrokenPipeError:
        return _fail("The output was closed before everything was printed.", 1)
    except BugError as error:
        log.exception("a bug")
        return _fail(error.user_message, _BUG)
    except Exception as error:
        log.exception("a bug")
        return _fail(
            f"Something went wrong inside the application ({type(error).__name__}); "
            f"the details are in {AppPaths.locate().log_file}.",
            _BUG,
        )
    return int(status or 0)


def _fail(sentence: str, status: int) -> int:
    say(sentence)
    return status
