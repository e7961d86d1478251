"""The report: what left this computer, told to somebody who never heard of a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.disguises import private_in
from costeer.foundation.errors import BadInput, KnownError
from costeer.foundation.files import write_atomically
from costeer.foundation.private_texts import PrivateTexts
from costeer.foundation.progress import Progress, ProgressCallback, ignore_progress
from costeer.foundation.system_words import system_words
from costeer.foundation.translatable import Translatable
from costeer.services.audit import AuditService, Verification
from costeer.services.known import Kind, Known, KnownString
from costeer.services.ledger_report.document import TITLE, document
from costeer.services.ledger_report.figures import Counting
from costeer.services.ledger_report.findings import LedgerReport
from costeer.services.ledger_report.markup import Say, as_html, as_markdown
from costeer.services.timeline import Month, bounds
from costeer.storage.repositories import LedgerRepository

ReportFormat = Literal["markdown", "html"]

MOST_QUOTED = 40
"""Texts of each kind that are quoted for each cloud, the newest."""

_TELL_EVERY = 500
_READING = Translatable("Reading the ledger")
_EVER = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)


class LedgerReportService:
    """Any thread; a long ledger takes seconds."""

    def __init__(
        self, ledger: LedgerRepository, audit: AuditService, private: Callable[[], Iterable[str]]
    ) -> None:
        """`private` are the texts that must not leave, as they are now."""
        self._ledger = ledger
        self._audit = audit
        self._private = private

    def make(
        self,
        month: date | None = None,
        *,
        words: bool = True,
        progress: ProgressCallback = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> LedgerReport:
        """Of the month that `month` is in, or of all that is there; without quotations where `words` is false.
        Raises Cancelled."""
        cancel = cancel or CancelToken()
        asked = None if month is None else Month.of(month)
        between = _EVER if asked is None else bounds(asked.first, asked.after)
        counting = Counting(lambda when: between[0] <= when < between[1])
        with self._ledger.snapshot() as now:
            for number, entry in enumerate(now.entries()):
                if number % _TELL_EVERY == 0:
                    cancel.raise_if_cancelled()
                    progress(Progress(_READING, number, now.count))
                counting.add(entry)
            figures, checked = counting.figures(), Verification(counting.check(now.mark))
        known = self._audit.known(None, cancel, progress, None if asked is None else between)
        private = PrivateTexts(self._private())
        given = self._ledger.days(*between)
        progress(Progress(_READING, 1, 1))
        return LedgerReport(
            made=datetime.now(UTC),
            month=None if asked is None else asked.first,
            figures=figures,
            checked=checked,
            quoted=_quoted(known) if words else (),
            texts=_counts(known),
            private_texts=len(private.texts),
            private_found=_found(known, private, cancel),
            private_words=known.private_words,
            tokens=sum(one.tokens for one in given),
            leak_bits=sum(one.leak_bits for one in given),
        )

    def write(self, report: LedgerReport, file: Path, form: ReportFormat, say: Say = str) -> None:
        """Raises KnownError."""
        try:
            write_atomically(file, text_of(report, form, say).encode("utf-8", "replace"))
        except OSError as error:
            raise KnownError(
                "The report cannot be written to {file}: {why}.", file=file, why=system_words(error)
            ) from error


def text_of(report: LedgerReport, form: ReportFormat, say: Say = str) -> str:
    """The report as a document; `say` gives its sentences in the reader's language."""
    blocks = document(report)
    return as_html(blocks, TITLE, say) if form == "html" else as_markdown(blocks, say)


def form_of(file: Path) -> ReportFormat:
    """By the file's ending. Raises BadInput."""
    suffix = file.suffix.casefold()
    if suffix in (".html", ".htm"):
        return "html"
    if suffix in (".md", ".markdown", ".txt"):
        return "markdown"
    raise BadInput("{file} does not tell what to write; let it end in .html or .md.", file=file.name)


def _quoted(known: Known) -> tuple[KnownString, ...]:
    """The newest of each kind, cloud by cloud."""
    taken: Counter[tuple[str, Kind]] = Counter()
    quoted = []
    for one in known.strings:
        taken[one.endpoint, one.kind] += 1
        if taken[one.endpoint, one.kind] <= MOST_QUOTED:
            quoted.append(one)
    return tuple(quoted)


def _counts(known: Known) -> tuple[tuple[str, Kind, int], ...]:
    counts = Counter((one.endpoint, one.kind) for one in known.strings)
    return tuple((endpoint, kind, count) for (endpoint, kind), count in counts.items())


def _found(known: Known, private: PrivateTexts, cancel: CancelToken) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in known.strings if private else ():
        cancel.raise_if_cancelled()
        found |= dict.fromkeys(private_in(one.text, private))
    return tuple(found)
