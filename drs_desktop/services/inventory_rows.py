"""Source servers as rows, with their groups and their twins; and the state of each account and Region."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.scope_trouble import ScopeCondition, trouble_of
from drs_desktop.domain.source_server import SourceServer, StagingStatus
from drs_desktop.services.views import ScopeState, SourceServerRow

FRESH_FOR = timedelta(minutes=15)
"""How long a read of an account and Region is shown without a word about its age."""


class ServerRows:
    """Makes rows of source servers; groups, accounts and twins are looked up once for all of them."""

    def __init__(
        self,
        servers: Sequence[SourceServer],
        groups: Iterable[ProtectionGroup],
        accounts: Iterable[TargetAccount],
    ) -> None:
        self.fleet = FleetIndex(servers)
        self._group_names = self.fleet.groups_of_servers(groups)
        self._account_names = {account.account_id: account.name for account in accounts}
        self._twins = twins(servers)

    def members(self, group: ProtectionGroup) -> tuple[SourceServerRow, ...]:
        """Return the rows of a group's servers."""
        return tuple(map(self.row, self.fleet.members(group)))

    def row(self, server: SourceServer) -> SourceServerRow:
        """Return the row of a source server."""
        account_id = server.key.account_id
        return SourceServerRow(
            key=server.key,
            name=server.name,
            hostname=server.hostname,
            account_id=account_id,
            account_name=self._account_names.get(account_id, account_id),
            region=server.key.region,
            operating_system=server.operating_system,
            replication_state=server.replication_state,
            replication_error=server.replication_error,
            lag=server.lag,
            is_extended=server.staging_status is StagingStatus.EXTENDED,
            staging_account_id=server.staging_account_id,
            instance_type=server.recommended_instance_type,
            private_ip=server.private_ip,
            disk_count=len(server.disks),
            disk_bytes=sum(disk.total_bytes for disk in server.disks),
            tags=server.tags,
            recovery_instance_id=server.recovery_instance_id,
            group_names=self._group_names.get(server.key, ()),
            twins=self._twins.get(server.key, ()),
            last_seen_at=server.last_seen_at,
        )


def twins(servers: Iterable[SourceServer]) -> Mapping[ServerKey, tuple[ServerKey, ...]]:
    """Return, for extended servers and those they were extended from, the other records of the machine."""
    records: dict[str, list[ServerKey]] = defaultdict(list)
    for server in servers:
        records[server.machine_arn].append(server.key)
    return {
        key: tuple(sorted(other for other in keys if other != key))
        for arn, keys in records.items()
        if arn and len(keys) > 1
        for key in keys
    }


# ---- accounts and Regions


def unread_state(scope: Scope, account_name: str) -> ScopeState:
    """Return the state of an account and Region that nobody has looked at."""
    return ScopeState(
        scope=scope,
        account_name=account_name,
        is_ok=False,
        title="Not read yet",
        next_step="Refresh to read it.",
        condition=ScopeCondition.NOT_READ,
    )


def read_state(scope: Scope, account_name: str, observed_at: datetime | None, *, is_old: bool) -> ScopeState:
    """Return the state of an account and Region that answered, now or in an earlier run."""
    return ScopeState(
        scope=scope,
        account_name=account_name,
        is_ok=True,
        title="Read a while ago" if is_old else "",
        next_step="Refresh to read it anew." if is_old else "",
        observed_at=observed_at,
        is_old=is_old,
    )


def failed_state(
    scope: Scope, account_name: str, error: AwsError, observed_at: datetime | None, *, is_signed_in: bool
) -> ScopeState:
    """Return the state of an account and Region that could not be read, with what to do about it."""
    trouble = trouble_of(error, is_signed_in=is_signed_in)
    return ScopeState(
        scope=scope,
        account_name=account_name,
        is_ok=False,
        title=trouble.title,
        explanation=str(error),
        next_step=trouble.next_step,
        observed_at=observed_at,
        condition=trouble.condition,
        is_old=observed_at is not None,
    )
