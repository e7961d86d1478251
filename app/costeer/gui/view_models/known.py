"""What the clouds know, as a tree to be searched: by cloud and kind, below each the strings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from costeer.foundation.cancel import CancelToken
from costeer.foundation.progress import Progress
from costeer.gui.jobs import Jobs
from costeer.gui.wording import counted, listed, moment, name_words, number, tr
from costeer.services.audit import AuditService
from costeer.services.known import Kind, Known, KnownString, write_as_text

_SHOWN = 160
"""Characters of a string that a row shows."""

_Index = QModelIndex | QPersistentModelIndex


def kind_words(kind: Kind) -> str:
    words: dict[Kind, str] = {
        "about": tr("What you let be told about you"),
        "question": tr("Your questions"),
        "document": tr("Documents"),
        "answer": tr("Answers, as far as the cloud was told them"),
        "ahead": tr("The cloud's own continuations, handed back to it"),
        "template": tr("What the template puts around messages"),
        "test": tr("Tests of the cloud"),
        "setting": tr("Settings of requests"),
        "other": tr("Other"),
    }
    return words[kind]


@dataclass(frozen=True, slots=True)
class _Group:
    endpoint: str
    kind: Kind
    strings: tuple[KnownString, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """`folded` are the strings as they are searched, in the order of `known.strings`."""

    known: Known
    folded: tuple[str, ...]


class KnownTreeModel(QAbstractItemModel):
    """Two levels: (cloud, kind), and its strings. An index of a string carries its group's number plus 1."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: list[_Group] = []
        self._titles = (self.tr("Text"), self.tr("Times"), self.tr("First sent"), self.tr("Last sent"))

    def replace(self, strings: Sequence[KnownString]) -> None:
        """In the order that they have; those of one cloud and kind stand together."""
        self.beginResetModel()
        grouped: dict[tuple[str, Kind], list[KnownString]] = {}
        for one in strings:
            grouped.setdefault((one.endpoint, one.kind), []).append(one)
        self._groups = [_Group(endpoint, kind, tuple(some)) for (endpoint, kind), some in grouped.items()]
        self.endResetModel()

    def string(self, index: _Index) -> KnownString | None:
        """None for a group."""
        if not index.isValid() or not index.internalId():
            return None
        return self._groups[index.internalId() - 1].strings[index.row()]

    def index(self, row: int, column: int = 0, parent: _Index | None = None) -> QModelIndex:
        parent = parent or QModelIndex()
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: _Index | None = None) -> QModelIndex:  # type: ignore[override]  # of an item, not a QObject
        if index is None or not index.isValid() or not index.internalId():
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: _Index | None = None) -> int:
        if parent is None or not parent.isValid():
            return len(self._groups)
        return 0 if parent.internalId() or parent.column() else len(self._groups[parent.row()].strings)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: ARG002 - the same everywhere
        return len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        one = self.string(index)
        if one is None:
            return self._group_data(self._groups[index.row()], index.column(), role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(one)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._cells(one)[index.column()]
            if index.column() or not one.private_words:
                return f"{self._titles[index.column()]}: {text}" if index.column() else text
            said = self.tr("{text} (private words that steering wrote: {words})")
            return said.format(text=text, words=listed(one.private_words))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and one.private_words:
            said = self.tr("Words of your private profile that steering wrote here: {words}")
            return said.format(words=listed(one.private_words))
        return None

    def _group_data(self, group: _Group, column: int, role: int) -> object:
        if column or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        said = self.tr("{endpoint}: {kind} ({count})")
        return said.format(
            endpoint=name_words(group.endpoint), kind=kind_words(group.kind), count=number(len(group.strings))
        )

    def _cells(self, one: KnownString) -> tuple[str, str, str, str]:
        flat = " ".join(one.text[: 2 * _SHOWN].split())
        text = flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"
        marked = self.tr("● {text}").format(text=text) if one.private_words else text
        return marked, number(one.count), moment(one.first), moment(one.last)


class KnownViewModel(QObject):
    """`loaded` when what was read is in `tree`, `advanced` with a Progress while it is read. A later reading ends
    the one before it; what is typed and ticked chooses among what was read."""

    loaded = Signal()
    advanced = Signal(object)
    busy_changed = Signal()
    exported = Signal(str)
    failed = Signal(Exception)

    def __init__(self, audit: AuditService, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._audit = audit
        self._jobs = jobs
        self._cancel = CancelToken()
        self._read = _Read(Known(), ())
        self._typed = ""
        self._private_only = False
        self.tree = KnownTreeModel(self)
        self.conversation: str | None = None
        self.busy = False
        self.shown = 0

    @property
    def known(self) -> Known:
        return self._read.known

    @property
    def summary(self) -> str:
        known = self.known
        strings = counted(len(known.strings), self.tr("{count} string"), self.tr("{count} strings"))
        requests = counted(known.requests, self.tr("{count} request"), self.tr("{count} requests"))
        said = [self.tr("{strings} in {requests}.").format(strings=strings, requests=requests)]
        if known.private_words:
            words = listed(known.private_words)
            said.append(
                self.tr("● Words of your private profile that steering wrote: {words}.").format(words=words)
            )
        if known.unkept:
            temporary = counted(
                known.unkept,
                self.tr("{count} request of a temporary conversation is on record without its words."),
                self.tr("{count} requests of temporary conversations are on record without their words."),
            )
            said.append(temporary)
        if known.forgotten:
            forgotten = counted(
                known.forgotten,
                self.tr("The words of {count} request were forgotten."),
                self.tr("The words of {count} requests were forgotten."),
            )
            said.append(forgotten)
        return " ".join(said)

    def load(self, conversation: str | None) -> None:
        """What was sent in a conversation, or (None) ever."""
        self._cancel.cancel()
        cancel = self._cancel = CancelToken()
        self.conversation = conversation
        self._set_busy(True)

        def read(tell: object) -> _Read:
            assert callable(tell)
            known = self._audit.known(conversation, cancel, tell)
            return _Read(known, tuple(one.text.casefold() for one in known.strings))

        job = self._jobs.run_telling(read)
        job.advanced.connect(lambda items: self._on_advanced(cancel, items))
        job.succeeded.connect(lambda found: self._on_read(cancel, found))
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._set_busy(False) if cancel is self._cancel else None)

    def stop(self) -> None:
        """End a reading; what was shown before stays."""
        self._cancel.cancel()

    def search(self, typed: str) -> None:
        self._typed = typed.strip().casefold()
        self._choose()

    def keep_private(self, private_only: bool) -> None:
        """Only strings with private words that steering wrote."""
        self._private_only = private_only
        self._choose()

    def export(self, file: Path) -> None:
        known = self.known
        job = self._jobs.run_beside(lambda: write_as_text(known, file))
        job.succeeded.connect(lambda _: self.exported.emit(str(file)))
        job.failed.connect(self.failed)

    def _on_advanced(self, cancel: CancelToken, items: tuple[Progress, ...]) -> None:
        if cancel is self._cancel:
            self.advanced.emit(items[-1])

    def _on_read(self, cancel: CancelToken, found: _Read) -> None:
        if cancel is self._cancel:
            self._read = found
            self._choose()
            self.loaded.emit()

    def _choose(self) -> None:
        chosen = [
            one
            for one, folded in zip(self.known.strings, self._read.folded, strict=True)
            if self._typed in folded and (one.private_words or not self._private_only)
        ]
        self.shown = len(chosen)
        self.tree.replace(chosen)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()
