"""Requests and responses put into the application's ledger, as the transport leaves them, many at once."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import insert, select

from costeer.bootstrap import Application
from costeer.privacy.ledger import GENESIS, LedgerRecord, chained
from costeer.storage.models import LedgerRow
from costeer.storage.repositories.ledger_rows import row_of


def exchange(
    message_id: str | None,
    body: str,
    answer: str = '{"content": "fine"}',
    *,
    when: datetime | None = None,
    endpoint: str = "Elsewhere",
) -> list[LedgerRecord]:
    """A request and its response; without `answer` the response is still arriving."""
    request = LedgerRecord(
        kind="request",
        exchange=uuid.uuid4().hex,
        time=(when or datetime.now(UTC)).isoformat(timespec="milliseconds"),
        purpose="answer",
        endpoint=endpoint,
        method="POST",
        url="https://elsewhere.example/v1/completions",
        header_names=("host", "content-type"),
        body=body,
        size=len(body) + 200,
        message_id=message_id,
    )
    response = dataclasses.replace(request, kind="response", body=answer, size=len(answer) + 100, status=200)
    return [request, response] if answer else [request]


def put_into_ledger(app: Application, records: Iterable[LedgerRecord]) -> None:
    """In one transaction: an append by the transport waits for the disk."""
    last = select(LedgerRow.sequence, LedgerRow.hash).order_by(LedgerRow.sequence.desc()).limit(1)
    with app._database.writing() as session:
        sequence, previous = session.execute(last).one_or_none() or (0, GENESIS)
        rows = []
        for record in records:
            sequence += 1
            entry = chained(sequence, record, previous)
            rows.append(row_of(entry))
            previous = entry.hash
        session.execute(insert(LedgerRow), rows)
