"""Commands about the audit trail: read it, check it, hand it out."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from drs_desktop.cli import options
from drs_desktop.cli.administering import opened
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, moment
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.audit import AuditProblem, AuditRecord, problem_lines
from drs_desktop.domain.errors import ValidationFailed

_LARGEST_FILE = 1_000_000_000


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    audit = typer.Typer(help="Read, check and hand out what everybody did.", no_args_is_help=True)
    app.add_typer(audit, name="audit")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    @audit.command("list")
    def list_rows(
        limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the newest rows.")] = 50,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the newest rows: who did what, and who was not let.

        A row stands there before what it says is done.

        \b
        Example:
          drs-desktop audit list --limit 10 --workspace demo
        """
        new_call(as_json).perform(lambda call: _list(call, workspace, limit))

    @audit.command()
    def verify(
        file: Annotated[
            Path | None, typer.Option("--file", metavar="FILE", help="An exported file instead of the trail.")
        ] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Find every row that was changed, moved, removed or cut off, and say which.

        \b
        Exit codes: 0 all is as it was written, 3 something is not.

        \b
        Examples:
          drs-desktop audit verify --workspace demo
          drs-desktop audit verify --file audit.jsonl
        """
        new_call(as_json).perform(lambda call: _verify(call, workspace, file))

    @audit.command()
    def export(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Write the whole trail to a file in which no byte can be changed unseen.

        Keep the printed hash elsewhere: with it, even a file written anew as a whole is found out.

        \b
        Example:
          drs-desktop audit export audit.jsonl --workspace demo
        """
        new_call(as_json).perform(lambda call: _export(call, workspace, file))


async def _list(call: Invocation, workspace: str | None, limit: int) -> ExitCode:
    async with opened(call, workspace) as administration:
        records = await administration.audit.records(limit=limit)
    for line in aligned([_row(one) for one in records]):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {"rows": [_json(one) for one in records]})
    return ExitCode.DONE


async def _verify(call: Invocation, workspace: str | None, file: Path | None) -> ExitCode:
    content = None if file is None else _read(file)
    async with opened(call, workspace) as administration:
        audit = administration.audit
        problems = await (audit.verify() if content is None else audit.check_export(content))
    lines = problem_lines(problems) or ("Every row is as it was written.",)
    for line in lines:
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {"problems": [_problem(one) for one in problems]})
    return ExitCode.INVALID if problems else ExitCode.DONE


async def _export(call: Invocation, workspace: str | None, file: Path) -> ExitCode:
    async with opened(call, workspace) as administration:
        exported = await administration.audit.export()
    _write(file, exported.content)
    call.say(f"{exported.rows} rows were written to {file}. Hash of the last one: {exported.head}")
    if call.as_json:
        body = {"file": str(file), "rows": exported.rows, "head": exported.head}
        write_json_line(call.streams.stdout, body)
    return ExitCode.DONE


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(_LARGEST_FILE)
    except OSError as error:
        raise ValidationFailed(f"The file {file} cannot be read: {error.strerror}.") from None


def _write(file: Path, content: bytes) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened_file:
            opened_file.write(content)
    except FileExistsError:
        raise ValidationFailed(f"The file {file} exists already; it was not changed.") from None
    except OSError as error:
        raise ValidationFailed(f"The file {file} cannot be written: {error.strerror}.") from None


def _row(record: AuditRecord) -> tuple[str, ...]:
    entry = record.entry
    details = ", ".join(f"{name} {value}" for name, value in entry.details if value)
    return (str(record.sequence), moment(record.recorded_at), entry.by, entry.role, entry.words, details)


def _json(record: AuditRecord) -> dict[str, Any]:
    return {
        "sequence": record.sequence,
        "recorded_at": record.recorded_at.isoformat(),
        "kind": record.entry.kind.value,
        "by": record.entry.by,
        "role": record.entry.role,
        "words": record.entry.words,
        "details": dict(record.entry.details),
        "hash": record.hash,
    }


def _problem(problem: AuditProblem) -> dict[str, Any]:
    return {"sequence": problem.sequence, "problem": problem.problem}
