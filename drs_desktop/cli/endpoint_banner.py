"""Says on standard error, before anything else, that a workspace does not belong to AWS itself."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from rich.text import Text

from drs_desktop.cli.plain_text import plain
from drs_desktop.cli.program import Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.accounts import AWS
from drs_desktop.services.api import Services


def announcing(program: Program, streams: Streams) -> Program:
    """Return the program with one thing added: whoever opens a workspace is told when it is not of AWS."""
    announced: Any = _Announcing(program, streams)
    return announced  # type: ignore[no-any-return]


class _Announcing:
    """Everything that the program is, with a word at each opening."""

    def __init__(self, program: Program, streams: Streams) -> None:
        self._program = program
        self._streams = streams

    def __getattr__(self, name: str) -> Any:
        return getattr(self._program, name)

    def open(self, choice: WorkspaceChoice) -> AbstractAsyncContextManager[Services]:
        """Open a workspace; see the program."""
        return self._opened(choice)

    @asynccontextmanager
    async def _opened(self, choice: WorkspaceChoice) -> AsyncIterator[Services]:
        async with self._program.open(choice) as services:
            endpoint = services.info.endpoint
            if endpoint.fingerprint != AWS or endpoint.url is not None:
                self._streams.console(to_stderr=True).print(
                    Text(plain(f"== {endpoint.title} ==")), soft_wrap=True
                )
            yield services
