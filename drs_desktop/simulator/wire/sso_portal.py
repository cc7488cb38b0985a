"""The access portal on the wire: accounts, roles, credentials, sign-out."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from moto.sts.models import sts_backends

from drs_desktop.simulator.core.sessions import Session
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.sso import IdentityCenter
from drs_desktop.simulator.core.sso_errors import SsoError, not_assigned
from drs_desktop.simulator.core.sso_grants import PortalSession
from drs_desktop.simulator.wire.sso_requests import text_of

Members = Mapping[str, Any]
_PARTITION = "aws"
_MOST = 100


class SsoPortal:
    """The operations that take an access token; moto mints the keys, so that it knows their account."""

    def __init__(self, simulation: Simulation, center: IdentityCenter) -> None:
        """Give out sessions of this simulation's accounts."""
        self._simulation = simulation
        self._center = center

    def list_accounts(self, members: Members, session: PortalSession) -> dict[str, Any]:
        """Tell the accounts in which the user has a role."""
        listed = [
            {"accountId": number, "accountName": self._center.directory.account_names[number]}
            for number in sorted(session.user.assignments)
        ]
        return _page("accountList", listed, members)

    def list_account_roles(self, members: Members, session: PortalSession) -> dict[str, Any]:
        """Tell the roles of the user in an account."""
        number = text_of(members, "account_id")
        names = self._center.role_names(session.user, number)
        return _page("roleList", [{"accountId": number, "roleName": name} for name in names], members)

    def get_role_credentials(self, members: Members, session: PortalSession) -> dict[str, Any]:
        """Give credentials of a role; they end in milliseconds since 1970, and outlive a sign-out."""
        number, name = text_of(members, "account_id"), text_of(members, "role_name")
        if name not in self._center.role_names(session.user, number):
            raise not_assigned()
        given, secret = self._mint(session, number, name)
        ends_at = given.ends_at - self._simulation.clock.turned
        return {
            "roleCredentials": {
                "accessKeyId": given.access_key_id,
                "secretAccessKey": secret,
                "sessionToken": given.token,
                "expiration": int(ends_at.timestamp() * 1_000),
            }
        }

    def logout(self, _: Members, session: PortalSession) -> dict[str, Any]:
        """End the sign-in; credentials that were given out live on."""
        session.is_revoked = True
        return {}

    def _mint(self, portal: PortalSession, account_id: str, name: str) -> tuple[Session, str]:
        role = self._center.directory.role(account_id, name)
        minted = sts_backends[account_id][_PARTITION].assume_role(
            region_name=self._center.directory.region,
            role_session_name=portal.user.name,
            role_arn=role.arn,
            policy="",
            duration=role.max_session_seconds,
            external_id="",
        )
        now = self._simulation.lifetime_now().replace(microsecond=0)
        session = Session(
            access_key_id=minted.access_key_id,
            token=minted.session_token,
            role=role,
            name=portal.user.name,
            began_at=now,
            ends_at=now + timedelta(seconds=role.max_session_seconds),
        )
        self._simulation.sessions.add(session)
        return session, str(minted.secret_access_key)


def _page(name: str, items: Sequence[Mapping[str, Any]], members: Members) -> dict[str, Any]:
    start = _number(members.get("next_token", "0"), least=0, most=len(items))
    size = _number(members.get("max_result", str(_MOST)), least=1, most=_MOST)
    page: dict[str, Any] = {name: list(items[start : start + size])}
    if start + size < len(items):
        page["nextToken"] = str(start + size)
    return page


def _number(text: object, *, least: int, most: int) -> int:
    if not isinstance(text, str) or not text.isdecimal() or not least <= int(text) <= most:
        raise SsoError("InvalidRequestException", 400, "The page that was asked for cannot be.")
    return int(text)
