"""Clients of sso-oidc and of the access portal: not signed, of no profile, errors as sentences."""

import threading
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from drs_desktop import __version__
from drs_desktop.aws.clients import Timeouts
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.aws.own_session import isolated_variables
from drs_desktop.aws.sso_token import SsoToken
from drs_desktop.domain.sign_in import SsoSession


class SsoClients:
    """Makes and keeps the clients of each home Region. Every call blocks."""

    def __init__(self, endpoint_url: str | None = None, timeouts: Timeouts | None = None) -> None:
        """Reach AWS, or what AWS_ENDPOINT_URL and its kin name; `endpoint_url` is a simulator's."""
        self._endpoint_url = endpoint_url
        self._timeouts = timeouts or Timeouts()
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    def oidc(self, region: str, operation: str, **members: Any) -> Any:
        """Call sso-oidc and return its answer; its own errors are raised as botocore makes them."""
        return self._call("sso-oidc", region, operation, members)

    def portal(self, session: SsoSession, token: SsoToken, operation: str, **members: Any) -> Any:
        """Call the access portal with a token and return its answer.

        Raises:
            SignInNeeded: the token is not accepted.
            AwsError: anything else that went wrong.
        """
        members = {**members, "accessToken": token.access_token.reveal()}
        try:
            return self._call("sso", session.region, operation, members)
        except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
            raise read_error(error, CallPlace(operation=operation)) from None

    def paged(
        self, session: SsoSession, token: SsoToken, operation: str, items: str, **members: Any
    ) -> list[Any]:
        """Return all items of all pages of a portal's list."""
        found: list[Any] = []
        while True:
            answer = self.portal(session, token, operation, **members)
            found += answer.get(items, ())
            if not answer.get("nextToken"):
                return found
            members = {**members, "nextToken": answer["nextToken"]}

    def authorize_address(self, region: str) -> str:
        """Return the page that a browser is sent to."""
        return str(self._client("sso-oidc", region).meta.endpoint_url).rstrip("/") + "/authorize"

    def sts(self, region: str, keys: Mapping[str, str]) -> Any:
        """Return an sts client of a role's keys."""
        return self._made("sts", region, **keys)

    def _call(self, service: str, region: str, operation: str, members: Mapping[str, Any]) -> Any:
        client = self._client(service, region)
        return getattr(client, botocore.xform_name(operation))(**members)

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._made(service, region)
            return self._clients[service, region]

    def _made(self, service: str, region: str, **keys: str) -> Any:
        # No profile of the machine takes part: a sign-in must be possible when the chosen one is broken.
        variables = dict(botocore.session.Session.SESSION_VARIABLES)
        variables["profile"] = (None, None, None, None)
        session = botocore.session.Session(isolated_variables() if self._endpoint_url else variables)
        options: dict[str, Any] = {} if keys else {"signature_version": UNSIGNED}
        if self._endpoint_url:
            options["proxies"] = {}  # the simulator is on this machine
        config = Config(
            connect_timeout=self._timeouts.connect.total_seconds(),
            read_timeout=self._timeouts.read.total_seconds(),
            retries={"mode": "standard", "total_max_attempts": 3},
            user_agent_extra=f"drs-desktop/{__version__}",
            **options,
        )
        make: Any = session.create_client  # its overloads know the literal names of services only
        return make(service, region_name=region, endpoint_url=self._endpoint_url, config=config, **keys)
