"""The LaunchSettingsStore port on SQL: what is wanted, what was seen, and a record of each change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, delete, func, insert, select, update

from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.launch_documents import (
    GroupDefaults,
    ServerSettings,
    SettingsDocument,
    SettingsVersion,
    StaleSettings,
)
from drs_desktop.domain.launch_records import ABANDONED_AFTER, LaunchRecord, ObservedLaunch
from drs_desktop.domain.ports import Clock
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import decode_document, encode_document
from drs_desktop.storage.schema import document_version, metadata

_KINDS: dict[str, type[Any]] = {"launch-group": GroupDefaults, "launch-server": ServerSettings}

launch_observation = Table(
    "launch_observation",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("source_server_id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
"""What AWS was last seen to have; a cache with its age, that any look renews."""

launch_record = Table(
    "launch_record",
    metadata,
    Column("record_id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("source_server_id", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Each change of a server with the values before; written before its first call, ended after its last."""


class SqlLaunchSettingsStore:
    """The launch settings of one workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # ---- what is wanted

    async def groups(self) -> dict[GroupId, GroupDefaults]:
        """Return the defaults of every group that ever saved any; see the port."""
        found: Sequence[GroupDefaults] = await self._newest("launch-group")
        return {one.group_id: one for one in found}

    async def servers(self) -> dict[ServerKey, ServerSettings]:
        """Return the own settings of every server that ever saved any; see the port."""
        found: Sequence[ServerSettings] = await self._newest("launch-server")
        return {one.key: one for one in found}

    async def _newest(self, kind: str) -> list[Any]:
        newest = (
            select(func.max(document_version.c.version_id))
            .where(document_version.c.kind == kind)
            .group_by(document_version.c.document_id)
        )
        query = select(document_version.c.body).where(document_version.c.version_id.in_(newest))
        bodies = await self._database.read(lambda c: c.execute(query).scalars().all())
        return [decode_document(_KINDS[kind], body) for body in bodies]

    async def save(self, documents: Sequence[SettingsDocument], *, by: str) -> None:
        """Save documents as their next versions; see the port."""
        now = self._clock.local_now()

        def work(connection: Connection) -> None:
            for document in documents:
                _insert_version(connection, document, by, now)

        await self._database.write(work)

    async def versions(self, document: SettingsDocument) -> tuple[SettingsVersion, ...]:
        """Return every version of the same settings, newest first; see the port."""
        kind, document_id = _identity(document)
        query = (
            select(document_version)
            .where(document_version.c.kind == kind, document_version.c.document_id == document_id)
            .order_by(document_version.c.revision.desc())
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(_version(row) for row in rows)

    # ---- what was seen

    async def observed(self) -> dict[ServerKey, ObservedLaunch]:
        """Return what AWS was last seen to have; see the port."""
        query = select(launch_observation.c.body)
        bodies = await self._database.read(lambda c: c.execute(query).scalars().all())
        found: list[ObservedLaunch] = [decode_document(ObservedLaunch, body) for body in bodies]
        return {one.key: one for one in found}

    async def remember(self, observed: Sequence[ObservedLaunch]) -> None:
        """Keep what AWS was just seen to have; see the port."""

        def work(connection: Connection) -> None:
            for one in observed:
                connection.execute(delete(launch_observation).where(*_is(launch_observation, one.key)))
                row = {**_place(one.key), "body": encode_document(one)}
                connection.execute(insert(launch_observation).values(row))

        await self._database.write(work)

    # ---- what was written

    async def records(self, key: ServerKey | None = None) -> tuple[LaunchRecord, ...]:
        """Return what was written, oldest first; see the port."""
        query = select(launch_record).order_by(launch_record.c.record_id)
        if key is not None:
            query = query.where(*_is(launch_record, key))
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(_record(row) for row in rows)

    async def begin(self, record: LaunchRecord) -> LaunchRecord:
        """Write down that a change is about to be made; see the port."""

        def work(connection: Connection) -> int:
            _refuse_second(connection, record)
            row = {**_place(record.key), "body": encode_document(record)}
            made = connection.execute(insert(launch_record).values(row)).inserted_primary_key
            assert made is not None
            return int(made[0])

        return replace(record, record_id=await self._database.write(work))

    async def end(self, record: LaunchRecord) -> None:
        """Write down how a change ended; see the port."""
        mine = launch_record.c.record_id == record.record_id
        body = encode_document(record)
        await self._database.write(lambda c: c.execute(update(launch_record).where(mine).values(body=body)))


def _place(key: ServerKey) -> dict[str, str]:
    return {
        "account_id": key.account_id,
        "region": key.region,
        "source_server_id": key.source_server_id,
    }


def _is(table: Table, key: ServerKey) -> list[Any]:
    return [table.c[name] == value for name, value in _place(key).items()]


def _identity(document: SettingsDocument) -> tuple[str, str]:
    if isinstance(document, GroupDefaults):
        return "launch-group", document.group_id
    return "launch-server", str(document.key)


def _insert_version(connection: Connection, document: SettingsDocument, by: str, now: datetime) -> None:
    kind, document_id = _identity(document)
    query = (
        select(document_version.c.body)
        .where(document_version.c.kind == kind, document_version.c.document_id == document_id)
        .order_by(document_version.c.revision.desc())
        .limit(1)
    )
    body = connection.execute(query).scalar()
    newest: SettingsDocument | None = None if body is None else decode_document(_KINDS[kind], body)
    if newest is not None and newest.revision != document.revision:
        raise StaleSettings(document, newest)
    saved = replace(document, revision=document.revision + 1)
    connection.execute(
        insert(document_version).values(
            kind=kind,
            document_id=document_id,
            revision=saved.revision,
            body=encode_document(saved),
            saved_at=now.isoformat(),
            saved_by=by,
        )
    )


def _version(row: Row[Any]) -> SettingsVersion:
    return SettingsVersion(
        saved_at=datetime.fromisoformat(row.saved_at),
        saved_by=row.saved_by,
        document=decode_document(_KINDS[row.kind], row.body),
    )


def _record(row: Row[Any]) -> LaunchRecord:
    found: LaunchRecord = decode_document(LaunchRecord, row.body)
    return replace(found, record_id=row.record_id)


def _refuse_second(connection: Connection, record: LaunchRecord) -> None:
    query = (
        select(launch_record)
        .where(*_is(launch_record, record.key))
        .order_by(launch_record.c.record_id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    last = None if row is None else _record(row)
    if last is not None and last.is_under_way(record.begun_at):
        until = last.begun_at + ABANDONED_AFTER
        raise CommandRefused(
            f"The launch settings of {record.key.source_server_id} are being written by {last.begun_by} "
            f"since {last.begun_at:%H:%M:%S} UTC. If that console is gone, try again after "
            f"{until:%H:%M:%S} UTC."
        )
