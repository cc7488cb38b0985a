"""One JSON line per AWS call: what was asked where and how it ended; of what was in it, ids at most."""

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drs_desktop.domain.aws_operations import CallClass, call_class
from drs_desktop.domain.ids import IntentId, Scope
from drs_desktop.domain.ports import Clock

LOG_FILE = "aws-calls.jsonl"
_LARGEST_FILE = 10_000_000
_FILES_KEPT = 5
_MARK = "drs_desktop_call"
_NAMED = "drs_desktop_named"

_ONE_ID = {"server_ids": "sourceServerID", "instance_ids": "recoveryInstanceID", "job_ids": "jobID"}
_ID_LISTS = {"server_ids": "sourceServerIDs", "instance_ids": "recoveryInstanceIDs"}

_log = logging.getLogger(__name__)


class CallLog:
    """Writes the calls of the clients it is attached to.

    A read leaves one line, at its end. A call that changes something leaves two, the first before it is sent,
    so that a call without an end is seen. The first names the servers, instances and jobs that it is about
    and says whether it starts a drill, the second names the job that came of it. A line that cannot be
    written never fails the call.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        """Write to `path`, whose folder exists; nothing is opened yet."""
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._has_failed = False

    def attach(self, client: Any, *, scope: Scope, intent_id: IntentId | None = None) -> None:
        """Log every call of a client from now on."""
        observer = _Observer(self, scope, intent_id)
        events = client.meta.events
        events.register_last("before-parameter-build", observer.on_parameters)
        events.register_first("before-call", observer.on_before_call)
        events.register_last("after-call", observer.on_after_call)
        events.register_last("after-call-error", observer.on_error)

    def write(self, entry: dict[str, Any]) -> None:
        """Append one line with both clocks."""
        stamped = {
            "at": self._clock.local_now().isoformat(),
            "service_at": self._clock.service_now().isoformat(),
            **{key: value for key, value in entry.items() if value is not None},
        }
        line = json.dumps(stamped, ensure_ascii=False, default=str) + "\n"
        try:
            with self._lock:
                self._rotate()
                self._append(line.encode())
        except OSError as error:
            self._complain(error)

    def _append(self, line: bytes) -> None:
        # Opened for each line: another console may have rotated the file, and one write never mixes with its.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def _rotate(self) -> None:
        try:
            if self._path.stat().st_size < _LARGEST_FILE:
                return
        except FileNotFoundError:
            return
        for number in range(_FILES_KEPT - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _complain(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            _log.warning("The log of AWS calls cannot be written: %s", error.strerror)


class _Observer:
    """Hears the events of one client; it may be used by several threads."""

    def __init__(self, log: CallLog, scope: Scope, intent_id: IntentId | None) -> None:
        self._log = log
        self._scope = scope
        self._intent_id = intent_id

    def on_parameters(self, params: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        if call_class(model.service_model.service_name, model.name) is CallClass.WRITE:
            context[_NAMED] = _named_in(params)

    def on_before_call(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        call = {
            "account": self._scope.account_id,
            "region": self._scope.region,
            "service": model.service_model.service_name,
            "operation": model.name,
            "intent_id": self._intent_id,
        }
        context[_MARK] = (call, time.monotonic())
        if call_class(call["service"], model.name) is CallClass.WRITE:
            self._log.write({**call, "phase": "start", **context.get(_NAMED, {})})

    def on_after_call(self, http_response: Any, parsed: Any, context: dict[str, Any], **_: Any) -> None:
        metadata = parsed.get("ResponseMetadata") or {}
        status = http_response.status_code
        error = (parsed.get("Error") or {}).get("Code") if status >= 300 else None
        self._end(
            context,
            outcome=_word(error) if error else ("ok" if status < 300 else "unreadable"),
            http_status=status,
            request_id=metadata.get("RequestId"),
            job_id=_job_made(context, parsed),
            attempts=metadata.get("RetryAttempts", 0) + 1,
        )

    def on_error(self, exception: BaseException, context: dict[str, Any], **_: Any) -> None:
        attempts = (context.get("retries") or {}).get("attempt", 1)
        self._end(context, outcome=type(exception).__name__, attempts=attempts)

    def _end(self, context: dict[str, Any], **result: Any) -> None:
        call, started = context.get(_MARK, ({}, time.monotonic()))
        duration_ms = round((time.monotonic() - started) * 1000, 1)
        self._log.write({**call, "phase": "end", **result, "duration_ms": duration_ms})


def _named_in(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request is about: the ids in it, and whether it starts a drill; nothing else of it."""
    one = {key: [params[name]] for key, name in _ONE_ID.items() if name in params}
    many = {key: list(params[name]) for key, name in _ID_LISTS.items() if name in params}
    started = [server.get("sourceServerID") for server in params.get("sourceServers", ())]
    named = {**one, **many, **({"server_ids": started} if started else {})}
    return {**named, **({"is_drill": params["isDrill"]} if "isDrill" in params else {})}


def _job_made(context: Mapping[str, Any], parsed: Mapping[str, Any]) -> str | None:
    """Return the job that a call made which changes something."""
    job = parsed.get("job") if _NAMED in context else None
    return job.get("jobID") if isinstance(job, Mapping) else None


def _word(code: Any) -> str:
    """Return an error code as one short word: a proxy could send anything in its place."""
    return "".join(c for c in str(code) if c.isalnum() or c in "._-")[:80]
