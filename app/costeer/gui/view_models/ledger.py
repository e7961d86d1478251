"""The ledger as the user looks after it: checked, exported, told in a report, shortened, made to forget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from costeer.bootstrap import Application
from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress, ProgressCallback
from costeer.gui.jobs import Jobs
from costeer.gui.view_models.long_work import LongWork
from costeer.gui.wording import counted, moment, tr, translated
from costeer.privacy.chain import Break
from costeer.services.audit import Verification
from costeer.services.ledger_report import form_of
from costeer.storage.repositories import LastCheck
from costeer.storage.repositories.ledger_upkeep import Removable, Words

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Read:
    last: LastCheck | None
    old: Removable
    words: Words


class LedgerViewModel(QObject):
    """`loaded` after every reading. One action at a time, which `stop` ends; `busy_changed` while it is under way,
    `advanced` when it has got further, `said` with what it came to, in a sentence."""

    loaded = Signal()
    busy_changed = Signal()
    advanced = Signal()
    said = Signal(str)
    failed = Signal(Exception)

    def __init__(self, app: Application, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._work = LongWork(jobs, self)
        self._work.changed.connect(self._on_changed)
        self._work.failed.connect(self.failed)
        self._asked = 0
        self.last: LastCheck | None = None
        self.old = Removable()
        self.words = Words()

    @property
    def busy(self) -> bool:
        return self._work.running

    @property
    def progress(self) -> Progress | None:
        return self._work.progress

    def load(self, days: int) -> None:
        """Read when it was checked, and what could go: of what is older than `days` (0: nothing), and of
        conversations that are no longer stored."""
        app = self._app
        self._asked += 1
        ticket = self._asked

        def read() -> _Read:
            old = app.upkeep.removable(app.upkeep.days_ago(days)) if days > 0 else Removable()
            return _Read(app.audit.last_check(), old, app.upkeep.words(None))

        job = self._jobs.run_beside(read)
        job.succeeded.connect(lambda found: self._on_read(ticket, found))
        job.failed.connect(self.failed)

    def read_words(self, conversation_id: str | None, then: Callable[[Words], None]) -> None:
        """What could be forgotten of a conversation, or (None) of those that are no longer stored."""
        job = self._jobs.run_beside(lambda: self._app.upkeep.words(conversation_id))
        job.succeeded.connect(then)
        job.failed.connect(self.failed)

    def verify(self) -> None:
        self._act(lambda tell, cancel: self._app.audit.verify(None, None, tell, cancel), _verdict)

    def export(self, file: Path) -> None:
        self._act(
            lambda tell, cancel: self._app.audit.export_to(file, tell, cancel),
            lambda count: tr("Written to {file}: {count}.").format(
                file=file, count=counted(count, tr("{count} entry"), tr("{count} entries"))
            ),
        )

    def report(self, file: Path, month: date | None = None) -> None:
        """In the language of the window, as a page or as Markdown, as the file's name says."""
        service = self._app.ledger_report

        def work(tell: ProgressCallback, cancel: CancelToken) -> Path:
            form = form_of(file)
            service.write(service.make(month, progress=tell, cancel=cancel), file, form, translated)
            return file

        self._act(work, lambda written: tr("The report is in {file}.").format(file=written))

    def remove(self, days: int) -> None:
        """What is older, for good."""
        upkeep = self._app.upkeep
        self._act(
            lambda tell, cancel: upkeep.remove(upkeep.days_ago(days), tell, cancel),
            lambda count: counted(count, tr("{count} entry was removed."), tr("{count} entries were removed.")),
        )

    def forget(self, conversation_id: str | None) -> None:
        """The words, for good."""
        self._act(
            lambda tell, cancel: self._app.upkeep.forget(conversation_id, tell, cancel),
            lambda count: counted(
                count,
                tr("The words of {count} entry of the record were forgotten."),
                tr("The words of {count} entries of the record were forgotten."),
            ),
        )

    def stop(self) -> None:
        self._work.stop()

    def _act(
        self, work: Callable[[ProgressCallback, CancelToken], Outcome], words: Callable[[Outcome], str]
    ) -> None:
        self._work.begin(work, lambda value: self.said.emit(words(value)))

    def _on_changed(self) -> None:
        if self.progress is None:
            self.busy_changed.emit()
        else:
            self.advanced.emit()

    def _on_read(self, ticket: int, read: _Read) -> None:
        if ticket == self._asked:
            self.last, self.old, self.words = read.last, read.old, read.words
            self.loaded.emit()


def broken_words(broken: Break) -> str:
    said = tr("The record is not intact: entry {number} was changed, removed or moved; compare it with an export.")
    return said.format(number=broken.sequence)


def last_check_words(last: LastCheck | None) -> str:
    """When it was checked, and what was found."""
    if last is None:
        return tr("It has not been checked yet.")
    if last.broken is not None:
        return tr("Checked {when}. {verdict}").format(when=moment(last.when), verdict=broken_words(last.broken))
    entries = counted(last.entries, tr("{count} entry"), tr("{count} entries"))
    return tr("Checked {when}: intact, {entries}.").format(when=moment(last.when), entries=entries)


def _verdict(result: Verification) -> str:
    found = result.report
    if found.broken is not None:
        return broken_words(found.broken)
    said = counted(
        found.entries,
        tr("The record is intact: {count} entry."),
        tr("The record is intact: {count} entries, each in its place."),
    )
    if not found.removed_intact:
        said = tr("{said} Of those removed earlier, some were not as they were written.").format(said=said)
    return said
