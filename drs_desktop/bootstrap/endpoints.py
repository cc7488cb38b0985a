"""Which workspace and which AWS a command is about."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drs_desktop.aws.endpoint import SimulatorIdentity, endpoint_url, find_endpoint, is_loopback
from drs_desktop.bootstrap.simulators import demo_simulator, running_simulator
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import AwsUnreachable, ValidationFailed
from drs_desktop.domain.ids import ExecutionId, workspace_of
from drs_desktop.system.paths import DataFolder, check_workspace_name

DEMO = "demo"
MAIN = "main"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace's folder and the AWS it talks to.

    Attributes:
        simulator: that AWS, when it is a simulator and answers.
        absence: why a simulated workspace has no simulator now, as a sentence with a way on.
        notices: what is not as it was asked for, a sentence each.
    """

    name: str
    folder: Path
    endpoint: Endpoint
    simulator: SimulatorIdentity | None = None
    absence: str = ""
    notices: tuple[str, ...] = ()


async def find_place(choice: WorkspaceChoice, data: DataFolder) -> Place:
    """Return which workspace and endpoint a command is about, starting the sample simulator for a demo.

    Raises:
        ValidationFailed: the workspace's name, the execution id or AWS_ENDPOINT_URL makes no sense.
        AwsUnreachable: a demo's simulator did not start, or none answers where one was named.
    """
    endpoint, simulator = await asyncio.to_thread(_find_endpoint)
    is_local = endpoint.url is not None and is_loopback(endpoint.url)
    name = _workspace_name(choice, is_local=is_local)
    folder = data.workspace(name)
    if name != DEMO and choice.demo_speed is None:
        return Place(name=name, folder=folder, endpoint=endpoint, simulator=simulator)
    absence = _STOPPED
    if endpoint.url is not None:
        absence = (
            f"The workspace {name} belongs to a simulator, and none answers at {endpoint.url}. "
            "Unset AWS_ENDPOINT_URL, or start one there with `drs-desktop simulator serve`."
        )
    elif choice.demo_speed is not None:
        simulator = await demo_simulator(folder, choice.demo_speed)
    else:
        simulator = await asyncio.to_thread(running_simulator, folder)
    if simulator is not None:
        notices = _speed_notices(simulator, choice.demo_speed)
        return Place(
            name=name, folder=folder, endpoint=simulator.endpoint, simulator=simulator, notices=notices
        )
    if choice.demo_speed is not None:
        raise AwsUnreachable(absence)
    return Place(name=name, folder=folder, endpoint=_NO_SIMULATOR, absence=absence)


def _find_endpoint() -> tuple[Endpoint, SimulatorIdentity | None]:
    return find_endpoint(_environment())


def _environment() -> Mapping[str, str]:
    """Return the environment, in which the address of the AWS configuration stands where none of its own is.

    So an execution knows where it was begun, whichever way that was said.
    """
    if endpoint_url() is not None:
        return os.environ
    from drs_desktop.aws.configured_endpoint import configured_endpoint  # it needs botocore

    url = configured_endpoint()
    return os.environ if url is None else {**os.environ, "AWS_ENDPOINT_URL_DRS": url}


def _speed_notices(simulator: SimulatorIdentity, wanted: float | None) -> tuple[str, ...]:
    if wanted is None or wanted == simulator.scale:
        return ()
    return (
        f"The simulator at {simulator.url} runs already, at {simulator.scale:g} times real speed; this is "
        f"not changed to {wanted:g}.",
    )


_NO_SIMULATOR = Endpoint(fingerprint="no simulator", url=None, is_simulated=True)
_STOPPED = (
    "The simulator of this sample workspace does not run any more. `drs-desktop demo` starts a new one."
)


def workspace_name(choice: WorkspaceChoice) -> str:
    """Return the name of the workspace that a command is about; nothing is reached for it.

    Raises:
        ValidationFailed: the workspace's name or the execution id makes no sense.
    """
    url = endpoint_url(_environment())
    return _workspace_name(choice, is_local=url is not None and is_loopback(url))


def _workspace_name(choice: WorkspaceChoice, *, is_local: bool) -> str:
    if choice.name is not None:
        return check_workspace_name(choice.name)
    if choice.execution_id is not None:
        try:
            return check_workspace_name(workspace_of(ExecutionId(choice.execution_id)))
        except ValueError as error:
            raise ValidationFailed(str(error)) from None
    # An address of this machine can only be meant for a simulator, also when that has ended.
    return DEMO if is_local or choice.demo_speed is not None else MAIN
