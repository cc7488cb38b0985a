"""What the staging accounts themselves say of the servers that are extended from them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from drs_desktop.domain.accounts import StagingAccount
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import Region, SourceServerId
from drs_desktop.domain.ports import DrsReader, WorkspaceRepository
from drs_desktop.domain.readiness import Check, Level, PlanFacts, ReadinessFinding
from drs_desktop.domain.readiness_finding import all_servers, moment_words, servers_counted, some
from drs_desktop.domain.source_server import DataReplicationState, SourceServer, StagingStatus
from drs_desktop.domain.staging_ports import StagingAccess

MOST_POINTS_READ = 20
"""For how many servers that are behind the newest point in time is read; each takes a call."""


@dataclass(kw_only=True)
class _Extended:
    """The servers of a plan that are extended from one account, in one Region."""

    staging: StagingAccount
    region: Region
    servers: list[SourceServer] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"staging account {self.staging.account_id}, {self.region}"


class StagingCheck:
    """Asks the registered staging accounts, through their own roles, how the twins of servers stand."""

    def __init__(self, access: StagingAccess, repository: WorkspaceRepository) -> None:
        self._access = access
        self._repository = repository

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return the lines about each staging account that is registered and has servers of the plan.

        None of them stands against a start: the staging account may be what was lost.
        """
        groups = await self._extended(facts)
        lines = await asyncio.gather(*(self._of(group) for group in groups))
        return [line for some_lines in lines for line in some_lines]

    async def _extended(self, facts: PlanFacts) -> list[_Extended]:
        accounts = {account.account_id: account for account in await self._repository.accounts()}
        found: dict[tuple[str, Region], _Extended] = {}
        known = facts.servers
        for frozen in all_servers(facts.waves):
            server, account = known.get(frozen.key), accounts.get(frozen.key.account_id)
            if server is None or account is None or server.staging_status is not StagingStatus.EXTENDED:
                continue
            staging = account.staging_account(server.staging_account_id)
            if staging is not None:
                place = (staging.role_arn, frozen.key.region)
                group = found.setdefault(place, _Extended(staging=staging, region=frozen.key.region))
                group.servers.append(server)
        return list(found.values())

    async def _of(self, group: _Extended) -> list[ReadinessFinding]:
        reader = self._access.staging_reader(group.staging, group.region)
        try:
            twins = await reader.describe_source_servers([_twin_id(server) for server in group.servers])
            by_arn = {twin.arn: twin for twin in twins}
            points = await _points(reader, [twin for twin in twins if _is_behind(twin)])
        except AwsError as error:
            counted = servers_counted(len(group.servers))
            text = f"The replication of {counted} could not be checked in {group.where}: {error}"
            return [_line(Level.NOT_CHECKED, text)]
        return list(_lines(group, by_arn, points))


def _twin_id(server: SourceServer) -> SourceServerId:
    return SourceServerId(server.staging_arn.rpartition("/")[2])


def _is_behind(twin: SourceServer) -> bool:
    return twin.replication_state is not DataReplicationState.CONTINUOUS


async def _points(reader: DrsReader, twins: Sequence[SourceServer]) -> dict[str, str]:
    """Return when the newest point in time was taken, in words, by ARN; for as many as are read."""
    read = twins[:MOST_POINTS_READ]
    found = await asyncio.gather(
        *(reader.describe_recovery_snapshots(twin.key.source_server_id) for twin in read)
    )
    words = {}
    for twin, snapshots in zip(read, found, strict=True):
        times = [one.taken_at for one in snapshots if one.taken_at is not None]
        words[twin.arn] = f"newest point in time {moment_words(max(times))}" if times else "no point in time"
    return words


def _lines(
    group: _Extended, twins: dict[str, SourceServer], points: dict[str, str]
) -> Iterator[ReadinessFinding]:
    gone = [server.name for server in group.servers if server.staging_arn not in twins]
    by_state = defaultdict(list)
    for server in group.servers:
        twin = twins.get(server.staging_arn)
        if twin is not None and _is_behind(twin):
            point = points.get(twin.arn, "")
            by_state[twin.replication_state].append(f"{server.name} ({point})" if point else server.name)
    if gone:
        text = f"{servers_counted(len(gone))} no longer in {group.where}: {some(gone)}."
        yield _line(Level.WARNING, text, "What was extended from there replicates no more.")
    for state, names in by_state.items():
        text = f"{servers_counted(len(names))} not in continuous replication in {group.where} ({state}): "
        yield _line(Level.WARNING, f"{text}{some(names)}.", "Look at the replication there.")
    if not gone and not by_state:
        text = f"{servers_counted(len(group.servers))} in continuous replication in {group.where}."
        yield _line(Level.PASSED, text)


def _line(level: Level, text: str, fix: str = "") -> ReadinessFinding:
    return ReadinessFinding(level=level, text=text, fix=fix, check=Check.REPLICATION, is_essential=False)
