"""Bring the cache of source servers: the newest good read of each account and Region."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; its rows may be thrown away at any time."""
    op.create_table(
        "inventory_reading",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("observed_at", sa.Text, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
        sa.Column("servers", sa.Text, nullable=False),
    )
