"""How much each preference weighs, and those of the user's own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dimensions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_dimensions"),
        sa.UniqueConstraint("id", name="uq_dimensions_id"),
    )


def downgrade() -> None:
    """Preferences weigh nothing then: that version does not know of them."""
    op.drop_table("dimensions")
