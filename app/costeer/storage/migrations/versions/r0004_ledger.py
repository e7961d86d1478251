"""A ledger that can be shortened and can forget words, and stays one that can be checked.

Entries get a format: those there are keep theirs (1), whose hash is over their body; new ones (2) have a hash over
the body's hash. `ledger_state` knows how far the ledger has got, so that an end that is cut off is missed, and
what the last check found.

The triggers let an entry be removed, or its body and salt, only while the newest entry says so, which is one
transaction of `repositories.ledger_upkeep`. Going down, entries of format 2 lose what the old version has no
column for: they are all there, but that version finds the chain broken at the first of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GENESIS = "0" * 64

_KEPT = (
    "sequence kind exchange time purpose endpoint method url header_names size status detail message_id previous "
    "hash format body_hash sent overhead_up overhead_down"
).split()
"""All columns but the two that may be emptied."""


def upgrade() -> None:
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE ledger ADD COLUMN {column}")
    op.create_table(
        "ledger_state",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=True),
        sa.Column("checked_entries", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_state"),
        sa.CheckConstraint("number = 1", name=op.f("ck_ledger_state_number")),
    )
    op.execute(f"INSERT INTO ledger_state (number, sequence, hash) VALUES (1, 0, '{_GENESIS}')")
    op.execute(
        "UPDATE ledger_state SET (sequence, hash) = "
        "(SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1) WHERE EXISTS (SELECT 1 FROM ledger)"
    )
    _replace_triggers(_TRIGGERS)


def downgrade() -> None:
    _replace_triggers(_TRIGGERS_BEFORE)
    op.drop_table("ledger_state")
    for column in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE ledger DROP COLUMN {column.split()[0]}")


_COLUMNS = (
    "format INTEGER DEFAULT 1 NOT NULL",
    "salt TEXT",
    "body_hash TEXT",
    "sent INTEGER",
    "overhead_up INTEGER",
    "overhead_down INTEGER",
)


def _replace_triggers(triggers: dict[str, str]) -> None:
    for name in {*_TRIGGERS, *_TRIGGERS_BEFORE}:
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    for name, rest in triggers.items():
        op.execute(f"CREATE TRIGGER {name} {rest}")


_APPEND_ONLY = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
_ONLY_NEXT = "BEGIN SELECT RAISE(ABORT, 'the ledger takes only the next entry'); END"
_KEEPS_MARK = "BEGIN SELECT RAISE(ABORT, 'the ledger keeps its mark'); END"

_TRIGGERS_BEFORE = {
    "ledger_keeps_entries": f"BEFORE UPDATE ON ledger {_APPEND_ONLY}",
    "ledger_keeps_all": f"BEFORE DELETE ON ledger {_APPEND_ONLY}",
    "ledger_takes_the_next": (
        "BEFORE INSERT ON ledger "
        "WHEN new.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM ledger) "
        "OR new.previous <> coalesce((SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1), "
        f"printf('%064d', 0)) {_ONLY_NEXT}"
    ),
}

_NEWEST = "(SELECT kind, body FROM ledger ORDER BY sequence DESC LIMIT 1)"
_SAID_FORGOTTEN = (
    f"EXISTS (SELECT 1 FROM {_NEWEST} AS newest, "
    "json_each(CASE newest.kind WHEN 'forgotten' THEN newest.body ELSE '{}' END, '$.entries') AS part "
    "WHERE old.sequence BETWEEN json_extract(part.value, '$[0]') AND json_extract(part.value, '$[1]'))"
)
_SAID_PRUNED = f"(SELECT CASE kind WHEN 'pruned' THEN json_extract(body, '$.through') END FROM {_NEWEST})"

# The third also stops INSERT OR REPLACE, which removes a row without telling the delete trigger.
_TRIGGERS = {
    "ledger_keeps_entries": (
        "BEFORE UPDATE ON ledger WHEN NOT (new.body = '' AND new.salt IS NULL AND old.format > 1 AND "
        + " AND ".join(f"new.{name} IS old.{name}" for name in _KEPT)
        + f" AND {_SAID_FORGOTTEN}) {_APPEND_ONLY}"
    ),
    "ledger_keeps_all": f"BEFORE DELETE ON ledger WHEN old.sequence > coalesce({_SAID_PRUNED}, 0) {_APPEND_ONLY}",
    "ledger_takes_the_next": (
        "BEFORE INSERT ON ledger "
        "WHEN new.sequence <> 1 + "
        "coalesce((SELECT sequence FROM ledger_state), (SELECT max(sequence) FROM ledger), 0) "
        "OR new.previous <> coalesce((SELECT hash FROM ledger_state), "
        f"(SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1), '{_GENESIS}') {_ONLY_NEXT}"
    ),
    "ledger_prunes_what_is_there": (
        "BEFORE INSERT ON ledger WHEN new.kind = 'pruned' AND NOT EXISTS (SELECT 1 FROM ledger WHERE "
        "sequence = json_extract(new.body, '$.through') AND hash = json_extract(new.body, '$.hash')) "
        "BEGIN SELECT RAISE(ABORT, 'the ledger has no such entry to end at'); END"
    ),
    "ledger_moves_its_mark": (
        "AFTER INSERT ON ledger BEGIN UPDATE ledger_state SET sequence = new.sequence, hash = new.hash; END"
    ),
    "ledger_mark_moves_by_one": (
        "BEFORE UPDATE OF sequence, hash ON ledger_state WHEN new.sequence <> old.sequence + 1 "
        "OR NOT EXISTS (SELECT 1 FROM ledger WHERE sequence = new.sequence AND hash = new.hash) "
        f"{_KEEPS_MARK}"
    ),
    "ledger_mark_stays": f"BEFORE DELETE ON ledger_state {_KEEPS_MARK}",
    "ledger_mark_is_one": f"BEFORE INSERT ON ledger_state {_KEEPS_MARK}",
}
