"""A report of a mistake, to be looked at by the user first: nothing here sends it, and nothing else does.

It is made to hold nothing private: the log itself quotes no conversation, and of its last lines all those are
left out in which a text that the user marked private stands, as the guard of the transport compares them. Paths,
and the names of hosts, of the user and of this computer are replaced. Any thread.
"""

from __future__ import annotations

import getpass
import platform
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from costeer import __version__
from costeer.foundation.errors import KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.logs import Redaction
from costeer.foundation.paths import AppPaths
from costeer.foundation.private_texts import PrivateTexts
from costeer.foundation.settings import DEMO_ENDPOINT, Settings
from costeer.foundation.system_words import system_words

LINES = 200
"""Of the log, the last."""

_TAIL_BYTES = 256_000
_SPREAD = 3
"""Over so many lines a private text may be spread."""

_LEFT_OUT = "[a line was left out: it held something private]"
_OUR_FILES = re.compile(r'"[^"\n]*?[/\\](costeer[/\\][\w/\\]+\.py)"')
_QUOTED_PATH = re.compile(r"""(["'])(?:[A-Za-z]:\\|/|\\\\)[^"'\n]*\1""")
_PATH = re.compile(r"(?<![\w.:/\\<>])(?:[A-Za-z]:\\|/|~[/\\])[^\s\"'<>|:]+(?:[/\\][^\s\"'<>|:]*)*")
_HOST = re.compile(r"(?i)\b(https?|wss?)://(?!127\.0\.0\.1|localhost|\[::1\])[^\s/\"'\\)]+")
_SHORTEST_NAME = 2


class ErrorReportService:
    """`private` gives the texts that must not be in it, at each call."""

    def __init__(
        self, paths: AppPaths, private: Callable[[], Iterable[str]], settings: Callable[[], Settings]
    ) -> None:
        self._paths = paths
        self._private = private
        self._settings = settings

    def text(self, more: Sequence[tuple[str, str]] = ()) -> str:
        """The report in Markdown; `more` are further names and values for its head. Raises KnownError."""
        settings = self._settings()
        head = (
            ("CoSteer", __version__),
            ("Python", platform.python_version()),
            ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
            ("Packaged", "yes" if getattr(sys, "frozen", False) else "no"),
            ("Cloud", "the demo cloud" if settings.endpoint == DEMO_ENDPOINT else "one of the user's own"),
            ("Local model", Path(settings.local_model).name),
            *more,
        )
        log = "\n".join(self.clean(self._tail()))
        return "\n".join(f"- {name}: {self._plain(value)}" for name, value in head) + f"\n\n```\n{log}\n```\n"

    def clean(self, lines: Sequence[str]) -> list[str]:
        """`lines` without what is private."""
        private = PrivateTexts(self._private())
        held: set[int] = set()
        for spread in range(1, _SPREAD + 1):
            for start in range(len(lines) - spread + 1):
                span = range(start, start + spread)
                if held.isdisjoint(span) and private.found_in("\n".join(lines[start : start + spread])):
                    held.update(span)
        return [_LEFT_OUT if at in held else self._plain(line) for at, line in enumerate(lines)]

    def save(self, text: str, file: Path) -> None:
        """Raises KnownError when the file cannot be written."""
        try:
            write_atomically(file, text.encode())
        except OSError as error:
            raise KnownError(
                "The report cannot be written to {file}: {why}.", file=file, why=system_words(error)
            ) from error

    def _tail(self) -> list[str]:
        try:
            with self._paths.log_file.open("rb") as log:
                log.seek(0, 2)
                log.seek(max(0, log.tell() - _TAIL_BYTES))
                return log.read().decode("utf-8", "replace").splitlines()[-LINES:]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KnownError(
                "The log {file} cannot be read: {why}.", file=self._paths.log_file, why=system_words(error)
            ) from error

    def _plain(self, line: str) -> str:
        """Without keys, paths, hosts, and the names of this user and this computer."""
        line = Redaction().clean(line)
        for endpoint in self._settings().endpoints:
            line = _without(line, endpoint.name, "<cloud>")
        line = _OUR_FILES.sub(r"<\1>", line)
        line = _HOST.sub(r"\1://<host>", line)
        line = _QUOTED_PATH.sub(r"\1<path>\1", line)
        line = _PATH.sub("<path>", line)
        line = _without(line, platform.node(), "<computer>")
        return _without(line, getpass.getuser(), "<user>")


def _without(line: str, name: str, instead: str) -> str:
    """`name` as a whole word is replaced, unless it is too short to tell anything."""
    if len(name) < _SHORTEST_NAME:
        return line
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, line)
