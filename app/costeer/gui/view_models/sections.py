"""The list of conversations as the sidebar shows it: under headings that can be folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from costeer.gui.view_models.conversations import ConversationsViewModel
from costeer.gui.view_models.row_changes import Change, changes
from costeer.gui.wording import moment
from costeer.storage.records import Conversation

_Index = QModelIndex | QPersistentModelIndex

PINNED, TEMPORARY, FOLDER = "pinned", "temporary", "folder:"

AGES: tuple[tuple[str, int], ...] = (("today", 0), ("yesterday", 1), ("week", 7), ("month", 30))
"""The headings of what is in no folder, and how many days ago it was changed at most; "older" is the rest."""


HEADING = "heading:"
"""Before the key of a heading, where it stands among ids."""

MOST_STEPS = 60
"""With more, as when a long section is unfolded, the view looks at all rows anew."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`key` says which it is; a folder's name follows FOLDER. `count` conversations stand under it."""

    key: str
    count: int
    folded: bool


class Sections:
    """Which heading a conversation stands under, on one day."""

    def __init__(self, today: date) -> None:
        """Midnights are counted once: a list of thousands is gone through each time that something changes."""
        midnights = ((key, datetime.combine(today - timedelta(days), time.min)) for key, days in AGES)
        self._since = tuple((key, one.astimezone(UTC)) for key, one in midnights)

    def key_of(self, one: Conversation) -> str:
        if one.temporary:
            return TEMPORARY
        if one.pinned:
            return PINNED
        if one.folder:
            return FOLDER + one.folder
        return next((key for key, since in self._since if one.changed >= since), "older")

    def rows(self, listed: Iterable[Conversation], folded: frozenset[str]) -> list[Heading | Conversation]:
        """Headings, each followed by what stands under it, unless it is folded.

        Temporary ones come first, then pinned ones, folders by their names, and the rest by age. The order in
        `listed` is kept under each heading.
        """
        found: dict[str, list[Conversation]] = {}
        for one in listed:
            found.setdefault(self.key_of(one), []).append(one)
        folders = sorted((key for key in found if key.startswith(FOLDER)), key=str.casefold)
        order = [TEMPORARY, PINNED, *folders, *(key for key, _ in AGES), "older"]
        rows: list[Heading | Conversation] = []
        for key in order:
            if key in found:
                rows.append(Heading(key, len(found[key]), key in folded))
                rows += [] if key in folded else found[key]
        return rows


class SectionsModel(QAbstractListModel):
    """Rows are headings and conversations; editing one of these renames it. A heading that is chosen folds.

    Rows that change are changed where they stand, so that the view keeps its place, its selection and an editor
    that is open. Window thread only.
    """

    HeadingRole = Qt.ItemDataRole.UserRole + 10
    """The Heading of a row that is one, else None."""
    WhenRole = Qt.ItemDataRole.UserRole + 1
    WritingRole = Qt.ItemDataRole.UserRole + 2

    def __init__(self, source: ConversationsViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._folded: frozenset[str] = frozenset()
        self._rows: list[Heading | Conversation] = []
        self._keys: list[str] = []
        source.loaded.connect(self._update)
        source.marked.connect(self._on_marked)

    def conversation(self, row: int) -> Conversation | None:
        """None where there is a heading, or nothing."""
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, Conversation) else None

    def row_of(self, conversation_id: str | None) -> int:
        """Where it stands, or -1: it may be folded away."""
        return self._keys.index(conversation_id) if conversation_id in self._keys else -1

    def unfold(self, conversation_id: str) -> int:
        """Make sure that a conversation is shown, and return its row; -1 where there is none."""
        one = self._source.conversation(conversation_id)
        if one is not None and (key := Sections(date.today()).key_of(one)) in self._folded:
            self._fold(self._folded - {key})
        return self.row_of(conversation_id)

    def toggle(self, row: int) -> None:
        """Fold or unfold the heading at `row`; nothing happens elsewhere."""
        heading = self._rows[row] if 0 <= row < len(self._rows) else None
        if isinstance(heading, Heading):
            self._fold(self._folded ^ {heading.key})

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        return self._of_heading(row, role) if isinstance(row, Heading) else self._of_conversation(row, role)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual if self.conversation(index.row()) is None else usual | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        one = self.conversation(index.row())
        if one is None or role != Qt.ItemDataRole.EditRole:
            return False
        self._source.rename(one, str(value))
        return True

    def _of_heading(self, heading: Heading, role: int) -> object:
        if role == self.HeadingRole:
            return heading
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(heading.key)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = self.tr("{title}, {count}, folded") if heading.folded else self.tr("{title}, {count}, unfolded")
            return said.format(title=self._title(heading.key), count=heading.count)
        return None

    def _of_conversation(self, one: Conversation, role: int) -> object:
        title = one.title or self.tr("New conversation")
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return title
        writing = one.id == self._source.writing
        when = self.tr("Writing…") if writing else moment(one.changed)
        if role == self.WhenRole:
            return when
        if role == self.WritingRole:
            return writing
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.tr("{title}, {when}").format(title=title, when=when)
        return None

    def _title(self, key: str) -> str:
        titles = {
            TEMPORARY: self.tr("Temporary, kept nowhere"),
            PINNED: self.tr("Pinned"),
            "today": self.tr("Today"),
            "yesterday": self.tr("Yesterday"),
            "week": self.tr("Last 7 days"),
            "month": self.tr("Last 30 days"),
            "older": self.tr("Older"),
        }
        return titles.get(key) or key.removeprefix(FOLDER)

    def _fold(self, folded: frozenset[str]) -> None:
        self._folded = folded
        self._update()

    def _update(self) -> None:
        rows = Sections(date.today()).rows(self._source.listed, self._folded)
        keys = [HEADING + one.key if isinstance(one, Heading) else one.id for one in rows]
        steps = changes(self._keys, keys, MOST_STEPS)
        if steps is None:
            self.beginResetModel()
            self._rows, self._keys = rows, keys
            self.endResetModel()
            return
        for step in steps:
            self._take(step, rows, keys)
        before, self._rows = self._rows, rows
        others = [at for at, (old, new) in enumerate(zip(before, rows, strict=True)) if old != new]
        if others:
            self.dataChanged.emit(self.index(others[0]), self.index(others[-1]))

    def _take(self, step: Change, rows: Sequence[Heading | Conversation], keys: Sequence[str]) -> None:
        """One step on the way to `rows`."""
        nowhere, at, to = QModelIndex(), step.at, step.to
        if step.kind == "remove":
            self.beginRemoveRows(nowhere, at, at)
            del self._rows[at], self._keys[at]
            self.endRemoveRows()
        elif step.kind == "insert":
            self.beginInsertRows(nowhere, at, at)
            self._rows.insert(at, rows[keys.index(step.key)])
            self._keys.insert(at, step.key)
            self.endInsertRows()
        else:
            # Qt counts the place before the row is taken out.
            self.beginMoveRows(nowhere, at, at, nowhere, to + 1 if to > at else to)
            self._rows.insert(to, self._rows.pop(at))
            self._keys.insert(to, self._keys.pop(at))
            self.endMoveRows()

    def _on_marked(self, conversations: Sequence[str | None]) -> None:
        for one in conversations:
            row = self.row_of(one)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))
