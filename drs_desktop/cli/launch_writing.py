"""Writing launch settings from the command line: what is shown and asked before, and what is told after."""

from drs_desktop.cli import launch_words
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import UsageProblem
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.services.launch_views import LaunchPreview, LaunchReport, Progress

_TOLD_EVERY = 10
"""After how many servers progress is told."""


def expect(preview: LaunchPreview, fingerprint: str | None) -> None:
    """Make sure that a preview is the one that somebody looked at, if they say which.

    Raises:
        ValidationFailed: it is another one.
    """
    if fingerprint is not None and fingerprint != preview.fingerprint:
        raise ValidationFailed(
            f"Nothing was written: what would be written now has the fingerprint {preview.fingerprint}, not "
            f"{fingerprint}. Something changed since the dry run; look at it again."
        )


async def goes_on(call: Invocation, preview: LaunchPreview, *, is_dry: bool, is_sure: bool) -> bool:
    """Show what would be written, and return whether to write it.

    Raises:
        UsageProblem: nobody can be asked, and nothing was said beforehand.
    """
    for line in launch_words.preview_lines(preview):
        call.say(line)
    is_due = bool(preview.due) or any(line.undoes is not None for line in preview.lines)
    goes_on = is_due and not is_dry and (is_sure or await _is_confirmed(call, preview))
    if not goes_on and call.as_json:
        write_json_line(call.streams.stdout, {**launch_words.preview_json(preview), "results": []})
    return goes_on


async def _is_confirmed(call: Invocation, preview: LaunchPreview) -> bool:
    if not call.streams.is_interactive:
        raise UsageProblem("Nothing was written: nobody can be asked here. Give --yes, or --dry-run to look.")
    call.console.print(f"Write this to AWS for {len(preview.due)} of them? [y/N] ", end="")
    typed = await call.streams.read_line()
    return (typed or "").strip().lower() in {"y", "yes"}


def unwritten(preview: LaunchPreview) -> ExitCode:
    """Return the exit code where nothing was written."""
    is_hindered = any(line.hindrances for line in preview.lines)
    return ExitCode.INVALID if is_hindered else ExitCode.DONE


def progress(call: Invocation) -> Progress:
    """Return what tells a person how far it has come."""

    def tell(done: int, total: int) -> None:
        if done % _TOLD_EVERY == 0 and done < total:
            call.say(f"{done} of {total} servers...")

    return tell


def reported(call: Invocation, preview: LaunchPreview, report: LaunchReport) -> ExitCode:
    """Print what came of each server and return the exit code."""
    for line in launch_words.report_lines(report):
        call.say(line)
    if call.as_json:
        body = {**launch_words.preview_json(preview), **launch_words.report_json(report)}
        write_json_line(call.streams.stdout, body)
    if not report.failed:
        return ExitCode.DONE
    return ExitCode.ENDED_BADLY if any(one.is_written for one in report.outcomes) else ExitCode.INVALID
