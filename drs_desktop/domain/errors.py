"""The error tree. A constructor takes facts and composes the sentence that a person reads."""

from typing import ClassVar

from drs_desktop.domain.ids import Scope


class DrsDesktopError(Exception):
    """The root of every error this program raises on purpose; `str()` is a sentence for a person."""

    is_retryable: ClassVar[bool] = False
    """Whether the same call may be made again unchanged, after a wait."""
    exit_code: ClassVar[int] = 1


class ValidationFailed(DrsDesktopError):
    """What was asked cannot be done as it stands; nothing was called."""

    exit_code = 3


class NotFound(DrsDesktopError):
    """A plan, group, execution or account that does not exist here."""

    exit_code = 3


class CommandRefused(DrsDesktopError):
    """A command that makes no sense in the present state; the sentence says why."""

    exit_code = 3


class SeatLeft(CommandRefused):
    """The process that drove the execution has just stopped driving it; the command may be given again."""


class NeedsOperator(DrsDesktopError):
    """Only a person can decide how to go on."""

    exit_code = 5


class AnotherDriver(DrsDesktopError):
    """A second process holds the lease of the execution."""

    exit_code = 7

    def __init__(self, execution_id: str, owner: str) -> None:
        super().__init__(
            f"Execution {execution_id} is driven by another process ({owner}). "
            "Pause, cancel and terminate work from here; to drive it here, end that process first."
        )


class LeaseLost(DrsDesktopError):
    """This process was fenced off: another one drives the execution now."""

    exit_code = 7


class DrivingFailed(DrsDesktopError):
    """A mistake of this program ended its driving; AWS goes on with what was started."""

    def __init__(self, execution_id: str, error: BaseException) -> None:
        super().__init__(
            f"Something went wrong inside the program ({type(error).__name__}) while it drove execution "
            f"{execution_id}; the log says more. What AWS has started goes on there, nothing more is started."
        )


class StorageError(DrsDesktopError):
    """The database refused a write or a read; while it does, nothing that changes AWS is called."""


class ClaimConflict(DrsDesktopError):
    """A server is already being started by another attempt."""

    def __init__(self, server: str, holder: str) -> None:
        super().__init__(f"Source server {server} is already being started by execution {holder}.")
        self.server = server
        self.holder = holder


class WrongEndpoint(DrsDesktopError):
    """An execution was begun against one AWS (or simulator) and cannot go on against another."""

    exit_code = 9


class AwsError(DrsDesktopError):
    """An AWS call that did not give what was asked.

    Attributes:
        operation: the API operation, such as `DescribeJobs`.
        scope: the account and Region it was addressed to, where known.
        code: AWS's error code, or the class of the transport error.
    """

    def __init__(
        self, sentence: str, *, operation: str = "", scope: Scope | None = None, code: str = ""
    ) -> None:
        super().__init__(sentence)
        self.operation = operation
        self.scope = scope
        self.code = code


class SignInNeeded(AwsError):
    """The credentials are missing, expired or refused; running jobs go on in AWS."""

    exit_code = 6


class AccessDenied(AwsError):
    """The role may not do this."""

    exit_code = 8


class Throttled(AwsError):
    """AWS asked to slow down; nothing was done."""

    is_retryable = True
    exit_code = 9


class AwsUnreachable(AwsError):
    """No answer that could be read: no network, a proxy's page, a time-out, a 5xx."""

    is_retryable = True
    exit_code = 9


class AwsNotFound(AwsError):
    """AWS does not know the id."""


class AwsConflict(AwsError):
    """The server is being processed by another job."""


class AwsQuotaExceeded(AwsError):
    """A DRS quota is used up; nothing was done."""


class AwsRejected(AwsError):
    """AWS refused the request for certain, for a reason that waiting does not cure."""


class CallNotSent(AwsError):
    """No byte of a mutating request left this machine: nothing can have happened."""


class OutcomeUnknown(AwsError):
    """A mutating request may or may not have arrived; only witnesses can tell."""
