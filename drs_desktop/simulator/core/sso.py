"""The simulated Identity Center: clients register, people approve, tokens are given, refreshed and revoked.

Times are those of the lifetime clock: real time, and by how much the service clock was turned by hand.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.simulator.core.sso_directory import Directory, SsoUser
from drs_desktop.simulator.core.sso_errors import OidcError, not_assigned, unauthorized
from drs_desktop.simulator.core.sso_grants import (
    Client,
    Decision,
    PortalSession,
    SignInRequest,
    new_secret,
    new_user_code,
)

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"
SCOPE = "sso:account:access"
_HALF = 0.5
"""A device that asks again after less than this part of the interval is told to slow down."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a successful CreateToken gives."""

    access_token: str
    refresh_token: str
    lasts: timedelta


class IdentityCenter:
    """Answers what sso-oidc and the access portal are asked. Callers hold the simulation's lock."""

    def __init__(self, directory: Directory, now: Callable[[], datetime]) -> None:
        """Open a portal for the people of a directory."""
        self.directory = directory
        self._now = now
        self._clients: dict[str, Client] = {}
        self._requests: dict[str, SignInRequest] = {}
        self._access: dict[str, tuple[PortalSession, datetime]] = {}
        self._refresh: dict[str, PortalSession] = {}

    # ---- clients and their requests

    def register_client(
        self, *, name: str, kind: str, grant_types: Sequence[str], redirect_uris: Sequence[str]
    ) -> Client:
        """Register a public client, or raise OidcError."""
        if kind != "public" or not name:
            raise OidcError("invalid_client_metadata", "A client has a name and the type public.")
        client = Client(
            client_id=new_secret(),
            secret=new_secret(),
            name=name,
            grant_types=frozenset(grant_types or (DEVICE_CODE, REFRESH_TOKEN)),
            redirect_uris=tuple(redirect_uris),
            expires_at=self._now() + self.directory.lifetimes.client,
        )
        if not all(client.may_return_to(uri) for uri in client.redirect_uris):
            raise OidcError("invalid_redirect_uri", "A public client returns to http://127.0.0.1 only.")
        self._clients[client.client_id] = client
        return client

    def start_device(self, *, client_id: str, client_secret: str, start_url: str) -> SignInRequest:
        """Begin the sign-in of a device that has no browser."""
        client = self._client(client_id, client_secret)
        if start_url != self.directory.start_url:
            raise OidcError("invalid_request", "There is no access portal at this start URL.")
        return self._note(client, code=new_secret(), user_code=new_user_code())

    def start_code(
        self, *, client_id: str, redirect_uri: str, state: str, challenge: str, method: str
    ) -> SignInRequest:
        """Begin a sign-in in a browser, which is sent back with a code."""
        client = self._clients.get(client_id)
        if client is None or not client.may_return_to(redirect_uri):
            raise OidcError("invalid_redirect_uri", "The client or the address it returns to is not known.")
        if method != "S256" or len(challenge) != 43 or AUTHORIZATION_CODE not in client.grant_types:
            raise OidcError("invalid_request", "A code needs a registered client and an S256 challenge.")
        return self._note(client, redirect_uri=redirect_uri, state=state, challenge=challenge)

    def request(self, request_id: str) -> SignInRequest | None:
        """Return a request by its id or its user code, if it can still be decided."""
        wanted = request_id.strip().upper()
        found = self._requests.get(request_id) or next(
            (one for one in self._requests.values() if one.user_code == wanted), None
        )
        is_open = found and found.decision is Decision.PENDING and self._now() < found.expires_at
        return found if is_open else None

    def requests(self) -> list[SignInRequest]:
        """Return every request, oldest first."""
        return list(self._requests.values())

    def decide(self, request: SignInRequest, user: SsoUser | None) -> None:
        """Approve a request as this user; None denies it."""
        request.user = user
        request.decision = Decision.APPROVED if user else Decision.DENIED
        if user and not request.is_device:
            request.code = new_secret()
            request.expires_at = self._now() + self.directory.lifetimes.authorization_code

    # ---- tokens

    def device_token(self, *, client_id: str, client_secret: str, device_code: str) -> Tokens:
        """Give a device its tokens, or say what it waits for."""
        client = self._client(client_id, client_secret)
        request = self._request_of(client, device_code, is_device=True)
        if self._now() >= request.expires_at:
            raise OidcError("expired_token", "The device code has expired.")
        if request.decision is Decision.DENIED:
            raise OidcError("access_denied", "The request was denied.")
        if request.decision is Decision.PENDING:
            self._note_poll(request)
        return self._redeem(request)

    def code_token(
        self, *, client_id: str, client_secret: str, code: str, redirect_uri: str, verifier: str
    ) -> Tokens:
        """Exchange an authorization code for tokens, once."""
        client = self._client(client_id, client_secret)
        request = self._request_of(client, code, is_device=False)
        if redirect_uri != request.redirect_uri or self._now() >= request.expires_at:
            raise OidcError("invalid_grant", "The code is not valid here or not valid any more.")
        request.check_verifier(verifier)
        return self._redeem(request)

    def refreshed(self, *, client_id: str, client_secret: str, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens; it is worth nothing afterwards."""
        client = self._client(client_id, client_secret)
        session = self._refresh.get(refresh_token)
        if session is None or session.client_id != client.client_id or session.is_over(self._now()):
            raise OidcError("invalid_grant", "The refresh token is not valid.")
        del self._refresh[refresh_token]
        return self._tokens(session)

    # ---- the portal

    def session_of(self, access_token: str) -> PortalSession:
        """Return whose token it is, or raise SsoError."""
        session, ends_at = self._access.get(access_token, (None, self._now()))
        if session is None or session.is_over(self._now()) or self._now() >= ends_at:
            raise unauthorized()
        return session

    def role_names(self, user: SsoUser, account_id: str) -> tuple[str, ...]:
        """Return the permission sets of a user in an account, or raise SsoError."""
        if account_id not in user.assignments:
            raise not_assigned()
        return user.assignments[account_id]

    def sessions(self) -> list[PortalSession]:
        """Return every session whose tokens were given out, oldest first."""
        held = [session for session, _ in self._access.values()]
        return list({id(session): session for session in held}.values())

    def sign_out(self, user: str | None = None) -> int:
        """Revoke the sessions of a user, or all; return how many were live."""
        live = [one for one in self.sessions() if not one.is_over(self._now())]
        meant = [one for one in live if user in (None, one.user.name)]
        for session in meant:
            session.is_revoked = True
        return len(meant)

    # ---- parts

    def _client(self, client_id: str, secret: str) -> Client:
        client = self._clients.get(client_id)
        if client is None or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise OidcError("invalid_client", "The client is not known.")
        if self._now() >= client.expires_at:
            raise OidcError("invalid_client", "The registration of the client has expired.")
        return client

    def _note(
        self,
        client: Client,
        *,
        code: str = "",
        user_code: str | None = None,
        redirect_uri: str = "",
        state: str = "",
        challenge: str | None = None,
    ) -> SignInRequest:
        request = SignInRequest(
            request_id=new_secret(),
            client=client,
            expires_at=self._now() + self.directory.lifetimes.device_code,
            code=code,
            user_code=user_code,
            redirect_uri=redirect_uri,
            state=state,
            challenge=challenge,
        )
        self._requests[request.request_id] = request
        return request

    def _request_of(self, client: Client, code: str, *, is_device: bool) -> SignInRequest:
        for request in self._requests.values():
            is_meant = request.is_device is is_device and request.client == client
            if code and is_meant and hmac.compare_digest(request.code.encode(), code.encode()):
                if request.decision is Decision.USED:
                    break
                return request
        raise OidcError("invalid_grant", "The code is not known or was used before.")

    def _note_poll(self, request: SignInRequest) -> None:
        earlier, request.polled_at = request.polled_at, self._now()
        shortest = self.directory.lifetimes.poll_interval * _HALF
        if earlier is not None and request.polled_at - earlier < shortest:
            raise OidcError("slow_down", "The client asks too often.")
        raise OidcError("authorization_pending", "The request has not been decided yet.")

    def _redeem(self, request: SignInRequest) -> Tokens:
        assert request.user is not None
        request.decision = Decision.USED
        ends_at = self._now() + self.directory.lifetimes.portal_session
        return self._tokens(
            PortalSession(user=request.user, client_id=request.client.client_id, ends_at=ends_at)
        )

    def _tokens(self, session: PortalSession) -> Tokens:
        lasts = min(self.directory.lifetimes.access_token, session.ends_at - self._now())
        tokens = Tokens(access_token=new_secret(), refresh_token=new_secret(), lasts=lasts)
        self._access[tokens.access_token] = (session, self._now() + lasts)
        self._refresh[tokens.refresh_token] = session
        return tokens
