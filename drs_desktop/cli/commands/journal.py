"""Commands about the journal itself."""

import typer

from drs_desktop.cli import options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import journal_json, write_json_line
from drs_desktop.cli.program import JournalCheck, Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    journal = typer.Typer(
        help="Check what the program has written down.", no_args_is_help=True, rich_markup_mode=None
    )
    app.add_typer(journal, name="journal")

    @journal.command()
    def verify(as_json: options.Json = False, workspace: options.Workspace = None) -> None:
        """Walk the hash chains of every execution and of the audit trail, and name what was changed.

        A row that was changed, taken out, put elsewhere or cut off at the end is found. Nothing is changed,
        and AWS is not asked.

        \b
        Exit codes: 0 all is as it was written, 1 the database cannot be read, 3 something is not.

        \b
        Example:
          drs-desktop journal verify --workspace demo --json
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _verify(call, WorkspaceChoice(name=workspace)))


async def _verify(call: Invocation, choice: WorkspaceChoice) -> ExitCode:
    check = await call.program.verify_journal(choice)
    for line in _lines(check):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, journal_json(check))
    return ExitCode.DONE if check.is_whole else ExitCode.INVALID


def _lines(check: JournalCheck) -> tuple[str, ...]:
    return (*_journal_lines(check), *_audit_lines(check))


def _journal_lines(check: JournalCheck) -> tuple[str, ...]:
    if not check.broken:
        return (f"Workspace {check.workspace}: {check.rows} rows, all as they were written.",)
    return tuple(f"{row.execution_id}: {row.problem}" for row in check.broken)


def _audit_lines(check: JournalCheck) -> tuple[str, ...]:
    if check.audit_unread:
        return (f"Audit trail: could not be checked. {check.audit_unread}",)
    if not check.audit_problems:
        return (f"Audit trail: {check.audit_rows} rows, all as they were written.",)
    return tuple(f"Audit trail, row {one.sequence}: {one.problem}" for one in check.audit_problems)
