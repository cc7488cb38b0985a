"""What `--json` prints: one object on one line, with a version, in ASCII so that no terminal obeys it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TextIO

from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import Failure
from drs_desktop.cli.program import DoctorLine, JournalCheck
from drs_desktop.domain.ids import ExecutionId, begun_at
from drs_desktop.services.api import Services
from drs_desktop.services.views import (
    ExecutionRow,
    ExecutionView,
    ServerLaunchRow,
    StartQuestion,
    StepRow,
    WaveRow,
)

SCHEMA_VERSION = 1
"""Grows when a key changes its meaning or goes; new keys may come at any time."""


def write_json_line(stdout: TextIO, body: Mapping[str, Any]) -> None:
    """Write the object as the last line of standard output."""
    stdout.write(json.dumps({"schema_version": SCHEMA_VERSION, **body}) + "\n")
    stdout.flush()


def execution_json(services: Services, view: ExecutionView) -> dict[str, Any]:
    """Return one execution, whole."""
    end = view.ended_at or services.service_now()
    return {
        "workspace": services.info.name,
        "endpoint": view.endpoint,
        "execution_id": view.execution_id,
        "plan": view.plan_name,
        "mode": view.mode.value,
        "status": view.status.value,
        "reason": view.reason,
        "needs_person": view.needs_person,
        "pause_requested": view.pause_requested,
        "begun_at": _iso(begun_at(view.execution_id)),
        "created_at": _iso(view.created_at),
        "created_by": view.created_by,
        "ended_at": _iso(view.ended_at),
        "observed_at": _iso(view.observed_at),
        "watch_problem": view.watch_problem,
        "duration_seconds": max(0.0, (end - view.created_at).total_seconds()),
        "instances_left": view.instances_left,
        "waves": [_wave(wave) for wave in view.waves],
        "servers": [_server(server) for server in view.servers],
        "questions": [_question(question) for question in view.questions],
        "metrics": asdict(services.metrics()),
        "metrics_of_others": [_kept(figures) for figures in services.other_figures()],
    }


def _kept(figures: Mapping[str, Any]) -> dict[str, Any]:
    kept_at = figures["kept_at"]
    return {**figures, "kept_at": _iso(kept_at) if isinstance(kept_at, datetime) else kept_at}


def _wave(wave: WaveRow) -> dict[str, Any]:
    return {
        "number": wave.number,
        "name": wave.name,
        "status": wave.status.value,
        "reason": wave.reason,
        "is_held": wave.is_held,
        "started_at": _iso(wave.started_at),
        "ended_at": _iso(wave.ended_at),
        "steps": [_step(step) for step in wave.steps],
    }


def _step(step: StepRow) -> dict[str, Any]:
    return {
        "step": f"{step.key.phase}:{step.key.index}",
        "name": step.name,
        "kind": step.kind,
        "status": step.status.value,
        "instruction": step.instruction,
        "ends_at": _iso(step.ends_at),
        "evidence": step.evidence,
        "waits_for_person": step.waits_for_person,
    }


def _server(server: ServerLaunchRow) -> dict[str, Any]:
    return {
        "id": server.key.source_server_id,
        "name": server.name,
        "account": server.account_id,
        "region": server.region,
        "wave": server.wave,
        "is_critical": server.is_critical,
        "launch_status": server.launch_status.value if server.launch_status else None,
        "phase": server.phase.value,
        "health": server.health.value,
        "recovery_instance_id": server.recovery_instance_id,
        "job_id": server.job_id,
        "error": server.message or None,
        "termination": server.termination.value if server.termination else None,
        "termination_reason": server.termination_reason,
    }


def _question(question: StartQuestion) -> dict[str, Any]:
    part = question.key.part
    return {
        "wave": part.wave,
        "account": part.scope.account_id,
        "region": part.scope.region,
        "part": part.index,
        "attempt": question.key.attempt,
        "text": question.text,
        "evidence": list(question.evidence),
        "candidates": list(question.candidates),
        "looks_until": _iso(question.looks_until),
        "can_say_ours": question.can_say_ours.enabled,
        "can_say_nothing_started": question.can_say_nothing_started.enabled,
    }


def executions_json(services: Services, rows: Sequence[ExecutionRow]) -> dict[str, Any]:
    """Return the list of executions, newest first."""
    return {
        "workspace": services.info.name,
        "endpoint": services.info.endpoint.title,
        "executions": [
            {
                "execution_id": row.execution_id,
                "plan": row.plan_name,
                "mode": row.mode.value,
                "status": row.status.value,
                "reason": row.reason,
                "needs_person": row.needs_person,
                "begun_at": _iso(begun_at(row.execution_id)),
                "created_at": _iso(row.created_at),
                "ended_at": _iso(row.ended_at),
            }
            for row in rows
        ],
        "metrics": asdict(services.metrics()),
        "metrics_of_others": [_kept(figures) for figures in services.other_figures()],
    }


def error_json(
    failure: Failure, execution_id: ExecutionId | None, seen: ExecutionView | None
) -> dict[str, Any]:
    """Return how a command failed, with the keys of an execution whether or not there is one.

    Args:
        failure: what went wrong.
        execution_id: what the command is about, if that is known.
        seen: the execution as it was seen last, if it was.
    """
    about = _NOTHING_SEEN if seen is None else _last_seen(seen)
    needs_person = about["needs_person"] or failure.exit_code in _FOR_A_PERSON
    return {
        "execution_id": execution_id,
        **about,
        "needs_person": needs_person,
        "error": failure.sentence,
        "exit_code": int(failure.exit_code),
    }


_FOR_A_PERSON = {ExitCode.NEEDS_OPERATOR, ExitCode.SIGN_IN_NEEDED}
_NOTHING_SEEN: dict[str, Any] = {
    "mode": None,
    "status": None,
    "reason": "",
    "needs_person": False,
    "duration_seconds": None,
    "waves": [],
    "servers": [],
}


def _last_seen(view: ExecutionView) -> dict[str, Any]:
    length = (view.ended_at - view.created_at).total_seconds() if view.ended_at else None
    return {
        "mode": view.mode.value,
        "status": view.status.value,
        "reason": view.reason,
        "needs_person": view.needs_person,
        "duration_seconds": length,
        "waves": [_wave(wave) for wave in view.waves],
        "servers": [_server(server) for server in view.servers],
    }


def doctor_json(lines: Sequence[DoctorLine]) -> dict[str, Any]:
    """Return what `doctor` found."""
    return {
        "is_ok": all(line.is_ok for line in lines),
        "lines": [
            {
                "name": line.name,
                "value": line.value,
                "state": line.state.value,
                "is_ok": line.is_ok,
                "hint": line.hint,
            }
            for line in lines
        ],
    }


def journal_json(check: JournalCheck) -> dict[str, Any]:
    """Return what a walk along the journal found."""
    return {
        "workspace": check.workspace,
        "rows": check.rows,
        "is_whole": check.is_whole,
        "broken": [asdict(row) for row in check.broken],
        "audit": {
            "rows": check.audit_rows,
            "problems": [asdict(problem) for problem in check.audit_problems],
            "unread": check.audit_unread or None,
        },
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
