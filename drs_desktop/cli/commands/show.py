"""Commands that only look: status, doctor."""

from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import doctor_json, executions_json, write_json_line
from drs_desktop.cli.outcome import report
from drs_desktop.cli.plain_text import aligned
from drs_desktop.cli.program import CheckState, DoctorLine, Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams
from drs_desktop.cli.summary import execution_lines


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""

    @app.command()
    def status(
        execution_id: Annotated[
            str | None, typer.Argument(metavar="[ID]", help="The execution; without it all are listed.")
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show how one execution stands, or list all, newest first.

        Nothing is asked of AWS: this is what the console knows. The exit code says only whether it could be
        read, not how the execution went.

        \b
        Examples:
          drs-desktop status --workspace demo
          drs-desktop status demo-01J9Z3NDEKTSV4RRFFQ69G5FAV --json
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _status(call, execution_id, workspace))

    @app.command()
    def doctor(
        network: Annotated[
            bool,
            typer.Option("--network", help="Also ask STS and DRS of every account's Regions for an answer."),
        ] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show what the program stands on, and what is wrong with it.

        Versions, Qt and fonts, SQLite, the database and its hash chains, the audit trail, keyring, disk
        encryption, proxy and certificates, endpoint, folders. Each line is ok, a warning, NOT OK, or not
        checked; nothing is changed. With --network AWS is asked too, without an identity.

        \b
        Exit codes: 0 nothing is wrong, 3 something is.

        \b
        Examples:
          drs-desktop doctor --json
          drs-desktop doctor --network --workspace main
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _doctor(call, WorkspaceChoice(name=workspace), asks_aws=network))


async def _status(call: Invocation, execution_id: str | None, workspace: str | None) -> ExitCode:
    known_id = call.about(execution_id) if execution_id is not None else None
    async with call.program.open(call.choice(workspace)) as services:
        if known_id is not None:
            return report(call, services, await services.executions.view(known_id), ExitCode.DONE)
        rows = await services.executions.list_executions()
        for line in execution_lines(rows):
            call.say(line)
        if call.as_json:
            write_json_line(call.streams.stdout, executions_json(services, rows))
        return ExitCode.DONE


async def _doctor(call: Invocation, choice: WorkspaceChoice, *, asks_aws: bool) -> ExitCode:
    lines = await call.program.doctor(choice, asks_aws=asks_aws)
    for text in aligned([_doctor_row(line) for line in lines]):
        call.say(text)
    if call.as_json:
        write_json_line(call.streams.stdout, doctor_json(lines))
    return ExitCode.DONE if all(line.is_ok for line in lines) else ExitCode.INVALID


def _doctor_row(line: DoctorLine) -> tuple[str, ...]:
    return (_STATE_WORDS[line.state], line.name, line.value, line.hint)


_STATE_WORDS = {
    CheckState.PASSED: "ok",
    CheckState.WARNING: "warning",
    CheckState.FAILED: "NOT OK",
    CheckState.NOT_CHECKED: "not checked",
}
