"""Keys of what is kept outside the database, and what texts were made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_keys"),
    )
    op.add_column("writings", sa.Column("made_from", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """What was sealed under them can no longer be read, and is made anew."""
    op.drop_column("writings", "made_from")
    op.drop_table("keys")
