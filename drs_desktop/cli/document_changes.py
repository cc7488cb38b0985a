"""What commands do with groups and plans alike: show a change, make it, list the versions."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer

from drs_desktop.cli.authoring_words import report_json, report_lines
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.plain_text import aligned, moment
from drs_desktop.domain.document_versions import Document, DocumentChange, DocumentVersion, id_of, kind_of
from drs_desktop.services.api import Services
from drs_desktop.services.authoring_service import VersionChange

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
Unchecked = Annotated[
    bool,
    typer.Option("--accept-unchecked", help="Save though the servers of an account could not be read."),
]


def removal(document: Document) -> DocumentChange:
    """Return the change that removes a group or plan as it was read."""
    return DocumentChange(document=document, based_on=document.revision, is_removal=True)


async def change_documents(
    call: Invocation,
    workspace: str | None,
    changes_of: Callable[[Services], Awaitable[Sequence[DocumentChange]]],
    *,
    is_dry: bool = False,
    accept_unchecked: bool = False,
) -> ExitCode:
    """Show what would change and, unless it is a dry run, change it; return how that went."""
    async with call.program.open(call.choice(workspace)) as services:
        changes = await changes_of(services)
        report = await services.authoring.check(changes)
        for line in report_lines(report):
            call.say(line)
        is_clean = not report.problems and (accept_unchecked or not report.unchecked)
        is_saved = bool(changes) and is_clean and not is_dry
        if is_saved:
            await services.authoring.apply(changes, accept_unchecked=accept_unchecked)
        call.say("Saved." if is_saved else "Nothing was saved.")
        if call.as_json:
            write_json_line(call.streams.stdout, report_json(services, report, is_saved=is_saved))
        return ExitCode.DONE if is_clean else ExitCode.INVALID


async def list_versions(
    call: Invocation, workspace: str | None, held: Callable[[Services], Awaitable[Document]]
) -> ExitCode:
    """List every version of a group or plan with what it changed, newest first."""
    async with call.program.open(call.choice(workspace)) as services:
        document = await held(services)
        versions = await services.authoring.history(kind_of(document), id_of(document))
        for line, one in zip(aligned([_cells(one.version) for one in versions]), versions, strict=True):
            call.say(line)
            for text in one.differences:
                call.say(f"  {text}")
        if call.as_json:
            body = {kind_of(document): document.name, "versions": [_json(one) for one in versions]}
            write_json_line(call.streams.stdout, body)
        return ExitCode.DONE


def _cells(one: DocumentVersion) -> tuple[str, ...]:
    return (str(one.revision), moment(one.saved_at), one.saved_by, "" if one.document else "removed")


def _json(one: VersionChange) -> dict[str, object]:
    return {
        "revision": one.version.revision,
        "saved_at": one.version.saved_at.isoformat(),
        "saved_by": one.version.saved_by,
        "is_removed": one.version.document is None,
        "differences": list(one.differences),
    }
