"""Ctrl-C, SIGTERM and SIGHUP: each ends the program in order, and none in the middle of its start."""

import signal
import threading
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Interruptions:
    """The signals that ask a process to end, for its main thread; what was ignored before stays ignored."""

    def __init__(self) -> None:
        known = (getattr(signal, name, None) for name in _NAMES)
        self._numbers = tuple(number for number in known if isinstance(number, signal.Signals))
        self._has_come = False

    def hold(self) -> None:
        """Only remember what comes: an import that is cut off cannot end in a sentence."""
        for number in self._heard():
            signal.signal(number, self._remember)

    def let_through(self) -> None:
        """Let each do what Ctrl-C does from now on; may be called again.

        Raises:
            KeyboardInterrupt: one came while they were held back.
        """
        for number in self._heard():
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else _like_ctrl_c)
        if self._has_come:
            self._has_come = False
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Hear no more of them: what has ended cannot be interrupted."""
        for number in self._heard():
            signal.signal(number, signal.SIG_IGN)

    def _heard(self) -> tuple[signal.Signals, ...]:
        if threading.current_thread() is not threading.main_thread():
            return ()
        return tuple(number for number in self._numbers if signal.getsignal(number) is not signal.SIG_IGN)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self._has_come = True


def _like_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C would do at this moment: a running asyncio.Runner cancels its coroutine."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt
