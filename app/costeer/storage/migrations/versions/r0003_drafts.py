"""Drafts: what is half written, of a question to come or of one that is being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_drafts"),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.id"],
            name="fk_drafts_conversation_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question"], ["messages.id"], name="fk_drafts_question_messages", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_drafts_conversation", "drafts", ["conversation"])
    op.create_index("ix_drafts_question", "drafts", ["question"])


def downgrade() -> None:
    op.drop_table("drafts")
