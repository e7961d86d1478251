"""Private words, and what the user wants of the private texts that a conversation holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "private_words",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_private_words"),
        sa.UniqueConstraint("id", name="uq_private_words_id"),
        sa.CheckConstraint("label IN ('name', 'address', 'code', 'other')", name=op.f("ck_private_words_label")),
    )
    op.create_table(
        "remembered_choices",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_remembered_choices"),
        sa.UniqueConstraint("text", name="uq_remembered_choices_text"),
        sa.CheckConstraint("choice IN ('send', 'replace')", name=op.f("ck_remembered_choices_choice")),
    )
    op.create_table(
        "disclosures",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("placeholder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_disclosures"),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.id"],
            name="fk_disclosures_conversation_conversations",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "(choice = 'replace') = (placeholder <> '') AND choice IN ('send', 'replace')",
            name=op.f("ck_disclosures_choice"),
        ),
    )
    op.create_index("ix_disclosures_conversation", "disclosures", ["conversation"])


def downgrade() -> None:
    """Private words are kept from nobody then: that version does not know of them."""
    op.drop_table("disclosures")
    op.drop_table("remembered_choices")
    op.drop_table("private_words")
