"""What the commands of those who administer and audit share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drs_desktop.cli.invocation import Invocation
from drs_desktop.domain.errors import NotFound
from drs_desktop.services.administration import Administration


@asynccontextmanager
async def opened(call: Invocation, workspace: str | None) -> AsyncIterator[Administration]:
    """Open a workspace and give what administers it.

    Raises:
        NotFound: the workspace was put together without it.
    """
    async with call.program.open(call.choice(workspace)) as services:
        if services.administration is None:
            raise NotFound(f"Workspace {services.info.name} cannot be administered from here.")
        yield services.administration
