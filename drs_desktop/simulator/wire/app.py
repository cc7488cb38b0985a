"""The WSGI application: control endpoint, faults, guard, call log, and behind them moto."""

import contextlib
import http
import logging
import re
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from drs_desktop.simulator.core.clock import utc_now
from drs_desktop.simulator.core.errors import ValidationError
from drs_desktop.simulator.core.faults import (
    ArrivingCall,
    DelayBefore,
    EmptyPage,
    ErrorAnswer,
    FaultState,
    HoldAnswer,
    Html503,
    ResetAfter,
    ResetBefore,
)
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, html_page, json_answer, refusal
from drs_desktop.simulator.wire.call_log import CallLog, LoggedCall
from drs_desktop.simulator.wire.cloudtrail import CloudTrail
from drs_desktop.simulator.wire.control import Control
from drs_desktop.simulator.wire.drs.paging import empty_page
from drs_desktop.simulator.wire.guard import Guard
from drs_desktop.simulator.wire.own_services import OwnServices
from drs_desktop.simulator.wire.requests import Environ, WireCall, read_call
from drs_desktop.simulator.wire.sso import SsoFace
from drs_desktop.simulator.wire.sso_requests import SERVICES as SSO_SERVICES
from drs_desktop.simulator.wire.sso_requests import SIGN_IN_PAGE, read_sso_call

_LOG = logging.getLogger(__name__)
_OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
_CONTROL = "/sim/"
_MOTO_OWN = ("/moto-api", "/latest/", "/favicon.ico")
"""moto's own pages, among them one that would empty every account."""
_LARGEST_CONTROL_BODY = 1_000_000

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class SimulatorApp:
    """Answers every request that reaches the local server."""

    def __init__(self, simulation: Simulation, control: Control, calls: CallLog) -> None:
        """Serve this simulation."""
        self._simulation = simulation
        self._control = control
        self._calls = calls
        self._guard = Guard(simulation)
        self._trail = CloudTrail(simulation)
        self._own = OwnServices(simulation, self._trail)
        self._sso = SsoFace(simulation)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.last_activity = time.monotonic()
        """When a ping or an AWS call last arrived, on the monotonic clock."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or raise ConnectionResetError when a fault closed the connection."""
        answer = self._answer(environ)
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {http.HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def warm_up(self, call: Environ) -> int:
        """Let moto answer a request that is neither logged nor guarded; return its status."""
        with self._simulation.lock:
            return self._ask_moto(read_call(call), call).status

    def _answer(self, environ: Environ) -> Answer:
        if _is_foreign(environ):
            return json_answer(403, {"error": "this server answers local programs only, not web pages"})
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(_CONTROL):
            return self._control_answer(environ, path.removeprefix(_CONTROL))
        if path.startswith(_MOTO_OWN):
            return json_answer(404, {"error": "there is no such page"})
        self.last_activity = time.monotonic()
        return self._aws_answer(environ)

    def _control_answer(self, environ: Environ, path: str) -> Answer:
        method = str(environ["REQUEST_METHOD"])
        if path == "ping":
            self.last_activity = time.monotonic()
        length = environ.get("CONTENT_LENGTH") or "0"
        size = min(int(length) if length.isdecimal() else 0, _LARGEST_CONTROL_BODY)
        body = environ["wsgi.input"].read(size) if size else b""
        return self._control.answer(method, path, str(environ.get("HTTP_X_SIM_TOKEN", "")), body)

    def _aws_answer(self, environ: Environ) -> Answer:
        call = read_sso_call(environ) or read_call(environ)
        account_id = self._guard.account_of(call)
        logged = self._calls.arrived(call, account_id, self._simulation.clock.now(), utc_now())
        fault = self._simulation.faults.meet(
            ArrivingCall(
                service=call.service,
                operation=call.operation,
                account_id=account_id,
                region=call.region,
                tags=call.tags,
            )
        )
        logged.fault_id = fault.rule.id if fault else None
        try:
            answer = self._with_fault(call, environ, fault, logged)
            logged.status = answer.status
        finally:
            logged.is_done = True
        return answer

    def _with_fault(
        self, call: WireCall, environ: Environ, fault: FaultState | None, logged: LoggedCall
    ) -> Answer:
        action = fault.rule.action if fault else None
        match action:
            case ErrorAnswer():
                return refusal(
                    call, action.code, action.status, action.message, retry_after=action.retry_after
                )
            case Html503():
                return html_page(503, "Service Unavailable")
            case EmptyPage():
                with contextlib.suppress(ValidationError):  # the list itself refuses a token it cannot read
                    return json_answer(200, empty_page(call.operation, _next_token(call, environ)))
            case ResetBefore():
                _close(environ)
            case DelayBefore() if fault:
                fault.released.wait(action.seconds)
        answer = self._carried_out(call, environ)
        match action:
            case HoldAnswer() if fault:
                logged.status = answer.status
                fault.released.wait(action.seconds)
            case ResetAfter():
                _close(environ)
        return answer

    def _carried_out(self, call: WireCall, environ: Environ) -> Answer:
        """Guard and answer a call; one at a time, because moto is not made for threads."""
        with self._simulation.lock:
            if call.service in SSO_SERVICES and call.access_key_id is None:
                return self._sso.answer(call, environ)
            answer = self._guard.refuse(call) or self._answered(call, environ)
            if principal := self._guard.principal_of(call):
                self._trail.note(call, principal, answer)
            return answer

    def _answered(self, call: WireCall, environ: Environ) -> Answer:
        """Answer a call that was not refused."""
        try:
            self._simulation.settle()
            principal = self._guard.principal_of(call)
            own = self._own.answer(call, principal) if principal else None
            return own or self._ask_moto(call, environ)
        except NotImplementedError as error:
            return refusal(call, "InvalidAction", 400, str(error))
        except Exception:  # noqa: BLE001 - a server's last resort: an AWS error, never a page of HTML
            _LOG.exception("the simulator failed at %s %s", call.service, call.operation)
            return refusal(call, "InternalServerException", 500, "The simulator failed at this call.")

    def _ask_moto(self, call: WireCall, environ: Environ) -> Answer:
        body, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        return Answer(
            status=int(status.split(None, 1)[0]),
            body=b"".join(body),
            headers=tuple((name, value) for name, value in headers if name.lower() != "content-length"),
        )


def _is_foreign(environ: Environ) -> bool:
    """Return whether a web page asks, other than our own sign-in page, or a name that is not ours is used."""
    host = environ.get("HTTP_HOST", "")
    origin = environ.get("HTTP_ORIGIN")
    is_own_page = environ.get("PATH_INFO") == SIGN_IN_PAGE and origin == f"http://{host}"
    return not _OWN_HOST.fullmatch(host) or not (origin is None or is_own_page)


def _next_token(call: WireCall, environ: Environ) -> str | None:
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    token = call.members.get("nextToken") or query.get("nextToken")
    return None if token is None else str(token)


def _close(environ: Environ) -> None:
    """Close the client's connection without an answer."""
    connection: Any = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("closed by a fault rule")
