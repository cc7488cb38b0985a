"""What the command line is handed: workspaces and windows to open, a simulator to serve, the doctor."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from drs_desktop.cli.program import DoctorLine, JournalCheck, Program, SimulatorOptions, WorkspaceChoice
from drs_desktop.domain.credential_source import CredentialGateway
from drs_desktop.services.api import Services
from drs_desktop.services.sign_in_service import SignInService
from drs_desktop.system.interruptions import Interruptions

_WINDOWLESS_PLATFORMS = {"offscreen", "minimal"}


class DesktopProgram:
    """The real program behind the command line."""

    def __init__(self, interruptions: Interruptions) -> None:
        self._interruptions = interruptions

    def hear_interruptions(self) -> None:
        """Let Ctrl-C, SIGTERM and SIGHUP interrupt what is done from here on."""
        self._interruptions.let_through()

    def open(self, choice: WorkspaceChoice) -> AbstractAsyncContextManager[Services]:
        """Open a workspace on the running loop; leaving the context closes it."""
        from drs_desktop.bootstrap.workspace import open_workspace
        from drs_desktop.system.code_prompt import ask_at_terminal

        return open_workspace(choice, ask_at_terminal)

    def open_sign_in(self, choice: WorkspaceChoice) -> AbstractAsyncContextManager[SignInService]:
        """Open the sign-in of a workspace on the running loop, without the workspace itself."""
        from drs_desktop.bootstrap.sign_in import open_sign_in

        return open_sign_in(choice)

    def open_credentials(
        self, choice: WorkspaceChoice
    ) -> AbstractAsyncContextManager[CredentialGateway | None]:
        """Open what looks at the credentials in force; None where a simulator gives its own."""
        from drs_desktop.bootstrap.credentials import open_credentials

        return open_credentials(choice)

    def can_open_browser(self) -> bool:
        """Return whether a browser could be opened here."""
        from drs_desktop.bootstrap.sign_in import can_open_browser

        return can_open_browser(os.environ, has_display=self.can_draw())

    def open_browser(self, address: str) -> None:
        """Open an address in the browser, as far as that can be done."""
        from drs_desktop.bootstrap.sign_in import open_browser

        open_browser(address)

    def run_window(self, choice: WorkspaceChoice, execution_id: str | None = None) -> int:
        """Show the window until it is closed; return the exit code."""
        from drs_desktop.bootstrap.window import run_window

        return run_window(choice, execution_id)

    def can_draw(self) -> bool:
        """Return whether a window could be shown here."""
        return can_draw(os.environ, sys.platform)

    def serve_simulator(
        self, options: SimulatorOptions, announce: Callable[[Mapping[str, object]], None]
    ) -> None:
        """Serve until told to end; `announce` is called once with how to reach the simulator."""
        from drs_desktop.bootstrap.simulators import serve_simulator
        from drs_desktop.system.logging_setup import set_up_logging
        from drs_desktop.system.paths import data_folder

        log = set_up_logging(data_folder().logs)
        try:
            serve_simulator(options, announce)
        finally:
            log.close()

    def simulator_scenarios(self) -> Mapping[str, str]:
        """Return the scenarios that ship with the program, each with the sentence that says what it shows."""
        from drs_desktop.bootstrap.simulators import scenario_summaries

        return scenario_summaries()

    async def doctor(self, choice: WorkspaceChoice, *, asks_aws: bool = False) -> tuple[DoctorLine, ...]:
        """Look at what the program stands on."""
        from drs_desktop.bootstrap.doctor import doctor_lines

        return await doctor_lines(choice, asks_aws=asks_aws)

    async def verify_journal(self, choice: WorkspaceChoice) -> JournalCheck:
        """Walk the hash chains of a workspace's journal without changing anything."""
        from drs_desktop.bootstrap.journal_check import check_journal

        return await check_journal(choice)


def can_draw(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether a window could be shown with this environment on this platform."""
    chosen = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if chosen in _WINDOWLESS_PLATFORMS:
        return False
    if not platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def build_program(interruptions: Interruptions) -> Program:
    """Return the program; nothing is opened yet, and nothing is logged before there is a file for it."""
    from drs_desktop.system.logging_setup import log_nothing_yet

    log_nothing_yet()
    return DesktopProgram(interruptions)
