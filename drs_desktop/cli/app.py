"""Puts the commands together and turns a command line into an exit code."""

from collections.abc import Sequence
from typing import Annotated

import typer

from drs_desktop import __version__
from drs_desktop.cli import options
from drs_desktop.cli.commands import (
    access,
    accounts,
    audit,
    capacity,
    control,
    drive,
    groups,
    journal,
    launch_settings,
    plan,
    servers,
    show,
    sign_in,
    simulator,
    waves,
)
from drs_desktop.cli.endpoint_banner import announcing
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import Failure, NoDisplay
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.program import Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams

NAME = "drs-desktop"


def build_app(program: Program, streams: Streams | None = None) -> typer.Typer:
    """Return the application; `streams` are the process's own unless a test hands in others."""
    streams = streams or Streams.of_this_process()
    program = announcing(program, streams)
    app = typer.Typer(
        name=NAME,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _register_window(app, program, streams)
    for module in (
        drive,
        control,
        waves,
        show,
        access,
        accounts,
        audit,
        journal,
        sign_in,
        simulator,
        plan,
        groups,
        servers,
        capacity,
        launch_settings,
    ):
        module.register(app, program, streams)
    return app


def _register_window(app: typer.Typer, program: Program, streams: Streams) -> None:
    @app.callback(invoke_without_command=True)
    def window(
        context: typer.Context,
        workspace: options.Workspace = None,
        version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    ) -> None:
        """Drill and recover with AWS Elastic Disaster Recovery, in waves.

        Without a command the window opens. The commands do the same without one, for CI, cron and the hour
        when nothing can be drawn.

        \b
        Exit codes:
          0  done                                  6    sign-in needed
          1  our fault; the log says more          7    another process drives the execution
          2  wrong usage                           8    refused by the role
          3  validation or pre-flight failed       9    AWS unreachable
          4  ended PARTIAL, FAILED or CANCELLED,   130  interrupted, and resumable
             or with a failed optional server
          5  a person must go on

        \b
        Examples:
          drs-desktop demo
          drs-desktop run --plan payroll --mode drill
          drs-desktop status
        """
        call = Invocation(program=program, streams=streams)
        if version:
            call.say(f"{NAME} {__version__}")
            raise typer.Exit(ExitCode.DONE)
        if context.invoked_subcommand is None:
            call.leave(lambda: _show_window(program, WorkspaceChoice(name=workspace)))
        if workspace is not None:
            raise typer.BadParameter("give it after the command.", param_hint="--workspace")


def _show_window(program: Program, choice: WorkspaceChoice) -> int:
    if not program.can_draw():
        raise NoDisplay
    return program.run_window(choice)


def run(program: Program, argv: Sequence[str], streams: Streams | None = None) -> int:
    """Run one command line and return its exit code; whatever goes wrong ends as a sentence."""
    streams = streams or Streams.of_this_process()
    call = Invocation(program=program, streams=streams, as_json="--json" in argv)

    def work() -> int:
        code = build_app(program, streams)(args=list(argv), prog_name=NAME, standalone_mode=False)
        return int(code or ExitCode.DONE)

    try:
        return call.guarded(work)
    except typer.Exit as left:
        return left.exit_code
    except typer.TyperException as problem:
        return call.fail(Failure(sentence=_usage(problem), exit_code=problem.exit_code))


def _usage(problem: typer.TyperException) -> str:
    context = getattr(problem, "ctx", None)
    path = context.command_path if context is not None else NAME
    return f"{problem.format_message()} Try: {path} --help"
