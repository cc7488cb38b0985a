"""sso-oidc on the wire: RegisterClient, StartDeviceAuthorization, CreateToken."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.sso import (
    AUTHORIZATION_CODE,
    DEVICE_CODE,
    REFRESH_TOKEN,
    IdentityCenter,
    Tokens,
)
from drs_desktop.simulator.core.sso_errors import OidcError
from drs_desktop.simulator.wire.sso_requests import SIGN_IN_PAGE, text_of, texts_of

Members = Mapping[str, Any]


class SsoOidc:
    """Reads members, asks the Identity Center, writes the members of the answer."""

    def __init__(self, simulation: Simulation, center: IdentityCenter) -> None:
        """Answer for this Identity Center."""
        self._simulation = simulation
        self._center = center
        self._grants: dict[str, Callable[[Members], Tokens]] = {
            DEVICE_CODE: self._device_token,
            AUTHORIZATION_CODE: self._code_token,
            REFRESH_TOKEN: self._refreshed,
        }

    def register_client(self, members: Members, base_url: str) -> dict[str, Any]:
        """Register a client; its secret expires in seconds since 1970, as AWS tells it."""
        client = self._center.register_client(
            name=text_of(members, "clientName"),
            kind=text_of(members, "clientType"),
            grant_types=texts_of(members, "grantTypes"),
            redirect_uris=texts_of(members, "redirectUris"),
        )
        expires_at = client.expires_at - self._simulation.clock.turned
        issued_at = expires_at - self._center.directory.lifetimes.client
        return {
            "clientId": client.client_id,
            "clientSecret": client.secret,
            "clientIdIssuedAt": int(issued_at.timestamp()),
            "clientSecretExpiresAt": int(expires_at.timestamp()),
            "authorizationEndpoint": f"{base_url}/authorize",
            "tokenEndpoint": f"{base_url}/token",
        }

    def start_device_authorization(self, members: Members, base_url: str) -> dict[str, Any]:
        """Begin a device's sign-in and tell where a person approves it."""
        request = self._center.start_device(
            client_id=text_of(members, "clientId"),
            client_secret=text_of(members, "clientSecret"),
            start_url=text_of(members, "startUrl"),
        )
        lifetimes = self._center.directory.lifetimes
        page = base_url + SIGN_IN_PAGE
        return {
            "deviceCode": request.code,
            "userCode": request.user_code,
            "verificationUri": page,
            "verificationUriComplete": f"{page}?user_code={request.user_code}",
            "expiresIn": int(lifetimes.device_code.total_seconds()),
            "interval": int(lifetimes.poll_interval.total_seconds()),
        }

    def create_token(self, members: Members, _: str) -> dict[str, Any]:
        """Give tokens for a grant."""
        grant = self._grants.get(text_of(members, "grantType"))
        if grant is None:
            raise OidcError("unsupported_grant_type", "There is no such grant.")
        tokens = grant(members)
        return {
            "accessToken": tokens.access_token,
            "refreshToken": tokens.refresh_token,
            "tokenType": "Bearer",
            "expiresIn": int(tokens.lasts.total_seconds()),
        }

    def _device_token(self, members: Members) -> Tokens:
        return self._center.device_token(**_client(members), device_code=text_of(members, "deviceCode"))

    def _code_token(self, members: Members) -> Tokens:
        return self._center.code_token(
            **_client(members),
            code=text_of(members, "code"),
            redirect_uri=text_of(members, "redirectUri"),
            verifier=text_of(members, "codeVerifier"),
        )

    def _refreshed(self, members: Members) -> Tokens:
        return self._center.refreshed(**_client(members), refresh_token=text_of(members, "refreshToken"))


def oidc_error_body(error: OidcError) -> dict[str, str]:
    """Return what stands in the body of a refusal."""
    return {"error": error.error, "error_description": error.message, "requestId": str(uuid.uuid4())}


def _client(members: Members) -> dict[str, str]:
    return {"client_id": text_of(members, "clientId"), "client_secret": text_of(members, "clientSecret")}
