"""One call of one command: runs it on a loop, and turns whatever comes of it into an exit code."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

import typer
from rich.console import Console
from rich.text import Text

from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import Failure, UsageProblem, failure_of
from drs_desktop.cli.json_output import error_json, write_json_line
from drs_desktop.cli.plain_text import plain
from drs_desktop.cli.program import Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.ids import ExecutionId, workspace_of
from drs_desktop.services.views import ExecutionView

_INTERRUPTIONS = (KeyboardInterrupt, asyncio.CancelledError, BrokenPipeError)


@dataclass(kw_only=True)
class Invocation:
    """What a command works with.

    Attributes:
        as_json: print one JSON object as the last line of standard output, and everything else to stderr.
        execution_id: the execution that the command is about, once known; an interruption names it.
    """

    program: Program
    streams: Streams
    as_json: bool = False
    execution_id: ExecutionId | None = None
    is_driving: bool = False
    """Whether this process drives the execution, so that an interruption leaves it without a driver."""
    seen: ExecutionView | None = None
    """The execution as it was seen last; a failure tells of it."""

    @cached_property
    def console(self) -> Console:
        """Return where text for people goes: standard output, unless that belongs to the JSON."""
        return self.streams.console(to_stderr=self.as_json)

    @cached_property
    def errors(self) -> Console:
        """Return where warnings and errors go."""
        return self.streams.console(to_stderr=True)

    def say(self, text: str) -> None:
        """Print one line for people; untrusted parts may be in it."""
        self.console.print(Text(plain(text)), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print one line to standard error."""
        self.errors.print(Text(plain(text)), soft_wrap=True)

    def about(self, execution_id: str) -> ExecutionId:
        """Note which execution this is about.

        Raises:
            UsageProblem: the text cannot be an execution id.
        """
        try:
            workspace_of(ExecutionId(execution_id))
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        self.execution_id = ExecutionId(execution_id)
        return self.execution_id

    def choice(self, workspace: str | None) -> WorkspaceChoice:
        """Return the workspace to open: the named one, or the one of the execution."""
        return WorkspaceChoice(name=workspace, execution_id=self.execution_id)

    def perform(self, work: Callable[["Invocation"], Awaitable[int]]) -> NoReturn:
        """Run a coroutine to its end on a loop of its own and leave with its exit code."""

        async def main() -> int:
            return await work(self)

        def run() -> int:
            factory = asyncio.SelectorEventLoop
            with asyncio.Runner(loop_factory=factory) as runner:
                return runner.run(main())

        self.leave(run)

    def leave(self, work: Callable[[], int]) -> NoReturn:
        """Do the work and leave with its exit code, or with that of its error."""

        def heard() -> int:
            self.program.hear_interruptions()
            return work()

        raise typer.Exit(self.guarded(heard))

    def guarded(self, work: Callable[[], int]) -> int:
        """Return the exit code of the work; an error is said in one sentence and becomes its code."""
        try:
            code = int(work())
            self.streams.stdout.flush()
        except _INTERRUPTIONS as interruption:
            return self.fail(
                Failure(sentence=self._interrupted(interruption), exit_code=ExitCode.INTERRUPTED)
            )
        except (typer.Exit, typer.TyperException, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the outermost frame: everything ends as a sentence
            return self.fail(failure_of(error))
        return code

    def fail(self, failure: Failure) -> int:
        """Say what went wrong and return the exit code."""
        try:
            with suppress(OSError):  # the terminal may be gone, and the JSON goes to a file
                self.warn(failure.sentence)
            if self.as_json:
                write_json_line(self.streams.stdout, error_json(failure, self.execution_id, self.seen))
        except OSError:  # a closed pipe, or the terminal went away
            self._drop_output()
        return failure.exit_code

    def _interrupted(self, interruption: BaseException) -> str:
        if isinstance(interruption, BrokenPipeError):
            self._drop_output()
            begun = "Nobody reads the output any more, so the program stopped."
        else:
            begun = "Interrupted."
        if self.execution_id is None or not self.is_driving:
            return begun
        return (
            f"{begun} What AWS has started goes on there; nothing more is started until "
            f"`drs-desktop resume {self.execution_id}`."
        )

    def _drop_output(self) -> None:
        """Point the broken pipe at nothing, so that the interpreter's last flush cannot fail."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.streams.stdout.fileno())
            os.close(nowhere)
        except OSError:
            return
