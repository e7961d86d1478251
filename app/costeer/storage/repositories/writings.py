"""What the user has written, for a personal model to learn from."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update

from costeer.storage.database import Database
from costeer.storage.models import WritingRow
from costeer.storage.records import StoredWriting, Writing, WritingState

_AT_ONCE = 500


class WritingRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredWriting]:
        """In the order in which they came."""
        with self._database.reading() as session:
            return [
                StoredWriting(Writing(one.source, one.prompt, one.text, one.name, tuple(one.made_from)), one.state)
                for one in session.scalars(select(WritingRow).order_by(WritingRow.number))
            ]

    def add(self, writings: Iterable[Writing], state: WritingState) -> int:
        """Those that are not there yet, whatever their state; returns how many these were."""
        new = {one.id: one for one in writings}
        with self._database.writing() as session:
            for known in session.scalars(select(WritingRow.id)):
                new.pop(known, None)
            rows = [
                {
                    "id": one.id,
                    "source": one.source,
                    "name": one.name,
                    "prompt": one.prompt,
                    "text": one.text,
                    "state": state,
                    "made_from": list(one.made_from),
                }
                for one in new.values()
            ]
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(insert(WritingRow), rows[start : start + _AT_ONCE])
        return len(rows)

    def put(self, ids: Iterable[str], state: WritingState) -> None:
        """What is no longer there is passed over."""
        listed = list(ids)
        with self._database.writing() as session:
            for start in range(0, len(listed), _AT_ONCE):
                some = listed[start : start + _AT_ONCE]
                session.execute(update(WritingRow).where(WritingRow.id.in_(some)).values(state=state))

    def remove(self, ids: Iterable[str]) -> None:
        listed = list(ids)
        with self._database.writing() as session:
            for start in range(0, len(listed), _AT_ONCE):
                session.execute(delete(WritingRow).where(WritingRow.id.in_(listed[start : start + _AT_ONCE])))
