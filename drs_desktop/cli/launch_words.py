"""Launch settings, previews, results and histories, as lines for people and as JSON."""

from collections.abc import Iterable, Sequence
from itertools import groupby, zip_longest
from typing import Any

from drs_desktop.cli.plain_text import aligned, counted, moment
from drs_desktop.domain.address_checks import NetworkFacts, SettingFinding
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_documents import SettingsVersion, version_differences
from drs_desktop.domain.launch_records import LaunchRecord
from drs_desktop.domain.launch_settings import FIELD_WORDS, SettingOrigin, said, set_fields
from drs_desktop.domain.readiness_finding import some
from drs_desktop.services.launch_views import (
    EditReport,
    GroupSettingsRow,
    LaunchPreview,
    LaunchReport,
    LaunchSettingsView,
    PreviewLine,
    ServerOutcome,
    ServerSettingsRow,
    SettingRow,
)

WHOLE = 5
"""As many servers are shown with every setting; more of them with a line each."""
TOLD = 20
"""As many results are told one by one; of more, those that went wrong."""

# ---- what is wanted and what is


def view_lines(view: LaunchSettingsView) -> Iterable[str]:
    """Return groups with their defaults, and servers with each setting and where it comes from."""
    for group in view.groups:
        yield from _group_lines(group)
    if len(view.servers) > WHOLE:
        yield from aligned([_server_cells(server) for server in view.servers])
        yield "`--server NAME` shows one of them whole, `--json` all."
    else:
        yield from (line for server in view.servers for line in _server_lines(server))
    if not view.groups and not view.servers:
        yield "There is no group and no server to show."


def _group_lines(group: GroupSettingsRow) -> Iterable[str]:
    yield f"Group {group.name}: {group.state}" + (
        f" (revision {group.revision})" if group.revision else "; nothing is kept for it"
    )
    wanted = set_fields(group.defaults)
    yield from aligned([(FIELD_WORDS[name], said(wanted[name])) for name in wanted], indent="  ")


def _server_cells(server: ServerSettingsRow) -> tuple[str, ...]:
    told = [*server.drift, *server.differences] or [server.problem]
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return (server.name, server.key.source_server_id, server.group_name, server.state.value, told[0] + more)


def _server_lines(server: ServerSettingsRow) -> Iterable[str]:
    place = f"in {server.group_name}" if server.group_name else "in no group"
    alone = "" if server.uses_group_defaults else "; the group's defaults do not count"
    yield f"Server {server.name} ({server.key.source_server_id}), {place}: {server.state}{alone}"
    shown = [one for one in server.settings if one.wanted is not None or one.in_aws != "not set"]
    yield from aligned([_setting_cells(one) for one in shown], indent="  ")
    yield from (f"  DIFFERENT  {text}" for text in server.differences)
    yield from (f"  {text}" for text in server.drift)
    if server.last_change:
        yield f"  Last change: {server.last_change}"
    if server.problem:
        yield f"  NOT READ  {server.problem} {_age(server)}"
    elif server.observed_at:
        yield f"  AWS as of {moment(server.observed_at)}"


def _age(server: ServerSettingsRow) -> str:
    if server.observed_at is None:
        return "It was never seen."
    return f"What is shown is of {moment(server.observed_at)}."


def _setting_cells(row: SettingRow) -> tuple[str, ...]:
    origin = "AWS" if row.origin is SettingOrigin.UNSET else row.origin.value
    value = row.in_aws if row.wanted is None else row.wanted
    return (row.words, value, f"from {origin}", f"AWS has {row.in_aws}" if row.is_different else "")


def view_json(view: LaunchSettingsView) -> dict[str, Any]:
    """Return groups and servers with each setting."""
    return {
        "groups": [_group_json(group) for group in view.groups],
        "servers": [_server_json(server) for server in view.servers],
    }


def _group_json(group: GroupSettingsRow) -> dict[str, Any]:
    return {
        "group_id": group.group_id,
        "name": group.name,
        "state": group.state.value,
        "revision": group.revision,
        "defaults": {name: _plain(value) for name, value in set_fields(group.defaults).items()},
    }


def _server_json(server: ServerSettingsRow) -> dict[str, Any]:
    return {
        **_key_json(server.key),
        "name": server.name,
        "group": server.group_name or None,
        "state": server.state.value,
        "uses_group_defaults": server.uses_group_defaults,
        "revision": server.own_revision,
        "settings": {one.name: _setting_json(one) for one in server.settings},
        "differences": list(server.differences),
        "changed_outside": list(server.drift),
        "last_change": server.last_change or None,
        "observed_at": server.observed_at.isoformat() if server.observed_at else None,
        "problem": server.problem or None,
    }


def _setting_json(row: SettingRow) -> dict[str, Any]:
    return {
        "wanted": row.wanted,
        "origin": row.origin.value,
        "in_aws": row.in_aws,
        "is_different": row.is_different,
    }


def _key_json(key: ServerKey) -> dict[str, str]:
    return {"id": key.source_server_id, "account": key.account_id, "region": key.region}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# ---- editing


def edit_lines(report: EditReport) -> Iterable[str]:
    """Return what an edit changed, or would."""
    if not report.differences:
        yield f"{report.title}: nothing would change; revision {report.revision} stays."
    elif report.is_saved:
        yield f"{report.title}: saved as revision {report.revision}. AWS stays as it is until it is applied."
    else:
        yield f"{report.title}: would change. Nothing was saved."
    yield from (f"  {text}" for text in report.differences)
    yield from (_finding_line(finding) for finding in report.findings)


def edit_json(report: EditReport) -> dict[str, Any]:
    """Return what an edit changed, or would."""
    return {
        "is_saved": report.is_saved,
        "revision": report.revision,
        "differences": list(report.differences),
        "findings": [_finding_json(finding) for finding in report.findings],
    }


def _finding_line(finding: SettingFinding) -> str:
    return f"  {finding.level.value.upper():<12} {finding.text}"


def _finding_json(finding: SettingFinding) -> dict[str, str]:
    return {"problem": finding.problem.value, "level": finding.level.value, "text": finding.text}


# ---- writing to AWS


def preview_lines(preview: LaunchPreview) -> Iterable[str]:
    """Return what would be written, server by server, and how to take it back."""
    for alike in _alike(preview.due):
        yield from _preview_lines(alike)
    same = len(preview.lines) - len(preview.due)
    if same:
        yield f"{counted(same, 'server')}: as wanted already."
    if not preview.lines:
        yield "There is nothing to write: nothing is kept for these servers, or nothing was applied."
    elif preview.due:
        yield (
            "UpdateLaunchConfiguration is called where DRS settings change; CreateLaunchTemplateVersion and "
            "ModifyLaunchTemplate where the launch template does. `launch-settings restore` takes it back."
        )
        yield f"Fingerprint: {preview.fingerprint}"


def _alike(lines: Sequence[PreviewLine]) -> list[list[PreviewLine]]:
    """Return the servers to which the very same happens together."""

    def fate(line: PreviewLine) -> tuple[Any, ...]:
        return (line.sentences, line.hindrances, line.unchecked)

    return [list(found) for _, found in groupby(sorted(lines, key=fate), key=fate)]


def _preview_lines(alike: Sequence[PreviewLine]) -> Iterable[str]:
    line, names = alike[0], some(sorted(one.name for one in alike))
    where = " and ".join(sorted({str(one.key.scope) for one in alike}))
    yield f"{counted(len(alike), 'server')} in {where}: {names}"
    yield from (f"  {text}" for text in line.sentences)
    yield from (f"  FAILED       {text}" for text in line.hindrances)
    yield from (f"  NOT CHECKED  {text}" for text in line.unchecked)


def preview_json(preview: LaunchPreview) -> dict[str, Any]:
    """Return what would be written."""
    return {
        "verb": preview.verb.value,
        "fingerprint": preview.fingerprint,
        "servers": [_line_json(line) for line in preview.lines],
    }


def _line_json(line: PreviewLine) -> dict[str, Any]:
    return {
        **_key_json(line.key),
        "name": line.name,
        "changes": list(line.sentences),
        "fields": list(line.change.names),
        "hindrances": list(line.hindrances),
        "not_checked": list(line.unchecked),
    }


def report_lines(report: LaunchReport) -> Iterable[str]:
    """Return what came of each server, failures last, and the sum."""
    told = report.outcomes if len(report.outcomes) <= TOLD else report.failed
    ordered = sorted(told, key=lambda one: not one.is_well)
    yield from (f"{'ok    ' if one.is_well else 'FAILED'}  {one.name}: {one.text}" for one in ordered)
    yield f"{len(report.outcomes) - len(report.failed)} of {counted(len(report.outcomes), 'server')} well."


def report_json(report: LaunchReport) -> dict[str, Any]:
    """Return what came of each server."""
    return {"verb": report.verb.value, "results": [_outcome_json(one) for one in report.outcomes]}


def _outcome_json(outcome: ServerOutcome) -> dict[str, Any]:
    return {
        **_key_json(outcome.key),
        "name": outcome.name,
        "is_well": outcome.is_well,
        "is_written": outcome.is_written,
        "text": outcome.text,
    }


# ---- histories and choices


def version_lines(versions: Sequence[SettingsVersion]) -> Iterable[str]:
    """Return every version, newest first, with what it changed."""
    for version, before in zip_longest(versions, versions[1:]):
        yield f"revision {version.document.revision}, {moment(version.saved_at)}, {version.saved_by}"
        told = version_differences(before.document, version.document) if before else ("the first",)
        yield from (f"  {text}" for text in told)


def version_json(version: SettingsVersion) -> dict[str, Any]:
    """Return one version."""
    return {
        "revision": version.document.revision,
        "saved_at": version.saved_at.isoformat(),
        "saved_by": version.saved_by,
    }


def record_lines(records: Sequence[LaunchRecord]) -> Iterable[str]:
    """Return what was written to AWS, newest first."""
    for record in reversed(records):
        yield f"{record.verb} {record.outcome}, {moment(record.begun_at)}, {record.begun_by}"
        yield from (f"  {text}" for text in record.change.sentences(record.before))
        if record.problem:
            yield f"  {record.problem}"


def record_json(record: LaunchRecord) -> dict[str, Any]:
    """Return one change that was written to AWS."""
    return {
        "verb": record.verb.value,
        "outcome": record.outcome.value,
        "fields": list(record.change.names),
        "begun_at": record.begun_at.isoformat(),
        "begun_by": record.begun_by,
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "problem": record.problem or None,
        "hash": record.after_hash,
    }


def choice_lines(facts: NetworkFacts) -> Iterable[str]:
    """Return the subnets, security groups and instance profiles there are."""
    rows = [("subnet", one.subnet_id, one.cidr, one.vpc_id) for one in (facts.subnets or {}).values()]
    rows += [("security group", one, "", vpc) for one, vpc in (facts.security_group_vpcs or {}).items()]
    rows += [("instance profile", one, "", "") for one in facts.instance_profiles or ()]
    yield from aligned(sorted(rows))
    yield from (f"NOT READ  {what}" for what in unread_choices(facts))


def choice_json(facts: NetworkFacts) -> dict[str, Any]:
    """Return what there is to choose from; null where it could not be read."""
    subnets, groups, profiles = facts.subnets, facts.security_group_vpcs, facts.instance_profiles
    return {
        "subnets": None
        if subnets is None
        else [{"id": one.subnet_id, "vpc": one.vpc_id, "cidr": one.cidr} for one in subnets.values()],
        "security_groups": None
        if groups is None
        else [{"id": one, "vpc": vpc} for one, vpc in groups.items()],
        "instance_profiles": None if profiles is None else sorted(profiles),
    }


def unread_choices(facts: NetworkFacts) -> list[str]:
    """Return what could not be read."""
    found = {
        "subnets": facts.subnets,
        "security groups": facts.security_group_vpcs,
        "instance profiles": facts.instance_profiles,
    }
    return [what for what, value in found.items() if value is None]
