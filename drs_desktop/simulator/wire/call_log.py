"""The log of every AWS call: what was asked, by whom, and what came of it."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drs_desktop.simulator.wire.requests import WireCall

_LARGEST = 200_000


@dataclass(kw_only=True)
class LoggedCall:
    """One call, complete when `status` is known."""

    number: int
    call: WireCall
    account_id: str | None
    service_time: datetime
    real_time: datetime
    status: int | None = None
    """The HTTP status that was sent; None while the call is under way or when the connection was closed."""
    is_done: bool = False
    fault_id: str | None = None


class CallLog:
    """The newest calls, oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._calls: deque[LoggedCall] = deque(maxlen=_LARGEST)
        self._count = 0

    def arrived(
        self, call: WireCall, account_id: str | None, service_time: datetime, real_time: datetime
    ) -> LoggedCall:
        """Note a call that has just arrived."""
        with self._lock:
            self._count += 1
            logged = LoggedCall(
                number=self._count,
                call=call,
                account_id=account_id,
                service_time=service_time,
                real_time=real_time,
            )
            self._calls.append(logged)
        return logged

    def described(self) -> list[dict[str, Any]]:
        """Return the calls as JSON data."""
        with self._lock:
            calls = list(self._calls)
        return [_described(logged) for logged in calls]


def _described(logged: LoggedCall) -> dict[str, Any]:
    call = logged.call
    return {
        "number": logged.number,
        "service": call.service,
        "operation": call.operation,
        "account": logged.account_id,
        "region": call.region,
        "service_time": logged.service_time.isoformat(timespec="microseconds"),
        "real_time": logged.real_time.isoformat(timespec="microseconds"),
        "signed_at": call.signed_at.isoformat() if call.signed_at else None,
        "user_agent": call.user_agent,
        "request": dict(call.members),
        "status": logged.status,
        "is_done": logged.is_done,
        "fault": logged.fault_id,
    }
