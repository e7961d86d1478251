"""What the user has written, for a personal model to learn from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "writings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_writings"),
        sa.UniqueConstraint("id", name="uq_writings_id"),
        sa.CheckConstraint("state IN ('used', 'left out', 'proposed')", name=op.f("ck_writings_state")),
    )


def downgrade() -> None:
    """Nothing is learnt from them then: that version does not know of them."""
    op.drop_table("writings")
