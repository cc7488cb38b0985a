"""The two ways to sign in: authorization code with PKCE in a browser, and a device code approved anywhere."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from drs_desktop.aws.errors import CallPlace, clean, read_error
from drs_desktop.aws.secret_store import Secret
from drs_desktop.aws.sso_callback import REGISTERED_URI, CallbackAnswer, CallbackListener
from drs_desktop.aws.sso_clients import SsoClients
from drs_desktop.aws.sso_token import Registration, SsoToken, token_from_answer
from drs_desktop.domain.errors import AwsError, AwsRejected, AwsUnreachable
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.sign_in import Flow, Invitation, SignInDenied, SignInTimedOut, SsoSession

T = TypeVar("T")

CLIENT_NAME = "DRS Desktop"
BROWSER_LIMIT = timedelta(minutes=10)
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_DEFAULT_INTERVAL = 5
_SLOWER_BY = 5
_VERIFIER_BYTES = 48
"""Base64 makes 64 characters of them, of the 43 to 128 that are allowed."""

Blocking = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a blocking call off the loop."""


class SsoFlows:
    """Asks a person to approve, and gets the token."""

    def __init__(
        self, clients: SsoClients, clock: Clock, blocking: Blocking, *, limit: timedelta = BROWSER_LIMIT
    ) -> None:
        """Use these clients; a browser is waited for no longer than `limit`."""
        self._clients = clients
        self._clock = clock
        self._blocking = blocking
        self._limit = limit

    # ---- a browser on this machine

    async def by_browser(self, session: SsoSession, show: Callable[[Invitation], None]) -> SsoToken:
        """Send a browser away and wait until it comes back with a code.

        Raises:
            SignInDenied: a person refused.
            SignInTimedOut: nobody came back in time.
            AwsError: Identity Center could not be reached or refused.
        """
        registration = await self._register(
            session,
            grantTypes=["authorization_code", "refresh_token"],
            redirectUris=[REGISTERED_URI],
            issuerUrl=session.start_url,
        )
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(_VERIFIER_BYTES)
        async with CallbackListener(state) as listener:
            query = {
                "response_type": "code",
                "client_id": registration.client_id,
                "redirect_uri": listener.redirect_uri,
                "state": state,
                "code_challenge_method": "S256",
                "scopes": " ".join(session.scopes),
                "code_challenge": challenge_of(verifier),
            }
            page = await self._blocking(lambda: self._clients.authorize_address(session.region))
            expires_at = self._clock.local_now() + self._limit
            show(Invitation(flow=Flow.BROWSER, url=f"{page}?{urlencode(query)}", expires_at=expires_at))
            code = _code(session, await self._come_back(session, listener))
            return await self._token(
                session,
                registration,
                grantType="authorization_code",
                code=code.reveal(),
                codeVerifier=verifier,
                redirectUri=listener.redirect_uri,
            )

    async def _come_back(self, session: SsoSession, listener: CallbackListener) -> CallbackAnswer:
        try:
            async with asyncio.timeout(self._limit.total_seconds()):
                return await listener.answer()
        except TimeoutError:
            raise SignInTimedOut(session) from None

    # ---- a code that is approved anywhere

    async def by_device(self, session: SsoSession, show: Callable[[Invitation], None]) -> SsoToken:
        """Show a code and ask until a person has decided.

        Raises:
            SignInDenied: a person refused.
            SignInTimedOut: nobody decided in time.
            AwsError: Identity Center could not be reached or refused.
        """
        registration = await self._register(session)
        started = await self._oidc(
            session,
            "StartDeviceAuthorization",
            clientId=registration.client_id,
            clientSecret=registration.client_secret.reveal(),
            startUrl=session.start_url,
        )
        now = self._clock.local_now()
        invitation = _read("StartDeviceAuthorization", lambda: _device_invitation(started, now))
        show(invitation)
        interval = int(started.get("interval", _DEFAULT_INTERVAL))
        while self._clock.local_now() < invitation.expires_at:
            await self._clock.sleep_local(timedelta(seconds=interval))
            try:
                return await self._token(
                    session, registration, grantType=_DEVICE_CODE, deviceCode=started["deviceCode"]
                )
            except _StillPending as pending:
                interval += pending.slower_by
            except AwsError as error:
                if not error.is_retryable:
                    raise
        raise SignInTimedOut(session)

    # ---- renewal

    async def renewed(self, session: SsoSession, token: SsoToken) -> SsoToken:
        """Exchange the refresh token for a new token.

        Raises:
            AwsError: it could not be had; retryable when only the way there is broken.
        """
        assert token.refresh_token
        assert token.client_secret
        assert token.registration_expires_at
        registration = Registration(
            client_id=token.client_id,
            client_secret=token.client_secret,
            expires_at=token.registration_expires_at,
        )
        return await self._token(
            session, registration, grantType="refresh_token", refreshToken=token.refresh_token.reveal()
        )

    # ---- calls

    async def _register(self, session: SsoSession, **members: Any) -> Registration:
        answer = await self._oidc(
            session,
            "RegisterClient",
            clientName=CLIENT_NAME,
            clientType="public",
            scopes=list(session.scopes),
            **members,
        )
        return _read("RegisterClient", lambda: _registration(answer))

    async def _token(self, session: SsoSession, registration: Registration, **members: str) -> SsoToken:
        members["clientId"] = registration.client_id
        members["clientSecret"] = registration.client_secret.reveal()
        answer = await self._oidc(session, "CreateToken", **members)
        now = self._clock.local_now()
        return _read("CreateToken", lambda: token_from_answer(answer, session, registration, now))

    async def _oidc(self, session: SsoSession, operation: str, **members: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = await self._blocking(
                lambda: self._clients.oidc(session.region, operation, **members)
            )
        except Exception as error:  # noqa: BLE001  # every failure has a sentence
            raise _meaning(error, session, operation) from None
        return answer


class _StillPending(Exception):
    """Nobody has decided yet; ask again, `slower_by` seconds later than before."""

    def __init__(self, slower_by: int) -> None:
        super().__init__()
        self.slower_by = slower_by


def challenge_of(verifier: str) -> str:
    """Return what is told of a verifier before it is shown (S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _meaning(error: Exception, session: SsoSession, operation: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    match code:
        case "AuthorizationPendingException":
            return _StillPending(0)
        case "SlowDownException":
            return _StillPending(_SLOWER_BY)
        case "AccessDeniedException":
            return SignInDenied(session)
        case "ExpiredTokenException":
            return SignInTimedOut(session)
    return read_error(error, CallPlace(operation=operation))


def _read(operation: str, reader: Callable[[], T]) -> T:
    """Return what a reader makes of an answer; one that lacks something did not come from AWS whole."""
    try:
        return reader()
    except (KeyError, TypeError, ValueError, OverflowError):
        raise AwsUnreachable(f"{operation}: the answer could not be read.") from None


def _registration(answer: Mapping[str, Any]) -> Registration:
    return Registration(
        client_id=str(answer["clientId"]),
        client_secret=Secret(str(answer["clientSecret"])),
        expires_at=datetime.fromtimestamp(int(answer["clientSecretExpiresAt"]), UTC),
    )


def _device_invitation(started: Mapping[str, Any], now: datetime) -> Invitation:
    return Invitation(
        flow=Flow.DEVICE,
        url=str(started.get("verificationUriComplete") or started["verificationUri"]),
        bare_url=str(started["verificationUri"]),
        user_code=str(started["userCode"]),
        expires_at=now + timedelta(seconds=int(started["expiresIn"])),
    )


def _code(session: SsoSession, answer: CallbackAnswer) -> Secret:
    if answer.code is not None:
        return answer.code
    if answer.error == "access_denied":
        raise SignInDenied(session)
    raise AwsRejected(f"The sign-in to {session.title} was refused ({clean(answer.error)}).")
