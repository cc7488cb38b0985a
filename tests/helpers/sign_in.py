"""What tests of the sign-in need: a scenario with people, and a person at a browser without a script."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from html import unescape
from typing import Any

from tests.helpers.identity_scenario import allow, policy
from tests.helpers.simulator_process import REGION, small_scenario

START_URL = "https://drs-tests.awsapps.com/start"
SSO_REGION = "eu-central-1"
OPERATOR, VIEWER = "operator", "viewer"
OPERATOR_SET, VIEWER_SET = "DRSOperator", "DRSViewer"


def people(**changes: Any) -> dict[str, Any]:
    """Return the Identity Center of the tests: an operator in two accounts and a viewer in one."""
    return {
        "start_url": START_URL,
        "region": SSO_REGION,
        "permission_sets": [
            {"name": OPERATOR_SET},
            {"name": VIEWER_SET, "policies": [policy(allow("drs:Describe*", "sts:AssumeRole"))]},
        ],
        "users": [
            {
                "name": OPERATOR,
                "full_name": "An operator",
                "assignments": {"hub": [OPERATOR_SET, VIEWER_SET], "target": [VIEWER_SET]},
            },
            {"name": VIEWER, "full_name": "A viewer", "assignments": {"hub": [VIEWER_SET]}},
        ],
        **changes,
    }


def scenario_with_people(**changes: Any) -> dict[str, Any]:
    """Return the small scenario with the people."""
    return small_scenario(sign_in=people(**changes))


def config_text(*, session: str = "corp", role: str = OPERATOR_SET, account: str = "111111111111") -> str:
    """Return an ~/.aws/config that signs in here, as the AWS CLI writes it."""
    return (
        f"[sso-session {session}]\nsso_start_url = {START_URL}\nsso_region = {SSO_REGION}\n"
        f"sso_registration_scopes = sso:account:access\n\n"
        f"[profile hub]\nsso_session = {session}\nsso_account_id = {account}\nsso_role_name = {role}\n"
        f"region = {REGION}\n"
    )


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a browser was shown, or where it was sent."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.body)
        return unescape(found.group(1)) if found else ""

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field of the form."""
        found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', self.body)
        assert found, self.body
        return unescape(found.group(1))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Browser:
    """Opens addresses and sends forms; where it is sent is for the test to see and to follow."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def get(self, address: str, **headers: str) -> Page:
        return self._open(urllib.request.Request(address, headers=headers))

    def post(self, address: str, form: Mapping[str, str], **headers: str) -> Page:
        data = urllib.parse.urlencode(form).encode()
        return self._open(urllib.request.Request(address, data=data, headers=headers, method="POST"))

    def decide(self, address: str, decision: str = "approve", user: str = OPERATOR) -> Page:
        """Open a page on which a request is decided, follow where it leads, and decide."""
        shown = self.get(address)
        if shown.location:
            address = urllib.parse.urljoin(address, shown.location)
            shown = self.get(address)
        assert shown.status == 200, shown
        form = {"request": shown.hidden("request"), "user": user, "decision": decision}
        page = address.partition("?")[0]
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address))
        return self.post(page, form, Origin=origin)

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return _page(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return _page(error.code, error.read(), error.headers)


def _page(status: int, body: bytes, headers: Message) -> Page:
    return Page(status=status, body=body.decode(), headers=dict(headers.items()))
