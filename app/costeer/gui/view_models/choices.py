"""The answers that the user preferred, as a list: each can be taken back, all can be saved to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.gui.jobs import Job, Jobs
from costeer.gui.wording import moment, tr
from costeer.services.preferences import PreferenceService, ToldPreference

_SHOWN = 100
"""Characters of a text in a row."""

_NOWHERE = QModelIndex()


class ChoicesViewModel(QAbstractListModel):
    """The newest first. `changed` after each reading, `removed` with what can be put back."""

    changed = Signal()
    removed = Signal(object)
    exported = Signal(object)
    failed = Signal(Exception)

    def __init__(self, preferences: PreferenceService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._jobs = jobs
        self.listed: list[ToldPreference] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.listed)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.listed):
            return None
        one = self.listed[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return in_words(one)
        return None

    def load(self) -> None:
        job = self._jobs.run(lambda: self._preferences.told()[::-1])
        job.succeeded.connect(self._on_loaded)
        job.failed.connect(self.failed)

    def remove(self, row: int) -> None:
        if 0 <= row < len(self.listed):
            one = self.listed[row]
            job = self._edit(lambda: self._preferences.undo(one.preference.id))
            job.succeeded.connect(lambda _: self.removed.emit(one))

    def put_back(self, removed: ToldPreference) -> None:
        self._edit(lambda: self._preferences.give_again(removed.preference))

    def export(self, file: Path) -> None:
        """All of them with their texts, a JSON object a line."""

        def work() -> Path:
            self._preferences.export_to(file, overwrite=True)  # the chooser has asked
            return file

        job = self._jobs.run(work)
        job.succeeded.connect(self.exported)
        job.failed.connect(self.failed)

    def _edit(self, work: Callable[[], object]) -> Job:
        job = self._jobs.run(work)
        job.failed.connect(self.failed)
        self.load()
        return job

    def _on_loaded(self, listed: list[ToldPreference]) -> None:
        self.beginResetModel()
        self.listed = listed
        self.endResetModel()
        self.changed.emit()


def in_words(one: ToldPreference) -> str:
    """Three lines: what was asked and when, what was preferred, and to what."""
    kinds = {
        "compare": tr("Chosen side by side"),
        "regenerated": tr("Gone on with, of several answers"),
        "edited": tr("Rewritten by you"),
        "thumb": tr("Liked") if (one.preference.value or 0) > 0 else tr("Not liked"),
    }
    head = tr("{kind}, {when}: {question}").format(
        kind=kinds[one.preference.kind], when=moment(one.preference.created), question=_short(one.question)
    )
    lines = [head, ("✓ " if one.preference.value != -1 else "✗ ") + _short(one.chosen)]
    if one.rejected is not None:
        lines.append("✗ " + _short(one.rejected))
    return "\n".join(lines)


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _SHOWN else joined[: _SHOWN - 1] + "…"
