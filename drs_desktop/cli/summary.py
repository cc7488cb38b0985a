"""An execution, and a list of them, as plain aligned text."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from drs_desktop.cli.exit_codes import is_terminating
from drs_desktop.cli.person import way_on
from drs_desktop.cli.plain_text import aligned, counted, moment, plain, span
from drs_desktop.domain.execution import Health
from drs_desktop.domain.ids import begun_at
from drs_desktop.services.views import ExecutionRow, ExecutionView, ServerLaunchRow, StartQuestion, WaveRow

_SAME_CLOCK = timedelta(minutes=1)
"""Two clocks that differ by less tell the same time."""


def summary(view: ExecutionView, now: datetime) -> list[str]:
    """Return how an execution stands, whole, and what can be done next."""
    lines = [plain(f"{view.mode.value.capitalize()} of {view.plan_name}: {view.status}")]
    lines += aligned(_facts(view, now), indent="  ")
    lines += ["", "Waves", *aligned([_wave(wave) for wave in view.waves], indent="  ")]
    lines += ["", "Servers", *aligned([_server(server) for server in view.servers], indent="  ")]
    for question in view.questions:
        lines += ["", *_question(question)]
    return lines + _next_steps(view)


def _facts(view: ExecutionView, now: datetime) -> list[tuple[str, str]]:
    facts = [
        ("Execution", view.execution_id),
        ("Endpoint", view.endpoint),
        ("Begun", f"{_begun(view)} by {view.created_by}"),
        ("Duration", span((view.ended_at or now) - view.created_at)),
    ]
    if view.reason:
        facts.append(("Reason", view.reason))
    if view.watch_problem:
        facts.append(("Watching", view.watch_problem))
    if view.observed_at and not view.status.is_terminal:
        facts.append(("Last look", moment(view.observed_at)))
    return facts


def _begun(view: ExecutionView) -> str:
    """Return when it was begun, and by the clock of its simulator if that is another time."""
    began = begun_at(view.execution_id)
    if abs(view.created_at - began) < _SAME_CLOCK:
        return moment(began)
    return f"{moment(began)} ({moment(view.created_at)} by the simulator's clock)"


def _wave(wave: WaveRow) -> tuple[str, ...]:
    length = span(wave.ended_at - wave.started_at) if wave.started_at and wave.ended_at else ""
    counts = f"{wave.launched_count} of {wave.server_count} launched"
    return (str(wave.number), wave.name, wave.status.value, counts, length, wave.reason)


def _server(server: ServerLaunchRow) -> tuple[str, ...]:
    status = server.launch_status.value if server.launch_status else "-"
    health = server.health.value if server.health is not Health.NOT_CHECKED else ""
    end = f"termination {server.termination} {server.termination_reason}" if server.termination else ""
    return (
        str(server.wave),
        server.name,
        f"{server.account_id} {server.region}",
        status,
        server.recovery_instance_id or "-",
        "  ".join(part for part in (health, server.message, end.strip()) if part),
    )


def _question(question: StartQuestion) -> list[str]:
    lines = [plain(question.text), *(f"  {plain(line)}" for line in question.evidence)]
    if question.candidates:
        lines.append(plain(f"  May be ours: {', '.join(question.candidates)}"))
    return lines


def _next_steps(view: ExecutionView) -> list[str]:
    if view.status.is_terminal:
        if view.actions.terminate.enabled and view.instances_left and not is_terminating(view):
            left = counted(view.instances_left, "recovery instance")
            return ["", f"{left} left running. Remove with:", f"  {terminate_command(view)}"]
        return []
    if view.needs_person and (commands := way_on(view)):
        return ["", "A person goes on with:", *(f"  {command}" for command in commands)]
    return []


def terminate_command(view: ExecutionView) -> str:
    """Return the command that removes what an execution launched."""
    command = f"drs-desktop terminate {view.execution_id}"
    if view.mode.is_drill:
        return command
    return f'{command} --confirm "{plain(view.plan_name)}" --count {view.instances_left}'


def execution_lines(rows: Sequence[ExecutionRow]) -> list[str]:
    """Return the list of executions; when each was begun is this world's time, also on a simulator."""
    if not rows:
        return ["No execution yet. Begin one with: drs-desktop run --plan NAME --mode drill"]
    heading = ("EXECUTION", "PLAN", "MODE", "STATUS", "BEGUN", "DURATION", "REASON")
    return aligned([heading, *(_row(row) for row in rows)])


def _row(row: ExecutionRow) -> tuple[str, ...]:
    length = span(row.ended_at - row.created_at) if row.ended_at else "live"
    reason = f"(needs a person) {row.reason}" if row.needs_person else row.reason
    return (
        row.execution_id,
        row.plan_name,
        row.mode.value,
        row.status.value,
        moment(begun_at(row.execution_id)),
        length,
        reason,
    )
