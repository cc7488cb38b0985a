"""Bring the first tables: journal, leases, claims, commands, summaries and document versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY = ("journal", "document_version")


def upgrade() -> None:
    """Create the tables, and the triggers that make the journal append-only."""
    op.create_table(
        "journal",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("driver", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("execution_id", "sequence", name="journal_sequence_is_unique"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lease",
        sa.Column("execution_id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_table(
        "claim",
        sa.Column("endpoint", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("source_server_id", sa.Text, primary_key=True),
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Text, nullable=False),
    )
    _create_command_and_list_tables()
    _refuse_changes()


def _create_command_and_list_tables() -> None:
    op.create_table(
        "operator_input",
        sa.Column("command_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("execution_id", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("left_at", sa.Text, nullable=False),
        sa.Column("answered_at", sa.Text),
        sa.Column("refusal", sa.Text, nullable=False, server_default=""),
        sa.Column("needs_operator", sa.Boolean, nullable=False, server_default="0"),
    )
    unanswered = sa.text("answered_at IS NULL")
    op.create_index(
        "operator_input_unanswered",
        "operator_input",
        ["execution_id"],
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )
    op.create_table(
        "execution_summary",
        sa.Column("execution_id", sa.Text, primary_key=True),
        sa.Column("plan_name", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("needs_person", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
    )
    op.create_index("execution_summary_by_time", "execution_summary", [sa.text("created_at DESC")])
    op.create_table(
        "document_version",
        sa.Column("version_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.UniqueConstraint("kind", "document_id", "revision", name="revision_is_unique"),
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT raise(abort, '{table} is append-only'); END"
            )
