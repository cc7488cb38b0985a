"""The tables. The journal is the truth; everything else but the versions of groups and plans is derived."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("execution_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("execution_id", "sequence", name="journal_sequence_is_unique"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("execution_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),
)

claim = Table(
    "claim",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("source_server_id", Text, primary_key=True),
    Column("execution_id", Text, nullable=False),
    Column("attempt", Text, nullable=False),
)
"""One live attempt per account, Region and server, over all executions and processes."""

operator_input = Table(
    "operator_input",
    metadata,
    Column("command_id", Integer, primary_key=True, autoincrement=True),
    Column("execution_id", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("left_at", Text, nullable=False),
    Column("answered_at", Text),
    Column("refusal", Text, nullable=False, server_default=""),
    Column("needs_operator", Boolean, nullable=False, server_default="0"),
)
Index(
    "operator_input_unanswered",
    operator_input.c.execution_id,
    sqlite_where=operator_input.c.answered_at.is_(None),
    postgresql_where=operator_input.c.answered_at.is_(None),
)

execution_summary = Table(
    "execution_summary",
    metadata,
    Column("execution_id", Text, primary_key=True),
    Column("plan_name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("needs_person", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("version", Integer, nullable=False),
    Column("endpoint", Text, nullable=False),
)
Index("execution_summary_by_time", execution_summary.c.created_at.desc())

document_version = Table(
    "document_version",
    metadata,
    Column("version_id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    UniqueConstraint("kind", "document_id", "revision", name="revision_is_unique"),
)
"""Every version of every group, plan and account; the newest revision of an id is the one in force."""
