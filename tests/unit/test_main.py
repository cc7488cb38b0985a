"""The entry point."""

import sys
from types import ModuleType

import pytest

from drs_desktop import __main__
from drs_desktop.domain.errors import StorageError
from tests.unit.cli.fakes import FakeProgram


class NoInterruptions:
    """Stands in for what listens to the signals of a process."""

    def hold(self) -> None:
        pass

    def ignore(self) -> None:
        pass


def bootstrap_with(monkeypatch: pytest.MonkeyPatch, build: object) -> None:
    module = ModuleType("drs_desktop.bootstrap")
    module.build_program = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "drs_desktop.bootstrap", module)
    interruptions = ModuleType("drs_desktop.system.interruptions")
    interruptions.Interruptions = NoInterruptions  # type: ignore[attr-defined]  # the tests' own process stays as it is
    monkeypatch.setitem(sys.modules, "drs_desktop.system.interruptions", interruptions)
    hardening = ModuleType("drs_desktop.system.hardening")
    hardening.harden_process = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "drs_desktop.system.hardening", hardening)


def test_process_ends_with_the_code_of_its_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap_with(monkeypatch, lambda _interruptions: FakeProgram())
    monkeypatch.setattr(sys, "argv", ["drs-desktop", "nonsense"])

    with pytest.raises(SystemExit) as left:
        __main__.main()

    assert left.value.code == 2
    assert "nonsense" in capsys.readouterr().err


def test_program_that_cannot_be_put_together_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(_interruptions: object) -> FakeProgram:
        raise StorageError("The data folder cannot be written.")

    bootstrap_with(monkeypatch, build)

    with pytest.raises(SystemExit) as left:
        __main__.main()

    assert left.value.code == 1
    assert capsys.readouterr().err == "The data folder cannot be written.\n"
