"""The list of conversations as the sidebar shows it: under headings that can be folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from costeer.gui.view_models.conversations import ConversationListModel
from costeer.storage.records import Conversation

_Index = QModelIndex | QPersistentModelIndex

PINNED, TEMPORARY, FOLDER = "pinned", "temporary", "folder:"

AGES: tuple[tuple[str, int], ...] = (("today", 0), ("yesterday", 1), ("week", 7), ("month", 30))
"""The headings of what is in no folder, and how many days ago it was changed at most; "older" is the rest."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`key` says which it is; a folder's name follows FOLDER. `count` conversations stand under it."""

    key: str
    count: int
    folded: bool


def section_of(one: Conversation, today: date) -> str:
    """The key of the heading that a conversation belongs under."""
    if one.temporary:
        return TEMPORARY
    if one.pinned:
        return PINNED
    if one.folder:
        return FOLDER + one.folder
    age = (today - one.changed.astimezone().date()).days
    return next((key for key, days in AGES if age <= days), "older")


def sections(listed: Iterable[Conversation], today: date, folded: frozenset[str]) -> list[Heading | int]:
    """Headings, each followed by the places in `listed` of what stands under it, unless it is folded.

    Temporary ones come first, then pinned ones, folders by their names, and the rest by age. The order in
    `listed` is kept under each heading.
    """
    found: dict[str, list[int]] = {}
    for place, one in enumerate(listed):
        found.setdefault(section_of(one, today), []).append(place)
    folders = sorted((key for key in found if key.startswith(FOLDER)), key=str.casefold)
    order = [TEMPORARY, PINNED, *folders, *(key for key, _ in AGES), "older"]
    rows: list[Heading | int] = []
    for key in order:
        if key in found:
            rows.append(Heading(key, len(found[key]), key in folded))
            rows += [] if key in folded else found[key]
    return rows


class SectionsModel(QAbstractListModel):
    """Rows are headings and the rows of a ConversationListModel, which tells and changes their data.

    Choosing a heading folds it or unfolds it. Window thread only.
    """

    HeadingRole = Qt.ItemDataRole.UserRole + 10
    """The Heading of a row that is one, else None."""

    def __init__(self, source: ConversationListModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._folded: frozenset[str] = frozenset()
        self._rows: list[Heading | int] = []
        source.modelReset.connect(self._build)
        source.dataChanged.connect(self._on_changed)
        self._build()

    def conversation(self, row: int) -> Conversation | None:
        """None where there is a heading, or nothing."""
        place = self._rows[row] if 0 <= row < len(self._rows) else None
        return self._source.conversation(place) if isinstance(place, int) else None

    def row_of(self, conversation_id: str | None) -> int:
        """Where it stands, or -1: it may be folded away."""
        place = self._source.row_of(conversation_id)
        return self._rows.index(place) if place >= 0 and place in self._rows else -1

    def unfold(self, conversation_id: str) -> int:
        """Make sure that a conversation is shown, and return its row; -1 where there is none."""
        one = self._source.conversation(self._source.row_of(conversation_id))
        if one is not None and (key := section_of(one, date.today())) in self._folded:
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
        if isinstance(row, int):
            return None if role == self.HeadingRole else self._source.data(self._source.index(row), role)
        if role == self.HeadingRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(row.key)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            folded = self.tr("{title}, {count}, folded") if row.folded else self.tr("{title}, {count}, unfolded")
            return folded.format(title=self._title(row.key), count=row.count)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        row = self._rows[index.row()] if index.isValid() else None
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if isinstance(row, int) else usual

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self._rows[index.row()] if index.isValid() else None
        return self._source.setData(self._source.index(row), value, role) if isinstance(row, int) else False

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
        self._build()

    def _build(self) -> None:
        self.beginResetModel()
        self._rows = sections(self._source.conversations(), date.today(), self._folded)
        self.endResetModel()

    def _on_changed(self) -> None:
        rows = sections(self._source.conversations(), date.today(), self._folded)
        if rows != self._rows:
            self._build()
        elif rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
