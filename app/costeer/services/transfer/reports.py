"""What an import and an export tell when they are over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from costeer.foundation.translatable import Translatable

MOST_LISTED = 1000
"""So many broken conversations are described; all are counted."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A conversation that is in the list now: it is new, or has come back from the bin."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class BrokenConversation:
    """One that was skipped: the `place`-th of `file` (from 1), its title where it has one, and why, in words."""

    file: str
    place: int
    title: str
    reason: Translatable


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be read, or not to its end; what was imported of it before stays."""

    file: str
    sentence: Translatable


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`already_there` counts those that had been imported before; `broken` are at most `MOST_LISTED` of the
    `broken_count`; `stopped` is whether the user stopped it, which leaves what had been imported."""

    imported: tuple[Imported, ...] = ()
    already_there: int = 0
    broken: tuple[BrokenConversation, ...] = ()
    broken_count: int = 0
    failed: tuple[FailedFile, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The files that were written, and how many conversations they hold together."""

    files: tuple[Path, ...]
    conversations: int
