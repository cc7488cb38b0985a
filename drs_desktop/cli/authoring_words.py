"""Plans, groups, servers and changes of them, as lines for people and as JSON."""

from collections.abc import Iterable
from typing import Any

from drs_desktop.cli.plain_text import aligned, counted, moment, span
from drs_desktop.services.api import Services
from drs_desktop.services.authoring_service import ChangeReport, DocumentDraft
from drs_desktop.services.views import (
    LastExecution,
    PlanRow,
    PlanWaveRow,
    ProtectionGroupRow,
    ScopeState,
    SourceServerRow,
)

# ---- changes


def report_lines(report: ChangeReport) -> Iterable[str]:
    """Return what a change would do and what stands in its way, a line each."""
    for draft in report.drafts:
        yield f"{draft.kind.capitalize()} {draft.name}: {draft.verb}."
        yield from (f"  {text}" for text in draft.differences)
    if not report.drafts:
        yield "Nothing would change."
    yield from (f"FAILED       {text}" for text in report.problems)
    yield from (f"NOT CHECKED  {text}" for text in report.unchecked)


def report_json(services: Services, report: ChangeReport, *, is_saved: bool) -> dict[str, Any]:
    """Return a change, what stands in its way, and whether it was made."""
    return {
        "workspace": services.info.name,
        "is_saved": is_saved,
        "changes": [_draft_json(draft) for draft in report.drafts],
        "problems": list(report.problems),
        "not_checked": list(report.unchecked),
    }


def _draft_json(draft: DocumentDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "name": draft.name,
        "change": draft.verb,
        "differences": list(draft.differences),
    }


# ---- plans


def plan_lines(row: PlanRow) -> Iterable[str]:
    """Return a plan with its waves."""
    yield f"{row.name} (revision {row.revision})"
    if facts := [*_target_words(row)]:
        yield f"  {'; '.join(facts)}"
    yield from aligned([_wave_cells(wave) for wave in row.waves], indent="  ")
    yield from (f"  FAILED  {problem}" for problem in row.problems)
    if row.live_execution_id:
        yield f"  Execution {row.live_execution_id} of it is live."
    elif row.last_execution is not None:
        last = row.last_execution
        yield f"  Last: {last.mode} {last.execution_id}, {last.status}, begun {moment(last.created_at)}."
    if row.shares_with:
        yield f"  Shares servers with {', '.join(row.shares_with)}; only one of them runs at a time."
    if row.held_by:
        yield f"  {', '.join(row.held_by)} runs now and holds them."


def _target_words(row: PlanRow) -> Iterable[str]:
    if row.owner:
        yield f"owner {row.owner}"
    if row.recovery_time is not None:
        yield f"RTO {span(row.recovery_time)}"
    if row.recovery_point is not None:
        yield f"RPO {span(row.recovery_point)}"


def _wave_cells(wave: PlanWaveRow) -> tuple[str, ...]:
    after = " and ".join(f"wave {number}" for number in wave.depends_on)
    return (
        f"{wave.number}",
        wave.name,
        counted(len(wave.servers), "server"),
        f"after {after}" if after else "at once",
        "pause before it" if wave.pause_before else "",
        ", ".join(wave.group_names),
    )


def plan_json(row: PlanRow) -> dict[str, Any]:
    """Return a plan with its waves and the servers in them now."""
    return {
        "plan_id": row.plan_id,
        "name": row.name,
        "description": row.description,
        "revision": row.revision,
        "waves": [_wave_json(wave) for wave in row.waves],
        "problems": list(row.problems),
        "live_execution_id": row.live_execution_id,
        "owner": row.owner,
        "notes": row.notes,
        "rto_seconds": row.recovery_time.total_seconds() if row.recovery_time else None,
        "rpo_seconds": row.recovery_point.total_seconds() if row.recovery_point else None,
        "last_execution": _last_json(row.last_execution),
        "shares_with": list(row.shares_with),
        "held_by": list(row.held_by),
        "can_start": row.can_start.enabled,
        "why_not": row.can_start.reason,
    }


def _last_json(last: LastExecution | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {
        "execution": last.execution_id,
        "mode": last.mode,
        "status": last.status,
        "created_at": last.created_at.isoformat(),
        "ended_at": last.ended_at.isoformat() if last.ended_at else None,
    }


def _wave_json(wave: PlanWaveRow) -> dict[str, Any]:
    return {
        "number": wave.number,
        "name": wave.name,
        "groups": list(wave.group_names),
        "depends_on": list(wave.depends_on),
        "pause_before": wave.pause_before,
        "instruction": wave.instruction,
        "failure_policy": wave.failure_policy,
        "time_limit_seconds": wave.time_limit.total_seconds() if wave.time_limit else None,
        "steps": list(wave.step_names),
        "servers": [_server_name_json(server) for server in wave.servers],
    }


def _server_name_json(server: SourceServerRow) -> dict[str, Any]:
    return {"id": server.key.source_server_id, "name": server.name}


# ---- groups


def group_lines(row: ProtectionGroupRow, *, is_whole: bool) -> Iterable[str]:
    """Return a group; `is_whole` adds its members."""
    count = counted(len(row.members), "server") + (
        "" if row.is_complete else " known; some could not be read"
    )
    yield f"{row.name}: {row.selection}; {count}"
    if row.plan_names:
        yield f"  in {', '.join(row.plan_names)}"
    yield from (f"  FAILED  DRS no longer has {key}." for key in row.missing)
    if is_whole:
        yield from aligned([server_cells(server) for server in row.members], indent="  ")


def group_json(row: ProtectionGroupRow) -> dict[str, Any]:
    """Return a group with its members."""
    return {
        "group_id": row.group_id,
        "name": row.name,
        "description": row.description,
        "selection": row.selection,
        "scopes": [{"account": scope.account_id, "region": scope.region} for scope in row.scopes],
        "members": [server_json(server) for server in row.members],
        "missing": [str(key) for key in row.missing],
        "plans": list(row.plan_names),
        "is_complete": row.is_complete,
    }


# ---- servers


def server_cells(server: SourceServerRow) -> tuple[str, ...]:
    """Return a server as the cells of a line."""
    return (
        server.name,
        server.key.source_server_id,
        server.account_name,
        server.region,
        server.replication_state.value,
        f"lag {server.lag}" if server.lag else "",
        ", ".join(server.group_names) or "in no group",
    )


def server_json(server: SourceServerRow) -> dict[str, Any]:
    """Return a server of the inventory."""
    return {
        "id": server.key.source_server_id,
        "name": server.name,
        "account": server.account_id,
        "region": server.region,
        "replication_state": server.replication_state.value,
        "lag_seconds": server.lag.total_seconds() if server.lag is not None else None,
        "is_extended": server.is_extended,
        "staging_account": server.staging_account_id or None,
        "last_seen_at": server.last_seen_at.isoformat() if server.last_seen_at else None,
        "same_machine": [str(key) for key in server.twins],
        "tags": dict(server.tags),
        "groups": list(server.group_names),
    }


def scope_line(state: ScopeState) -> str:
    """Return how the last look at an account and Region went, and how old what is shown of it is."""
    shown = ""
    if state.is_old and state.observed_at is not None:
        shown = f"What is shown of it was read at {moment(state.observed_at)}."
    parts = (f"{state.scope}: {state.title}.", state.explanation, state.next_step, shown)
    return " ".join(part for part in parts if part)


def scope_json(state: ScopeState) -> dict[str, Any]:
    """Return how the last look at an account and Region went, and how old what is shown of it is."""
    return {
        "account": state.scope.account_id,
        "region": state.scope.region,
        "is_ok": state.is_ok,
        "condition": state.condition.value,
        "is_old": state.is_old,
        "title": state.title,
        "explanation": state.explanation,
        "next_step": state.next_step,
        "observed_at": state.observed_at.isoformat() if state.observed_at else None,
    }
