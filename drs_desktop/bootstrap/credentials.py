"""Put together what looks at the credentials in force, without opening the workspace itself."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.identity import BotoCredentials
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.bootstrap.endpoints import find_place
from drs_desktop.bootstrap.sign_in import session_hook
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.credential_source import CredentialGateway
from drs_desktop.domain.ids import Region
from drs_desktop.system.clock import SystemClock
from drs_desktop.system.code_prompt import ask_at_terminal
from drs_desktop.system.logging_setup import set_up_logging
from drs_desktop.system.paths import data_folder

_SOME_REGION = Region("us-east-1")
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


@asynccontextmanager
async def open_credentials(choice: WorkspaceChoice) -> AsyncIterator[CredentialGateway | None]:
    """Open what looks at the credentials that a workspace would reach AWS with; None at a simulator.

    Raises:
        DrsDesktopError: the workspace makes no sense; the sentence says why.
    """
    async with AsyncExitStack() as stack:
        data = data_folder()
        stack.callback(set_up_logging(data.logs).close)
        place = await find_place(choice, data)
        if place.endpoint.is_simulated:
            yield None
            return
        hook = session_hook(place, stack, ask_at_terminal)
        pool = DaemonThreadPool(1, "credentials")
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)

        def clients_for(profile: str) -> AwsClients:
            return AwsClients(
                endpoint=place.endpoint,
                operator="",
                clock=SystemClock(),
                session_hook=hook,
                profile=profile,
            )

        yield BotoCredentials(clients_for, _region(), pool)


def _region() -> Region:
    chosen = next((os.environ[name] for name in _REGION_VARIABLES if os.environ.get(name)), "")
    return Region(chosen or _SOME_REGION)
