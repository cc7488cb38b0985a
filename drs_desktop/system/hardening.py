"""What a process that holds keys in memory denies to the rest of the machine."""

import contextlib
import ctypes
import os
import sys

_PR_SET_DUMPABLE = 4


def harden_process() -> None:
    """Write no core dump, let no process of the same user read this one's memory, keep new files private.

    What the platform does not offer is left out: Windows has neither of the first two, macOS not the second.
    """
    os.umask(0o077)
    _forbid_core_dumps()
    if sys.platform == "linux":
        _forbid_reading_memory()


def _forbid_core_dumps() -> None:
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):  # a container may forbid even lowering it
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _forbid_reading_memory() -> None:
    # prctl(2): a process that is not dumpable cannot be attached to, and its /proc/PID/mem belongs to root.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
