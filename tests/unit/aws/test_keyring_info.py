"""The keyring's name, whatever the machine does."""

import threading

import keyring
import pytest

from drs_desktop.aws.keyring_info import keyring_backend_name


def test_a_machine_without_keyring_says_none() -> None:
    assert keyring_backend_name() == "none (keyring.backends.fail.Keyring)"


def test_a_backend_that_raises_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: 1 / 0)
    assert keyring_backend_name() == "not usable (ZeroDivisionError)"


def test_a_backend_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(keyring, "get_keyring", go.wait)
    assert keyring_backend_name(0.05) == "no answer within 0.05 s"
    go.set()
