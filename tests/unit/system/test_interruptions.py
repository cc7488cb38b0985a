"""Ctrl-C, SIGTERM and SIGHUP: held back, let through, ignored."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from drs_desktop.system.interruptions import Interruptions

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
each_signal = pytest.mark.parametrize("number", SIGNALS)


@pytest.fixture(autouse=True)
def handlers_of_the_test_run() -> Iterator[None]:
    """Put back what the test run itself does with the signals."""
    earlier = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in earlier.items():
        signal.signal(number, handler)


@each_signal
def test_signal_that_comes_while_held_interrupts_once_it_is_let_through(number: signal.Signals) -> None:
    interruptions = Interruptions()
    interruptions.hold()
    os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):
        interruptions.let_through()
    interruptions.let_through()  # it was told once


@each_signal
def test_signal_let_through_interrupts(number: signal.Signals) -> None:
    interruptions = Interruptions()
    interruptions.hold()
    interruptions.let_through()

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@each_signal
def test_signal_let_through_cancels_a_running_coroutine(number: signal.Signals) -> None:
    Interruptions().let_through()
    closed = []

    async def work() -> None:
        try:
            asyncio.get_running_loop().call_soon(signal.raise_signal, number)
            await asyncio.Event().wait()
        finally:
            closed.append("in order")

    with pytest.raises(KeyboardInterrupt), asyncio.Runner() as runner:
        runner.run(work())
    assert closed == ["in order"]


@each_signal
def test_signal_ignored_before_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    interruptions = Interruptions()
    interruptions.hold()
    interruptions.let_through()

    signal.raise_signal(number)
    assert signal.getsignal(number) is signal.SIG_IGN


@each_signal
def test_signal_after_the_end_is_not_heard(number: signal.Signals) -> None:
    interruptions = Interruptions()
    interruptions.let_through()
    interruptions.ignore()

    signal.raise_signal(number)
    assert signal.getsignal(number) is signal.SIG_IGN


def test_other_threads_leave_the_signals_alone() -> None:
    earlier = [signal.getsignal(number) for number in SIGNALS]
    thread = threading.Thread(target=Interruptions().hold)
    thread.start()
    thread.join()

    assert [signal.getsignal(number) for number in SIGNALS] == earlier
