"""A document may wait for a conversation that is not stored yet."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replace(nullable=True)


def downgrade() -> None:
    """What waits for a conversation gets one, as it was before: nothing that was not removed may be lost."""
    made = uuid.uuid4().hex
    op.execute(
        "INSERT INTO conversations (id, title, created, changed, pinned, folder, titled_by) "
        f"SELECT '{made}', '', max(created), max(created), 0, '', 'question' FROM documents "
        "WHERE conversation IS NULL HAVING count(*) > 0"
    )
    op.execute(f"UPDATE documents SET conversation = '{made}' WHERE conversation IS NULL")
    _replace(nullable=False)


def _replace(*, nullable: bool) -> None:
    """Make the table anew, as SQLite wants it."""
    op.create_table(
        "documents_new",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=nullable),
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
    names = "number, id, conversation, message, name, scope, text, created"
    op.execute(f"INSERT INTO documents_new ({names}) SELECT {names} FROM documents ORDER BY number")
    op.drop_table("documents")  # its indexes go with it
    op.rename_table("documents_new", "documents")
    op.create_index("ix_documents_conversation", "documents", ["conversation"])
    op.create_index("ix_documents_message", "documents", ["message"])
