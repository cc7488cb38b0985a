"""Processes that outlive the console, such as the simulator."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_detached(
    command: Sequence[str], *, log_file: Path | None = None, environment: Mapping[str, str] | None = None
) -> int:
    """Start a process in a session of its own and return its id.

    It hears neither the terminal's Ctrl-C nor its end; what it prints goes to `log_file` or nowhere.

    Args:
        command: the program and its arguments; no shell sees them.
        log_file: where standard output and error are appended (made 0600).
        environment: the whole environment; this process's when None.

    Raises:
        OSError: the program could not be started.
    """
    with contextlib.ExitStack() as stack:
        output = subprocess.DEVNULL if log_file is None else stack.enter_context(_private_log(log_file))
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            creationflags=_WINDOWS_FLAGS,
            start_new_session=sys.platform != "win32",
        )
    _disown(process)
    return process.pid


_WINDOWS_FLAGS = 0x00000208 if sys.platform == "win32" else 0  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP

_children: list[subprocess.Popen[bytes]] = []


def _disown(process: "subprocess.Popen[bytes]") -> None:
    """Keep a reference, so that no warning is given at its end; `is_alive` collects the exit code."""
    _children.append(process)


def _private_log(path: Path) -> "contextlib.AbstractContextManager[int]":
    return _Descriptor(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))


class _Descriptor(contextlib.AbstractContextManager[int]):
    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> int:
        return self._number

    def __exit__(self, *_: object) -> None:
        os.close(self._number)


def is_alive(process_id: int) -> bool:
    """Return whether a process with this id runs; one of our own that has ended is not alive."""
    if process_id <= 0:
        return False
    for child in _children:
        if child.pid == process_id:
            return child.poll() is None
    return _exists(process_id) and not _is_zombie(process_id)


if sys.platform == "win32":

    def _exists(process_id: int) -> bool:
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(0x00100000, False, process_id)  # SYNCHRONIZE
        if not handle:
            return bool(ctypes.get_last_error() == 5)  # access denied: it exists
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == 0x102)  # WAIT_TIMEOUT: still running
        finally:
            kernel.CloseHandle(handle)

else:

    def _exists(process_id: int) -> bool:
        try:
            os.kill(process_id, 0)  # signal 0 only asks
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def _is_zombie(process_id: int) -> bool:
    """Return whether the process has ended and only its parent has not asked for the exit code yet."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] == ["Z"]
