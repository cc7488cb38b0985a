"""The question for the code of an MFA device, at a real terminal and without one."""

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drs_desktop.domain.credential_source import CodeNotGiven
from drs_desktop.system.code_prompt import ask_at_terminal

DEVICE = "arn:aws:iam::111111111111:mfa/olu"


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Make a terminal the input and error stream of this process; the value is a person's side of it."""
    person, ours = pty.openpty()
    with open(ours, encoding="utf-8") as reading, open(os.dup(ours), "w", encoding="utf-8") as writing:
        monkeypatch.setattr("sys.stdin", reading)
        monkeypatch.setattr("sys.stderr", writing)
        yield person
    os.close(person)


def test_person_at_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as person:
        os.write(person, b"246810\n")
        assert ask_at_terminal(DEVICE).strip() == "246810"
        assert DEVICE in os.read(person, 1_000).decode()


def test_end_of_the_input_is_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as person:
        os.write(person, b"\x04")
        with pytest.raises(CodeNotGiven, match="Nobody gave the code"):
            ask_at_terminal(DEVICE)


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(CodeNotGiven, match="no terminal"):
            ask_at_terminal(DEVICE)
