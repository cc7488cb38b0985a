"""Bring launch settings: what AWS was seen to have, and the record of each change with the values before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the two tables; what groups and servers want stands among the versioned documents."""
    op.create_table(
        "launch_observation",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("source_server_id", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "launch_record",
        sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("source_server_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("launch_record_by_server", "launch_record", ["account_id", "region", "source_server_id"])
