"""The first schema: conversations, traces, profile, memories, ledger, and the full-text index.

A migration stands alone: it imports nothing from the program, because the program moves on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPLICATION_ID = 0x436F5374
"""In the file's header: this is a database of CoSteer Desktop."""


def upgrade() -> None:
    op.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    _create_conversations()
    _create_private()
    _create_ledger()
    # Only finished messages are indexed: an answer that is being written changes several times a second.
    op.execute("CREATE VIEW finished_messages AS SELECT number, text FROM messages WHERE state <> 'writing'")
    _create_index("messages_fts", "finished_messages")
    _create_index("memories_fts", "memories")
    for statement in _MESSAGE_TRIGGERS + _MEMORY_TRIGGERS + _LEDGER_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE memories_fts")
    op.execute("DROP TABLE messages_fts")
    op.execute("DROP VIEW finished_messages")
    for table in ("ledger", "memories", "profile_entries", "trace_chunks", "messages", "conversations"):
        op.drop_table(table)  # its indexes and triggers go with it
    op.execute("PRAGMA application_id = 0")


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("active_leaf", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_conversations"),
        sa.UniqueConstraint("id", name="uq_conversations_id"),
    )
    op.create_index("ix_conversations_changed", "conversations", ["changed"])
    op.create_table(
        "messages",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_messages"),
        sa.UniqueConstraint("id", name="uq_messages_id"),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.id"],
            name="fk_messages_conversation_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["parent"], ["messages.id"], name="fk_messages_parent_messages"),
        sa.CheckConstraint("role IN ('user', 'assistant')", name=op.f("ck_messages_role")),
        sa.CheckConstraint(
            "state IN ('writing', 'complete', 'stopped', 'failed', 'interrupted')", name=op.f("ck_messages_state")
        ),
        sa.CheckConstraint("(state = 'writing') = (writer IS NOT NULL)", name=op.f("ck_messages_writer")),
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation"])
    op.create_index("ix_messages_parent", "messages", ["parent"])
    op.create_index("ix_messages_writer", "messages", ["writer"], sqlite_where=sa.text("writer IS NOT NULL"))
    op.create_table(
        "trace_chunks",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_trace_chunks"),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.id"], name="fk_trace_chunks_message_messages", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_trace_chunks_message", "trace_chunks", ["message"])


def _create_private() -> None:
    op.create_table(
        "profile_entries",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_profile_entries"),
        sa.UniqueConstraint("id", name="uq_profile_entries_id"),
        sa.CheckConstraint("kind IN ('fact', 'style', 'note')", name=op.f("ck_profile_entries_kind")),
    )
    op.create_table(
        "memories",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_memories"),
        sa.UniqueConstraint("id", name="uq_memories_id"),
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("header_names", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_ledger"),
    )
    op.create_index("ix_ledger_exchange", "ledger", ["exchange"])
    op.create_index("ix_ledger_message_id", "ledger", ["message_id"])


def _create_index(name: str, content: str) -> None:
    op.execute(
        f"CREATE VIRTUAL TABLE {name} USING fts5(text, content='{content}', content_rowid='number', "
        "tokenize='unicode61 remove_diacritics 2')"
    )


def _remove(index: str) -> str:
    return f"INSERT INTO {index}({index}, rowid, text) VALUES ('delete', old.number, old.text);"


def _add(index: str) -> str:
    return f"INSERT INTO {index}(rowid, text) VALUES (new.number, new.text);"


_MESSAGE_TRIGGERS = (
    "CREATE TRIGGER messages_fts_inserted AFTER INSERT ON messages WHEN new.state <> 'writing' "
    f"BEGIN {_add('messages_fts')} END",
    "CREATE TRIGGER messages_fts_deleted AFTER DELETE ON messages WHEN old.state <> 'writing' "
    f"BEGIN {_remove('messages_fts')} END",
    "CREATE TRIGGER messages_fts_unfinished AFTER UPDATE OF text, state ON messages "
    f"WHEN old.state <> 'writing' AND new.state = 'writing' BEGIN {_remove('messages_fts')} END",
    "CREATE TRIGGER messages_fts_finished AFTER UPDATE OF text, state ON messages "
    f"WHEN old.state = 'writing' AND new.state <> 'writing' BEGIN {_add('messages_fts')} END",
    "CREATE TRIGGER messages_fts_updated AFTER UPDATE OF text, state ON messages "
    "WHEN old.state <> 'writing' AND new.state <> 'writing' "
    f"BEGIN {_remove('messages_fts')} {_add('messages_fts')} END",
)

_MEMORY_TRIGGERS = (
    f"CREATE TRIGGER memories_fts_inserted AFTER INSERT ON memories BEGIN {_add('memories_fts')} END",
    f"CREATE TRIGGER memories_fts_deleted AFTER DELETE ON memories BEGIN {_remove('memories_fts')} END",
    "CREATE TRIGGER memories_fts_updated AFTER UPDATE OF text ON memories "
    f"BEGIN {_remove('memories_fts')} {_add('memories_fts')} END",
)

# The last one also stops INSERT OR REPLACE, which removes a row without telling the delete trigger.
_LEDGER_TRIGGERS = (
    "CREATE TRIGGER ledger_keeps_entries BEFORE UPDATE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_keeps_all BEFORE DELETE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_takes_the_next BEFORE INSERT ON ledger "
    "WHEN new.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM ledger) "
    "OR new.previous <> coalesce((SELECT hash FROM ledger ORDER BY sequence DESC LIMIT 1), printf('%064d', 0)) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger takes only the next entry'); END",
)
