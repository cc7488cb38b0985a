"""What every test stands on: an environment of its own, no network, no thread left behind.

The environment is set while this file is imported, before anything of the program is.
"""

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_home = Path(tempfile.mkdtemp(prefix="drs-desktop-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)


def _isolate_environment() -> None:
    """Cut every tie to the account of the person who runs the tests."""
    for name in list(os.environ):
        if name.startswith(
            ("AWS_", "DRS_DESKTOP_", "XDG_CONFIG", "XDG_DATA", "XDG_CACHE", "XDG_STATE", "MOTO_")
        ):
            del os.environ[name]
    os.environ["HOME"] = str(_home)
    os.environ["DRS_DESKTOP_HOME"] = str(_home / "drs-desktop")
    os.environ["AWS_CONFIG_FILE"] = str(_home / "aws-config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(_home / "aws-credentials")
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    # moto reads a list of thousands of machine images at its first EC2 call; no test needs them.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    # A proxy of the developer's network must not stand between a test and its own local server.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost,::1"
    # The developer's own keyring is out of reach; the keyring tests choose theirs before they start pytest.
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


_isolate_environment()

# Chosen by HYPOTHESIS_PROFILE. A deadline per example would only measure how busy the machine is. What a run
# does is the same each time, so that a red one is no bad luck; `night` looks for new examples.
settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "night", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# --- network ---------------------------------------------------------------------------------------------

_refused: list[str] = []


class NetworkRefusedError(AssertionError):
    """A test tried to reach something outside this machine.

    Not an OSError, so that the code under test cannot take it for an ordinary network failure.
    """


def _is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _refuse_unless_local(host: object) -> None:
    if not _is_local(host):
        _refused.append(str(host))
        raise NetworkRefusedError(f"Tests reach loopback addresses only, not {host}.")


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection and every look-up of a name that would leave this machine."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(address[0])

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unless_local(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def no_network_attempt() -> Iterator[None]:
    """Fail a test whose refused connection was swallowed by the code under test."""
    _refused.clear()
    yield
    attempts, _refused[:] = list(_refused), []
    if attempts:
        pytest.fail(f"The test tried to reach: {', '.join(attempts)}")


# --- threads ---------------------------------------------------------------------------------------------

SECONDS_TO_END = 5.0

# pytest-timeout's timer, one per test; the plugin cancels it itself, after the fixtures.
WATCHDOG = "pytest_timeout "
# Daemon threads that may outlive one test, by how their names begin or end.
ALLOWED_BEGINNINGS = ("Dummy-",)  # a foreign thread (Qt's) that called into Python, which cannot see its end
ALLOWED_ENDINGS = ("(process_request_thread)",)  # a kept-open connection of a longer-lived local server


def _may_stay(thread: threading.Thread) -> bool:
    if thread.name.startswith(WATCHDOG):
        return True
    return thread.daemon and (
        thread.name.startswith(ALLOWED_BEGINNINGS) or thread.name.endswith(ALLOWED_ENDINGS)
    )


def _left_behind(before: set[threading.Thread]) -> list[str]:
    """Return the names of threads that began after `before` and do not end when given a moment."""
    names = []
    for thread in set(threading.enumerate()) - before:
        if _may_stay(thread):
            continue
        thread.join(SECONDS_TO_END)
        if thread.is_alive():
            names.append(f"{thread.name} ({'daemon' if thread.daemon else 'not a daemon'})")
    return sorted(names)


@pytest.fixture(scope="session", autouse=True)
def no_thread_after_the_session() -> Iterator[None]:
    """Fail the last test when a longer-lived fixture left a thread, which could hold the process."""
    before = set(threading.enumerate())
    yield
    if names := _left_behind(before):
        pytest.fail(f"Threads left running after all tests: {', '.join(names)}")


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail the test that leaves a thread running; threads of module and session fixtures began before."""
    before = set(threading.enumerate())
    yield
    if names := _left_behind(before):
        pytest.fail(f"Threads left running by this test: {', '.join(names)}")
