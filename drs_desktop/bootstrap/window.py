"""The window over a workspace that the engine's thread opens after the first paint."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog

from drs_desktop.bootstrap.endpoints import DEMO, workspace_name
from drs_desktop.bootstrap.simulators import own_command, without_aws
from drs_desktop.bootstrap.single_window import WindowElsewhere, window_lock
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.errors import AnotherDriver, DrsDesktopError, ValidationFailed, WrongEndpoint
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.services.api import Services
from drs_desktop.system.paths import data_folder
from drs_desktop.system.processes import start_detached
from drs_desktop.system.resource_paths import resource_path

SAMPLE_LOG = "window.log"
_log = structlog.get_logger(__name__)


class WorkspaceHolder:
    """Opens one workspace on the engine's loop and closes it there again."""

    def __init__(self, choice: WorkspaceChoice) -> None:
        self._choice = choice
        self._context: AbstractAsyncContextManager[Services] | None = None

    async def open(self) -> Services:
        """Open the workspace and take up what was live when the console ended.

        Raises:
            DrsDesktopError: it cannot be opened; the sentence says why.
        """
        from drs_desktop.bootstrap.workspace import open_workspace  # boto3, SQLAlchemy: after the first paint

        self._context = open_workspace(self._choice)
        services = await self._context.__aenter__()
        await _watch_on(services)
        return services

    async def close(self) -> None:
        """Close the workspace; live executions can be taken up again later."""
        if self._context is not None:
            context, self._context = self._context, None
            await context.__aexit__(None, None, None)


async def _watch_on(services: Services) -> None:
    """Take the seat of live executions that nobody drives: to watch them, not to start anything unasked."""
    for row in await services.executions.list_executions(live_only=True):
        try:
            await services.executions.watch(row.execution_id)
        except (AnotherDriver, WrongEndpoint) as error:
            _log.info("not taken up", execution=row.execution_id, reason=str(error))
        except DrsDesktopError as error:
            _log.warning("not taken up", execution=row.execution_id, error=str(error))


def open_sample() -> None:
    """Open the sample workspace in a process of its own; what it says goes to a log beside it.

    Raises:
        ValidationFailed: this program could not be started again.
    """
    log = data_folder().workspace(DEMO) / SAMPLE_LOG
    try:
        start_detached([*own_command(), "demo"], log_file=log, environment=without_aws(os.environ))
    except OSError as error:
        raise ValidationFailed(
            f"The sample workspace could not be opened ({error.strerror}). Try `drs-desktop demo`."
        ) from error


def run_window(choice: WorkspaceChoice, execution_id: str | None) -> int:
    """Show the window until it is closed; return the exit code.

    Where the workspace has a window already, that one comes to the front instead.

    Raises:
        WindowElsewhere: it has one in a process that does not answer.
    """
    folder = data_folder().workspace(workspace_name(choice))
    with window_lock(folder) as is_ours:
        if is_ours:
            return _show(choice, execution_id, folder)
    return _show_the_other(execution_id, folder)


def _show_the_other(execution_id: str | None, folder: Path) -> int:
    from drs_desktop.ui.widgets.window_door import door_name, knock

    if not knock(door_name(folder), execution_id):
        raise WindowElsewhere(folder)
    sys.stderr.write(f"The workspace {folder.name} has a window already; it was asked to the front.\n")
    return 0


def _show(choice: WorkspaceChoice, execution_id: str | None, folder: Path) -> int:
    from drs_desktop.ui.widgets.application import run_window as show

    holder = WorkspaceHolder(choice)
    engine = EngineThread().start()
    try:
        return show(
            engine=engine,
            open_services=holder.open,
            close_services=holder.close,
            resource=resource_path,
            start_execution=ExecutionId(execution_id) if execution_id else None,
            folder=folder,
            open_sample=None if folder.name == DEMO else open_sample,
        )
    finally:
        engine.stop()
