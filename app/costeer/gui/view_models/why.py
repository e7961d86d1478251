"""Why an answer says what it says: the words asked about, the signals that moved them, the lines behind these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from costeer.foundation.cancel import CancelToken
from costeer.gui.jobs import Jobs
from costeer.gui.selected_tokens import tokens_at
from costeer.gui.wording import nats_words, tr
from costeer.personalization.private_prompt import PartKind
from costeer.services.chat import ChatService
from costeer.services.why import Cause, Explanation, WhyService

NOISE = 0.5
"""Nats; what a line gives less than this is noise (docs/why.md)."""

_Index = QModelIndex | QPersistentModelIndex


def part_words(kind: PartKind) -> str:
    words: dict[PartKind, str] = {
        "fact": tr("Fact"),
        "style": tr("Style"),
        "note": tr("Note"),
        "memory": tr("Memory"),
        "document": tr("Private document"),
        "message": tr("An earlier message of yours"),
    }
    return words[kind]


class CauseTableModel(QAbstractTableModel):
    """The lines that were shown, those that gave most first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.causes: tuple[Cause, ...] = ()
        self._titles = (self.tr("Nats"), self.tr("What steered"), self.tr("Kind"))

    def replace(self, causes: tuple[Cause, ...]) -> None:
        self.beginResetModel()
        self.causes = causes
        self.endResetModel()

    def cause(self, row: int) -> Cause | None:
        return self.causes[row] if 0 <= row < len(self.causes) else None

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.causes)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        one = self.cause(index.row()) if index.isValid() else None
        if one is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            text = " ".join(one.text.split())
            if one.changed:
                text = self.tr("{text} (changed since)").format(text=text)
            return (nats_words(one.nats), text, part_words(one.kind))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return one.text
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the answer that steering had a part in."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class _Found:
    explanation: Explanation | None
    words: tuple[Word, ...]


class WhyViewModel(QObject):
    """`changed` when there is something else to show. One question at a time: a later one ends the one before."""

    changed = Signal()
    failed = Signal(Exception)

    def __init__(self, why: WhyService, chat: ChatService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._why = why
        self._chat = chat
        self._jobs = jobs
        self._cancel = CancelToken()
        self.message_id = ""
        self.busy = False
        self.explanation: Explanation | None = None
        self.words: tuple[Word, ...] = ()
        self.causes = CauseTableModel(self)

    def explain(self, message_id: str, first: int, last: int) -> None:
        """Of the tokens `first` to `last` of an answer."""
        self._ask(message_id, lambda: (first, last))

    def explain_at(self, message_id: str, shown: str, start: int, end: int) -> None:
        """Of what stands between two places of the text that is shown of an answer, in UTF-16 units; of the word
        there, where they are one. Without anything there: of the word that steering moved the most."""

        def place() -> tuple[int, int] | None:
            found = tokens_at(shown, self._chat.traces(message_id), start, end)
            if found is None or start != end:
                return found
            return self._why.word(message_id, found[0])

        self._ask(message_id, place)

    def explain_most(self, message_id: str) -> None:
        """Of the word into which steering put the most."""
        self._ask(message_id, lambda: None)

    def stop(self) -> None:
        self._cancel.cancel()

    def _ask(self, message_id: str, place: Callable[[], tuple[int, int] | None]) -> None:
        self._cancel.cancel()
        cancel = self._cancel = CancelToken()
        self.busy = True
        self.explanation = None
        if message_id != self.message_id:
            self.message_id, self.words = message_id, ()
        self.causes.replace(())
        self.changed.emit()

        def work() -> _Found:
            words = self._most_moved(message_id)
            where = place() or ((words[0].first, words[0].last) if words else None)
            if where is None:
                return _Found(None, ())
            return _Found(self._why.of(message_id, *where, cancel), words)

        job = self._jobs.run_beside(work)
        job.succeeded.connect(lambda found: self._on_found(cancel, found))
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._on_ended(cancel))

    def _most_moved(self, message_id: str) -> tuple[Word, ...]:
        traces = self._chat.traces(message_id)
        found = self._why.most_moved(message_id)
        return tuple(
            Word(first, last, "".join(one.displayed for one in traces[first : last + 1]).strip())
            for first, last in found
        )

    def _on_found(self, cancel: CancelToken, found: _Found) -> None:
        if cancel is self._cancel:
            self.explanation, self.words = found.explanation, found.words
            self.causes.replace(found.explanation.causes if found.explanation else ())

    def _on_ended(self, cancel: CancelToken) -> None:
        if cancel is self._cancel:
            self.busy = False
            self.changed.emit()
