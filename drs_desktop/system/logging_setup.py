"""Structured logs: JSON lines in a rotating, private file, redacted at one point."""

import json
import logging
import logging.handlers
import os
from collections.abc import Mapping, MutableMapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from drs_desktop.system.redaction import redact

LOG_FILE = "drs-desktop.log"
LEVEL_VARIABLE = "DRS_DESKTOP_LOG_LEVEL"
"""Set to `debug`, `info`, `warning` or `error`, it says what is written at least; `info` otherwise."""
_LARGEST_FILE = 10_000_000
_FILES_KEPT = 5
_QUIET_LOGGERS = ("botocore", "boto3", "urllib3", "s3transfer", "werkzeug", "moto", "asyncio", "filelock")
"""Libraries whose chatter would drown ours; botocore's at DEBUG prints signed requests."""

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LogSetup:
    """What `set_up_logging` put in place.

    Attributes:
        path: the file that is written.
    """

    def __init__(self, path: Path, handler: logging.Handler) -> None:
        """Remember what is to be taken away again."""
        self.path = path
        self._handler = handler

    def close(self) -> None:
        """Write no more to the file; may be called twice."""
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()


class _PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(descriptor, "a", encoding="utf-8")


def set_up_logging(logs_folder: Path, *, level: int | None = None) -> LogSetup:
    """Send the records of this program and of every library to `drs-desktop.log` in the folder.

    Args:
        logs_folder: a private folder that exists.
        level: the least level written, by default what `DRS_DESKTOP_LOG_LEVEL` says; libraries that chat are
            never below WARNING.

    Returns:
        What closes the file again.
    """
    level = _chosen_level() if level is None else level
    path = logs_folder / LOG_FILE
    handler = _PrivateRotatingFile(
        path, maxBytes=_LARGEST_FILE, backupCount=_FILES_KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    _configure_structlog()
    return LogSetup(path, handler)


def _chosen_level() -> int:
    """Return the level that was asked for; a word that is none must not keep anybody from recovering."""
    return _LEVELS.get(os.environ.get(LEVEL_VARIABLE, "").strip().lower(), logging.INFO)


def log_nothing_yet() -> None:
    """Write nothing until there is a file for it: by default it would go to the terminal, unredacted."""
    logging.getLogger().addHandler(logging.NullHandler())
    _configure_structlog()


def _shared_processors() -> list[structlog.types.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[*_shared_processors(), structlog.stdlib.ExtraAdder()],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_record,  # last before it is text: what a person or a file sees went through here
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
    )


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def redact_record(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Redact one record, exception text included: the one place where that is done."""
    return {key: redact(value, key) for key, value in record.items()}


def _to_json(record: Any, **_: Any) -> str:
    return json.dumps(record, ensure_ascii=False, default=str)
