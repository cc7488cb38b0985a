"""Where a command reads and writes: whether a person is there, and how one is asked."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self, TextIO

from rich.console import Console

WIDE = 10_000
"""The width of what is no terminal: nothing is wrapped or cut there."""


class PlainConsole(Console):
    """A console that leaves it to the command what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@dataclass(frozen=True, kw_only=True)
class Streams:
    """The three streams of the process, and whether a person can be asked through them.

    Attributes:
        is_interactive: a terminal reads and writes, so a question can be put.
        read_line: waits for one line without stopping the loop; None at the end of the input.
    """

    stdout: TextIO
    stderr: TextIO
    is_interactive: bool
    read_line: Callable[[], Coroutine[Any, Any, str | None]]

    @classmethod
    def of_this_process(cls) -> Self:
        """Return the standard streams as they are now."""
        for stream in (sys.stdout, sys.stderr):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")
        stdin = sys.stdin
        return cls(
            stdout=sys.stdout,
            stderr=sys.stderr,
            is_interactive=_is_terminal(stdin) and _is_terminal(sys.stdout),
            read_line=lambda: read_line(stdin),
        )

    def console(self, *, to_stderr: bool) -> Console:
        """Return a console that prints text as it is and knows NO_COLOR and pipes."""
        stream = self.stderr if to_stderr else self.stdout
        width = None if _is_terminal(stream) else WIDE
        return PlainConsole(file=stream, markup=False, highlight=False, emoji=False, width=width)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


async def read_line(stdin: TextIO) -> str | None:
    """Return the next line of a terminal without its end, or None when there is no more.

    The loop goes on meanwhile, because the engine runs on it; whoever cancels the wait takes no input away.
    """
    if sys.platform == "win32":
        line = await asyncio.to_thread(stdin.readline)
    else:
        await _until_readable(stdin.fileno())
        line = stdin.readline()  # a terminal hands out whole lines, so this does not block
    return line.rstrip("\r\n") if line else None


async def _until_readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
