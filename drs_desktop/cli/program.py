"""What the command line needs from the rest of the program, handed in by the composition root."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from drs_desktop.domain.audit import AuditProblem
from drs_desktop.domain.credential_source import CredentialGateway
from drs_desktop.services.api import Services
from drs_desktop.services.sign_in_service import SignInService


@dataclass(frozen=True, kw_only=True)
class WorkspaceChoice:
    """Which workspace a command is about.

    Attributes:
        name: the workspace asked for by name; None leaves the choice open: the one that the execution id
            names, else `demo` when AWS_ENDPOINT_URL names an address of this machine, else `main`.
        execution_id: the execution that the command is about; it names its workspace by itself.
        demo_speed: start the sample simulator at this speed unless one runs; None: start none.
    """

    name: str | None = None
    execution_id: str | None = None
    demo_speed: float | None = None


class CheckState(Enum):
    """What a look at one thing came to; a check that could not be made never looks like a passed one."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "could not be checked"


@dataclass(frozen=True, kw_only=True)
class DoctorLine:
    """One thing that `doctor` looked at."""

    name: str
    value: str
    state: CheckState = CheckState.PASSED
    hint: str = ""
    """What to do about it, or empty."""

    @property
    def is_ok(self) -> bool:
        """Return whether nothing is known to be wrong with it."""
        return self.state is not CheckState.FAILED


@dataclass(frozen=True, kw_only=True)
class BrokenRow:
    """The first journal row of an execution that is not as it was written."""

    execution_id: str
    sequence: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class JournalCheck:
    """What a walk along the hash chains of a workspace's journal found.

    Attributes:
        workspace: whose journal it is.
        rows: how many rows were walked.
        broken: at most one entry for each execution; empty when all is as it was written.
        audit_rows: how many rows of the audit trail were walked.
        audit_problems: what of the audit trail is not as it was written.
        audit_unread: why the audit trail could not be walked, or empty.
    """

    workspace: str
    rows: int
    broken: tuple[BrokenRow, ...]
    audit_rows: int = 0
    audit_problems: tuple[AuditProblem, ...] = ()
    audit_unread: str = ""

    @property
    def is_whole(self) -> bool:
        """Return whether everything was walked and is as it was written."""
        return not (self.broken or self.audit_problems or self.audit_unread)


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """How to serve a simulator; `exit_when_idle` is in real seconds, None means never."""

    port: int
    scenario: str
    speed: float
    ready_file: Path | None
    exit_when_idle: float | None


class Program(Protocol):
    """The composition root as the command line sees it."""

    def open(self, choice: WorkspaceChoice) -> AbstractAsyncContextManager[Services]:
        """Open a workspace on the running loop; leaving the context closes it."""

    def open_sign_in(self, choice: WorkspaceChoice) -> AbstractAsyncContextManager[SignInService]:
        """Open the sign-in of a workspace on the running loop, without the workspace itself."""

    def open_credentials(
        self, choice: WorkspaceChoice
    ) -> AbstractAsyncContextManager[CredentialGateway | None]:
        """Open what looks at the credentials in force; None where a simulator gives its own."""

    def can_open_browser(self) -> bool:
        """Return whether a browser could be opened here."""

    def open_browser(self, address: str) -> None:
        """Open an address in the browser, as far as that can be done."""

    def hear_interruptions(self) -> None:
        """Let Ctrl-C, SIGTERM and SIGHUP interrupt what is done from here on.

        Raises:
            KeyboardInterrupt: one came before.
        """

    def run_window(self, choice: WorkspaceChoice, execution_id: str | None = None) -> int:
        """Show the window until it is closed; return the exit code."""

    def can_draw(self) -> bool:
        """Return whether a window could be shown here."""

    def serve_simulator(
        self, options: SimulatorOptions, announce: Callable[[Mapping[str, object]], None]
    ) -> None:
        """Serve until told to end; `announce` is called once with how to reach the simulator."""

    def simulator_scenarios(self) -> Mapping[str, str]:
        """Return the scenarios that ship with the program, each with the sentence that says what it shows."""

    async def doctor(self, choice: WorkspaceChoice, *, asks_aws: bool = False) -> tuple[DoctorLine, ...]:
        """Look at what the program stands on and, if wanted, whether AWS answers from here."""

    async def verify_journal(self, choice: WorkspaceChoice) -> JournalCheck:
        """Walk the hash chains of a workspace's journal and audit trail without changing anything.

        Raises:
            StorageError: the database cannot be read, so that nothing could be checked.
        """
