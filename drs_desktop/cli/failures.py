"""Errors as a command ends with them: one sentence, one exit code, never a traceback."""

import logging
from dataclasses import dataclass
from typing import cast

import structlog

from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.domain.errors import DrsDesktopError


class UsageProblem(DrsDesktopError):
    """Options that do not go together, seen only after they were parsed."""

    exit_code = ExitCode.USAGE


class NoDisplay(DrsDesktopError):
    """A window was asked for where none can be drawn."""

    def __init__(self) -> None:
        super().__init__(
            "There is no display to open a window on. `drs-desktop demo` shows a drill in this terminal; "
            "`drs-desktop --help` lists all that works without a window."
        )


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How a command failed."""

    sentence: str
    exit_code: int


def failure_of(error: BaseException) -> Failure:
    """Return what to say of an error; an unexpected one goes to the log with its traceback."""
    cause = _purposeful(error)
    if cause is not None:
        return Failure(sentence=str(cause), exit_code=int(cause.exit_code))
    if structlog.is_configured():
        structlog.get_logger(__name__).error("unexpected error", exc_info=error)
    return Failure(
        sentence=f"Something went wrong inside the program ({type(error).__name__}). {_where_the_log_is()}",
        exit_code=ExitCode.OUR_FAULT,
    )


def _purposeful(error: BaseException) -> DrsDesktopError | None:
    """Return the error raised on purpose, also when a task group wrapped it."""
    if isinstance(error, DrsDesktopError):
        return error
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return next((found for inner in group.exceptions if (found := _purposeful(inner))), None)
    return None


def _where_the_log_is() -> str:
    for handler in logging.getLogger().handlers:
        if path := getattr(handler, "baseFilename", ""):
            return f"The details are in {path}."
    return (
        "The details are in the log, in the logs folder of the data folder (`drs-desktop doctor` names it)."
    )
