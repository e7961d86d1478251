"""A library: pins, folders and a bin for conversations, scopes, documents, preferences, search in every script.

The full-text tables read their text through `words_apart`, a function that the program gives every connection: it
sets the characters of scripts without spaces apart, so that a Chinese word is found inside a sentence. Titles get
an index of their own. What the function does must not change without rebuilding the indexes in a migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SCOPES = "scope IN ('never', 'local', 'public')"


def upgrade() -> None:
    _drop_indexes()
    _replace("conversations", _conversations(new=True), {"pinned": "0", "folder": "''", "titled_by": "'question'"})
    op.create_index("ix_conversations_changed", "conversations", ["changed"])
    scope = {"scope": "CASE WHEN enabled THEN 'local' ELSE 'never' END"}
    _replace("profile_entries", _profile_entries(new=True), scope)
    _replace("memories", _memories(new=True), {**scope, "state": "'approved'"})
    op.create_index("ix_memories_origin", "memories", ["origin"])
    _create_documents()
    _create_preferences()
    for index, (table, column, condition) in _INDEXED.items():
        view = index.removesuffix("_fts") + "_words"
        op.execute(f"CREATE VIEW {view} AS SELECT number, words_apart({column}) AS text FROM {table}{condition}")
        _create_index(index, view, "prefix='1 2', ")
    _create_triggers("words_apart(old.{})", "words_apart(new.{})", ("messages_fts", "memories_fts", "titles_fts"))


def downgrade() -> None:
    """The bin is no more: what is in it comes back, because nothing that was not purged may be lost."""
    _drop_indexes()
    for index in _INDEXED:
        op.execute(f"DROP VIEW {index.removesuffix('_fts')}_words")
    op.drop_table("preferences")
    op.drop_table("documents")
    _replace("conversations", _conversations(new=False), {})
    op.create_index("ix_conversations_changed", "conversations", ["changed"])
    _replace("profile_entries", _profile_entries(new=False), {"enabled": "scope <> 'never'"})
    _replace("memories", _memories(new=False), {"enabled": "scope <> 'never' AND state = 'approved'"})
    op.execute("CREATE VIEW finished_messages AS SELECT number, text FROM messages WHERE state <> 'writing'")
    _create_index("messages_fts", "finished_messages", "")
    _create_index("memories_fts", "memories", "")
    _create_triggers("old.{}", "new.{}", ("messages_fts", "memories_fts"))


_INDEXED = {
    "messages_fts": ("messages", "text", " WHERE state <> 'writing'"),
    "memories_fts": ("memories", "text", ""),
    "titles_fts": ("conversations", "title", ""),
}


def _conversations(*, new: bool) -> list[sa.schema.SchemaItem]:
    columns: list[sa.schema.SchemaItem] = [
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("active_leaf", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_conversations"),
        sa.UniqueConstraint("id", name="uq_conversations_id"),
    ]
    if new:
        by = "titled_by IN ('question', 'model', 'user')"
        columns += [
            sa.Column("pinned", sa.Boolean(), nullable=False),
            sa.Column("folder", sa.Text(), nullable=False),
            sa.Column("deleted", sa.Integer(), nullable=True),
            sa.Column("titled_by", sa.Text(), nullable=False),
            sa.Column("settings", sa.JSON(), nullable=True),
            sa.CheckConstraint(by, name=op.f("ck_conversations_titled_by")),
        ]
    return columns


def _profile_entries(*, new: bool) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False)
        if new
        else sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_profile_entries"),
        sa.UniqueConstraint("id", name="uq_profile_entries_id"),
        sa.CheckConstraint("kind IN ('fact', 'style', 'note')", name=op.f("ck_profile_entries_kind")),
        *([sa.CheckConstraint(_SCOPES, name=op.f("ck_profile_entries_scope"))] if new else []),
    ]


def _memories(*, new: bool) -> list[sa.schema.SchemaItem]:
    columns: list[sa.schema.SchemaItem] = [
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False)
        if new
        else sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_memories"),
        sa.UniqueConstraint("id", name="uq_memories_id"),
    ]
    if new:
        states = "state IN ('proposed', 'approved', 'refused')"
        columns += [
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("origin", sa.Text(), nullable=True),
            sa.ForeignKeyConstraint(
                ["origin"], ["messages.id"], name="fk_memories_origin_messages", ondelete="SET NULL"
            ),
            sa.CheckConstraint(_SCOPES, name=op.f("ck_memories_scope")),
            sa.CheckConstraint(states, name=op.f("ck_memories_state")),
        ]
    return columns


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_documents"),
        sa.UniqueConstraint("id", name="uq_documents_id"),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.id"],
            name="fk_documents_conversation_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message"], ["messages.id"], name="fk_documents_message_messages", ondelete="CASCADE"
        ),
        sa.CheckConstraint("scope IN ('private', 'public')", name=op.f("ck_documents_scope")),
    )
    op.create_index("ix_documents_conversation", "documents", ["conversation"])
    op.create_index("ix_documents_message", "documents", ["message"])


def _create_preferences() -> None:
    messages = [
        sa.ForeignKeyConstraint(
            [column], ["messages.id"], name=f"fk_preferences_{column}_messages", ondelete="CASCADE"
        )
        for column in ("question", "chosen", "rejected")
    ]
    op.create_table(
        "preferences",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_preferences"),
        sa.UniqueConstraint("id", name="uq_preferences_id"),
        *messages,
        sa.CheckConstraint(
            "kind IN ('compare', 'regenerated', 'edited', 'thumb')", name=op.f("ck_preferences_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'thumb') = (rejected IS NULL) AND (kind = 'thumb') = (coalesce(value, 0) IN (-1, 1))",
            name=op.f("ck_preferences_value"),
        ),
    )
    for column in ("question", "chosen", "rejected"):
        op.create_index(f"ix_preferences_{column}", "preferences", [column])


def _replace(table: str, items: list[sa.schema.SchemaItem], filled: dict[str, str]) -> None:
    """Make the table anew, as SQLite wants it: what both have is copied, `filled` says what other columns get."""
    before = {one["name"] for one in sa.inspect(op.get_bind()).get_columns(table)}
    names = [one.name for one in items if isinstance(one, sa.Column)]
    values = {name: filled.get(name, name) for name in names if name in filled or name in before}
    op.create_table(f"{table}_new", *items)
    op.execute(
        f"INSERT INTO {table}_new ({', '.join(values)}) SELECT {', '.join(values.values())} "
        f"FROM {table} ORDER BY number"
    )
    op.drop_table(table)  # its indexes and triggers go with it
    op.rename_table(f"{table}_new", table)


def _create_index(name: str, content: str, prefix: str) -> None:
    op.execute(
        f"CREATE VIRTUAL TABLE {name} USING fts5(text, content='{content}', content_rowid='number', "
        f"{prefix}tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")


def _drop_indexes() -> None:
    for index in _INDEXED:
        for trigger in ("inserted", "deleted", "unfinished", "finished", "updated"):
            op.execute(f"DROP TRIGGER IF EXISTS {index}_{trigger}")
    op.execute("DROP VIEW IF EXISTS finished_messages")
    for index in _INDEXED:
        op.execute(f"DROP TABLE IF EXISTS {index}")


def _create_triggers(old: str, new: str, indexes: tuple[str, ...]) -> None:
    """Keep the indexes equal to what they read; `old` and `new` say how a column of a row is read."""

    def remove(index: str, column: str) -> str:
        return f"INSERT INTO {index}({index}, rowid, text) VALUES ('delete', old.number, {old.format(column)});"

    def add(index: str, column: str) -> str:
        return f"INSERT INTO {index}(rowid, text) VALUES (new.number, {new.format(column)});"

    gone, come = remove("messages_fts", "text"), add("messages_fts", "text")
    was, is_ = "old.state <> 'writing'", "new.state <> 'writing'"
    update = "AFTER UPDATE OF text, state ON messages"
    op.execute(f"CREATE TRIGGER messages_fts_inserted AFTER INSERT ON messages WHEN {is_} BEGIN {come} END")
    op.execute(f"CREATE TRIGGER messages_fts_deleted AFTER DELETE ON messages WHEN {was} BEGIN {gone} END")
    op.execute(
        f"CREATE TRIGGER messages_fts_unfinished {update} WHEN {was} AND new.state = 'writing' BEGIN {gone} END"
    )
    op.execute(
        f"CREATE TRIGGER messages_fts_finished {update} WHEN old.state = 'writing' AND {is_} BEGIN {come} END"
    )
    op.execute(f"CREATE TRIGGER messages_fts_updated {update} WHEN {was} AND {is_} BEGIN {gone} {come} END")
    for index in indexes[1:]:
        table, column, _ = _INDEXED[index]
        gone, come = remove(index, column), add(index, column)
        op.execute(f"CREATE TRIGGER {index}_inserted AFTER INSERT ON {table} BEGIN {come} END")
        op.execute(f"CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} BEGIN {gone} END")
        op.execute(f"CREATE TRIGGER {index}_updated AFTER UPDATE OF {column} ON {table} BEGIN {gone} {come} END")
