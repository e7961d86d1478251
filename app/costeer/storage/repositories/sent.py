"""What requests said, read for the question of what a cloud knows: bodies, and the answers they were made for.

Read in portions, answer by answer, so that a ledger of any length fits into memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from costeer.privacy.ledger import WHOLE, Kind, Purpose
from costeer.storage.database import Database
from costeer.storage.models import DisclosureRow, LedgerRow, MessageRow, TraceChunkRow
from costeer.storage.records import Role
from costeer.storage.repositories.ledger import told
from costeer.storage.traces import decode_words

_PAGE = 500


@dataclass(frozen=True, slots=True)
class SentBody:
    """A request, or what came back where text was tokenised; without a body where its words were forgotten."""

    sequence: int
    kind: Kind
    exchange: str
    time: str
    purpose: Purpose
    endpoint: str
    body: str
    forgotten: bool


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is stored. `private_words` are those that steering wrote; `sketch` the cloud's own answer
    where this computer wrote another one from it."""

    id: str
    conversation: str
    question: str | None
    number: int
    text: str
    private_words: tuple[str, ...] = ()
    sketch: str = ""


class SentRepository:
    """Any thread; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answers(
        self, conversation_id: str | None = None, between: tuple[datetime, datetime] | None = None
    ) -> list[str]:
        """The ids of the answers that anything was sent for, those included that are no longer stored, in the
        order of their first requests; of one conversation, or of all; in [start, end), or ever."""
        ids = select(LedgerRow.message_id).where(LedgerRow.message_id.is_not(None))
        if between is not None:
            ids = ids.where(LedgerRow.time >= told(between[0]), LedgerRow.time < told(between[1]))
        if conversation_id is not None:
            stored = select(MessageRow.id).where(MessageRow.conversation == conversation_id)
            ids = ids.where(LedgerRow.message_id.in_(stored))
        with self._database.reading() as session:
            found = session.scalars(ids.order_by(LedgerRow.sequence))
            return list(dict.fromkeys(one for one in found if one is not None))

    def of_answer(self, message_id: str) -> list[SentBody]:
        """What was sent for an answer, and what tokenising gave, oldest first."""
        return self._bodies(LedgerRow.message_id == message_id)

    def of_none(self) -> Iterator[list[SentBody]]:
        """What was sent for no answer (a test of a cloud, say), in portions, oldest first."""
        after = 0
        while page := self._bodies(LedgerRow.message_id.is_(None), LedgerRow.sequence > after, limit=_PAGE):
            yield page
            after = page[-1].sequence

    def responses(self, message_id: str) -> list[str]:
        """The bodies that came back for an answer."""
        wanted = select(LedgerRow.body).where(LedgerRow.message_id == message_id, LedgerRow.kind != "request")
        with self._database.reading() as session:
            return list(session.scalars(wanted.order_by(LedgerRow.sequence)))

    def stored(self, message_id: str) -> StoredAnswer | None:
        """None where it is no longer stored."""
        with self._database.reading() as session:
            row = session.scalar(select(MessageRow).where(MessageRow.id == message_id))
        if row is None:
            return None
        figures = row.figures or {}
        return StoredAnswer(
            row.id,
            row.conversation,
            row.parent,
            row.number,
            row.text,
            tuple(figures.get("private_words", ())),
            str(figures.get("sketch", "")),
        )

    def words(self, message_id: str) -> list[tuple[int, str]]:
        """An answer's tokens, each with its text; none where it is no longer stored."""
        chunks = select(TraceChunkRow.data).where(TraceChunkRow.message == message_id)
        with self._database.reading() as session:
            return decode_words(session.scalars(chunks.order_by(TraceChunkRow.number)))

    def said_before(self, answer: StoredAnswer) -> list[tuple[Role, str]]:
        """Role and text of the messages of an answer's conversation that are older, in their order."""
        before = (
            select(MessageRow.role, MessageRow.text)
            .where(MessageRow.conversation == answer.conversation, MessageRow.number < answer.number)
            .order_by(MessageRow.number)
        )
        with self._database.reading() as session:
            return [(role, text) for role, text in session.execute(before)]

    def placeholders(self, conversation_id: str) -> dict[str, str]:
        """Of the texts that were replaced in a conversation, what stood for each."""
        replaced = select(DisclosureRow.text, DisclosureRow.placeholder).where(
            DisclosureRow.conversation == conversation_id, DisclosureRow.choice == "replace"
        )
        with self._database.reading() as session:
            return dict(session.execute(replaced).all())

    def _bodies(self, *wanted: ColumnElement[bool], limit: int | None = None) -> list[SentBody]:
        tokenising = or_(
            LedgerRow.purpose == "tokenize",
            and_(LedgerRow.purpose.in_(WHOLE), LedgerRow.url.like("%tokenize")),
        )
        back = and_(tokenising, LedgerRow.kind == "response")
        said = or_(LedgerRow.kind == "request", back)
        columns = (
            *(LedgerRow.sequence, LedgerRow.kind, LedgerRow.exchange, LedgerRow.time, LedgerRow.purpose),
            *(LedgerRow.endpoint, LedgerRow.body, and_(LedgerRow.format > 1, LedgerRow.salt.is_(None))),
        )
        page = select(*columns).where(said, *wanted).order_by(LedgerRow.sequence).limit(limit)
        with self._database.reading() as session:
            rows: Sequence[Sequence[object]] = session.execute(page).all()
        return [_body(row) for row in rows]


def _body(row: Sequence[object]) -> SentBody:
    return SentBody(**dict(zip(SentBody.__slots__, row, strict=True)))  # type: ignore[arg-type]  # as selected
