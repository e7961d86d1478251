"""How much preferences weigh, and those of the user's own words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from costeer.foundation.errors import StorageError
from costeer.foundation.translatable import translatable
from costeer.storage.database import Database
from costeer.storage.models import DimensionRow
from costeer.storage.records import StoredDimension

_GONE = translatable("This preference no longer exists; it may have been removed in another window.")


class DimensionRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredDimension]:
        """In the order in which they were first kept."""
        with self._database.reading() as session:
            rows = session.scalars(select(DimensionRow).order_by(DimensionRow.number))
            return [StoredDimension(one.id, one.words, one.weight) for one in rows]

    def add(self, dimension: StoredDimension) -> None:
        with self._database.writing() as session:
            values = {name: getattr(dimension, name) for name in StoredDimension.__slots__}
            session.execute(insert(DimensionRow).values(**values))

    def weigh(self, weights: Mapping[str, float]) -> None:
        """By id; all of them, or none where this fails."""
        with self._database.writing() as session:
            for name, weight in weights.items():
                if not _update(session, name, weight):
                    session.execute(insert(DimensionRow).values(id=name, words=None, weight=weight))

    def remove(self, dimension_id: str) -> None:
        with self._database.writing() as session:
            gone = delete(DimensionRow).where(DimensionRow.id == dimension_id).returning(DimensionRow.number)
            if session.scalar(gone) is None:
                raise StorageError(_GONE)


def _update(session: Session, dimension_id: str, weight: float) -> bool:
    """Whether it was there."""
    changed = update(DimensionRow).where(DimensionRow.id == dimension_id).values(weight=weight)
    return session.scalar(changed.returning(DimensionRow.number)) is not None
