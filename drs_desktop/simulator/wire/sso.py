"""Identity Center on the local server: sso-oidc, the access portal and its sign-in page."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.sso import IdentityCenter
from drs_desktop.simulator.core.sso_errors import OidcError, SsoError, unauthorized
from drs_desktop.simulator.core.sso_grants import PortalSession, SignInRequest
from drs_desktop.simulator.wire.answers import Answer
from drs_desktop.simulator.wire.requests import Environ, WireCall
from drs_desktop.simulator.wire.sso_oidc import SsoOidc, oidc_error_body
from drs_desktop.simulator.wire.sso_pages import code_page, decision_page, message_page, sent_to
from drs_desktop.simulator.wire.sso_portal import SsoPortal
from drs_desktop.simulator.wire.sso_requests import BEARER, PAGE, SIGN_IN_PAGE, sso_members, text_of

Members = Mapping[str, Any]
_CLOSED = "You can close this page."


class SsoFace:
    """Answers every request of Identity Center; the caller holds the simulation's lock."""

    def __init__(self, simulation: Simulation) -> None:
        """Answer for the Identity Center of this simulation, if it has one."""
        self._center = simulation.identity_center
        if self._center is None:
            return
        oidc, portal = SsoOidc(simulation, self._center), SsoPortal(simulation, self._center)
        self._oidc: dict[str, Callable[[Members, str], dict[str, Any]]] = {
            "RegisterClient": oidc.register_client,
            "StartDeviceAuthorization": oidc.start_device_authorization,
            "CreateToken": oidc.create_token,
        }
        self._portal: dict[str, Callable[[Members, PortalSession], dict[str, Any]]] = {
            "ListAccounts": portal.list_accounts,
            "ListAccountRoles": portal.list_account_roles,
            "GetRoleCredentials": portal.get_role_credentials,
            "Logout": portal.logout,
        }

    def answer(self, call: WireCall, environ: Environ) -> Answer:
        """Answer a call, a refusal included."""
        members = sso_members(environ)
        try:
            if self._center is None:
                raise OidcError("invalid_request", "This scenario has no Identity Center.")
            return self._answered(self._center, call, members, environ)
        except OidcError as error:
            return _answer(error.status, oidc_error_body(error), error.code)
        except SsoError as error:
            return _answer(error.status, {"message": error.message}, error.code)

    def _answered(self, center: IdentityCenter, call: WireCall, members: Members, environ: Environ) -> Answer:
        if operation := self._oidc.get(call.operation):
            return _answer(200, operation(members, f"http://{environ['HTTP_HOST']}"))
        if portal := self._portal.get(call.operation):
            return _answer(200, portal(members, center.session_of(_bearer(environ))))
        if call.operation != PAGE:
            return _authorize(center, members)
        if environ["REQUEST_METHOD"] == "POST":
            return _decided(center, members)
        return _shown(center, members)


# ---- the browser


def _authorize(center: IdentityCenter, members: Members) -> Answer:
    """Take a client's request and show the page on which it is decided; an odd one is never sent back."""
    try:
        if text_of(members, "response_type") != "code":
            raise OidcError("invalid_request", "The response type must be code.")
        request = center.start_code(
            client_id=text_of(members, "client_id"),
            redirect_uri=text_of(members, "redirect_uri"),
            state=text_of(members, "state"),
            challenge=text_of(members, "code_challenge"),
            method=text_of(members, "code_challenge_method"),
        )
    except OidcError as error:
        return message_page(400, "This cannot be", error.message)
    return sent_to(f"{SIGN_IN_PAGE}?{urlencode({'request': request.request_id})}")


def _shown(center: IdentityCenter, members: Members) -> Answer:
    wanted = text_of(members, "request") or text_of(members, "user_code")
    if not wanted:
        return code_page()
    request = center.request(wanted)
    return decision_page(request, center.directory.users) if request else _unknown()


def _decided(center: IdentityCenter, members: Members) -> Answer:
    """Take a decision; a browser goes back to its client, a device asks by itself."""
    request = center.request(text_of(members, "request") or text_of(members, "user_code"))
    if request is None:
        return _unknown()
    user = center.directory.user(text_of(members, "user"))
    decision = text_of(members, "decision")
    if decision not in ("approve", "deny") or (decision == "approve" and user is None):
        return message_page(400, "This cannot be", "Approve or deny, as somebody who is known here.")
    center.decide(request, user if decision == "approve" else None)
    if not request.is_device:
        return sent_to(_way_back(request))
    title = "Approved" if decision == "approve" else "Denied"
    return message_page(200, title, _CLOSED)


def _way_back(request: SignInRequest) -> str:
    told = {"code": request.code} if request.user else {"error": "access_denied"}
    return f"{request.redirect_uri}?{urlencode({**told, 'state': request.state})}"


def _unknown() -> Answer:
    return message_page(404, "Nothing waits here", "The code is not known, was decided, or has expired.")


# ---- parts


def _bearer(environ: Environ) -> str:
    token = str(environ.get(BEARER, ""))
    if not token:
        raise unauthorized()
    return token


def _answer(status: int, body: Mapping[str, Any], error_code: str | None = None) -> Answer:
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid.uuid4()))]
    if error_code:
        headers.append(("x-amzn-ErrorType", error_code))
    return Answer(status=status, body=json.dumps(body).encode(), headers=tuple(headers))
