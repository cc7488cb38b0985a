"""How the launch settings of groups and servers are shown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.launch_changes import change_to
from drs_desktop.domain.launch_documents import GroupDefaults
from drs_desktop.domain.launch_records import (
    LaunchRecord,
    Outcome,
    SyncFacts,
    drift,
    sync_state,
    worst_state,
)
from drs_desktop.domain.launch_settings import (
    FIELD_WORDS,
    FIELDS,
    LaunchSettings,
    said,
    set_fields,
    settings_differences,
)
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.services.launch_observer import Seen
from drs_desktop.services.launch_shelf import ShelfServer
from drs_desktop.services.launch_views import GroupSettingsRow, ServerSettingsRow, SettingRow

NEVER_SEEN = "not seen yet"


def records_by_server(records: Iterable[LaunchRecord]) -> dict[ServerKey, list[LaunchRecord]]:
    """Return the records of each server, oldest first."""
    found: dict[ServerKey, list[LaunchRecord]] = defaultdict(list)
    for record in records:
        found[record.key].append(record)
    return found


def server_row(
    server: ShelfServer, seen: Seen, records: Sequence[LaunchRecord], now: datetime
) -> ServerSettingsRow:
    """Return the row of a server."""
    observed = seen.observed.get(server.key)
    in_aws = observed.settings if observed else None
    facts = SyncFacts(wanted=server.wanted, observed=in_aws, records=records, now=now)
    return ServerSettingsRow(
        key=server.key,
        name=server.name,
        group_name=server.group_name,
        state=sync_state(facts),
        settings=_setting_rows(server, in_aws),
        differences=settings_differences(in_aws, server.wanted) if in_aws else (),
        drift=drift(records, in_aws) if in_aws else (),
        observed_at=observed.observed_at if observed else None,
        problem=seen.problems.get(server.key, ""),
        last_change=_last_change(records, now),
        own_revision=server.own.revision if server.own else 0,
        uses_group_defaults=server.override.uses_group_defaults,
    )


def _setting_rows(server: ShelfServer, in_aws: LaunchSettings | None) -> tuple[SettingRow, ...]:
    wished, origins = set_fields(server.wanted), server.origins
    different = change_to(in_aws, server.wanted).names if in_aws else ()
    return tuple(
        SettingRow(
            name=name,
            words=FIELD_WORDS[name],
            wanted=said(wished[name]) if name in wished else None,
            origin=origins[name],
            in_aws=NEVER_SEEN if in_aws is None else said(getattr(in_aws, name)),
            is_different=name in different,
        )
        for name in FIELDS
    )


def _last_change(records: Sequence[LaunchRecord], now: datetime) -> str:
    if not records:
        return ""
    last = records[-1]
    when = f"{last.ended_at or last.begun_at:%Y-%m-%d %H:%M} UTC by {last.begun_by}"
    if last.is_under_way(now):
        return f"{last.verb}: under way since {when}"
    if last.outcome is Outcome.BEGUN:
        return f"{last.verb}: begun {when}; its end was never written down, so a part of it may be in force"
    return f"{last.verb}: {last.outcome} {when}" + (f": {last.problem}" if last.problem else "")


def group_row(
    group: ProtectionGroup, defaults: Mapping[GroupId, GroupDefaults], rows: Sequence[ServerSettingsRow]
) -> GroupSettingsRow:
    """Return the row of a group, from those of its servers."""
    kept = defaults.get(group.group_id) or GroupDefaults(group_id=group.group_id)
    return GroupSettingsRow(
        group_id=group.group_id,
        name=group.name,
        defaults=kept.settings,
        revision=kept.revision,
        state=worst_state(row.state for row in rows if row.group_name == group.name),
    )
