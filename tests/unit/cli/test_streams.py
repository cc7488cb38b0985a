"""Reading from a terminal while the loop goes on."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from drs_desktop.cli.streams import Streams, read_line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")


@contextmanager
def a_terminal() -> Iterator[tuple[int, TextIO]]:
    """Return the end where a person types, and the stream of the program."""
    typist, program = os.openpty()
    try:
        with os.fdopen(program, encoding="utf-8") as stdin:
            yield typist, stdin
    finally:
        os.close(typist)


def in_selector_loop(work: object) -> object:
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


def test_line_is_read_while_the_loop_goes_on() -> None:
    async def main(typist: int, stdin: TextIO) -> str | None:
        asyncio.get_running_loop().call_soon(os.write, typist, b"yes\n")
        return await read_line(stdin)

    with a_terminal() as (typist, stdin):
        assert in_selector_loop(main(typist, stdin)) == "yes"


def test_end_of_the_input_is_no_line() -> None:
    async def main(typist: int, stdin: TextIO) -> str | None:
        os.write(typist, b"\x04")
        return await read_line(stdin)

    with a_terminal() as (typist, stdin):
        assert in_selector_loop(main(typist, stdin)) is None


def test_cancelled_wait_leaves_the_next_line_to_the_next_question() -> None:
    async def main(typist: int, stdin: TextIO) -> str | None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await read_line(stdin)
        os.write(typist, b"second\n")
        return await read_line(stdin)

    with a_terminal() as (typist, stdin):
        assert in_selector_loop(main(typist, stdin)) == "second"


def test_nobody_can_be_asked_through_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_terminal() as (_, stdin):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert not Streams.of_this_process().is_interactive
