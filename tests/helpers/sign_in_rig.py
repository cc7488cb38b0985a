"""Our sign-in against a simulator in this process: a clock that can be turned with it, and a person."""

import asyncio
import threading
import urllib.parse
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drs_desktop.aws.aws_config import read_aws_config
from drs_desktop.aws.secret_store import MemoryStore, SecretStore
from drs_desktop.aws.sso_clients import SsoClients
from drs_desktop.aws.sso_gateway import BotoSignIn
from drs_desktop.aws.token_cache import SharedTokenCache
from drs_desktop.aws.token_store import TokenStore
from drs_desktop.domain.sign_in import Invitation
from drs_desktop.system.clock import SystemClock
from tests.helpers.sign_in import OPERATOR, Browser, Page, config_text
from tests.helpers.simulator_process import SimControl


class TurnedClock(SystemClock):
    """The real time, and by how much the test has turned it."""

    def __init__(self) -> None:
        super().__init__()
        self.turned = timedelta(0)

    def local_now(self) -> datetime:
        return super().local_now() + self.turned


class SignInRig:
    """The gateway with all its parts.

    Attributes:
        shared: the folder in place of the AWS CLI's cache.
    """

    def __init__(
        self,
        folder: Path,
        endpoint_url: str,
        control: SimControl,
        pool: Executor,
        *,
        secrets: SecretStore | None = None,
    ) -> None:
        (folder / "config").write_text(config_text(), encoding="utf-8")
        self.clock = TurnedClock()
        self.secrets = secrets or MemoryStore()
        self.shared = SharedTokenCache(folder / "cache")
        self.tokens = TokenStore(self.secrets, self.shared, self.clock.local_now)
        self._control = control
        self._endpoint_url, self._folder, self._pool = endpoint_url, folder, pool
        self.gateway = self.another_process()

    def another_process(self) -> BotoSignIn:
        """Return a gateway that shares nothing with the first but the stores."""
        return BotoSignIn(
            clients=SsoClients(self._endpoint_url),
            open_tokens=lambda: self.tokens,
            read_config=lambda: read_aws_config({"AWS_CONFIG_FILE": str(self._folder / "config")}),
            clock=self.clock,
            pool=self._pool,
        )

    def turn(self, minutes: float) -> None:
        """Turn both clocks."""
        self.clock.turned += timedelta(minutes=minutes)
        self._control.advance(minutes * 60)


class Person:
    """Decides in a thread of its own, as a person at a browser does, and follows where the browser is sent.

    Attributes:
        last: the page the person saw last.
    """

    def __init__(self, decision: str = "approve", user: str = OPERATOR) -> None:
        self._decision, self._user = decision, user
        self._threads: list[threading.Thread] = []
        self.invitation: Invitation | None = None
        self.last: Page | None = None

    def __call__(self, invitation: Invitation) -> None:
        self.invitation = invitation
        thread = threading.Thread(target=self._decide, args=(invitation.url,), name="person")
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(60)

    def _decide(self, address: str) -> None:
        page = Browser().decide(address, self._decision, self._user)
        self.last = Browser().get(page.location) if page.location else page


def finished(work: Callable[[], Any], seconds: float = 120) -> Any:
    """Run a coroutine on a loop of its own, with a limit."""

    async def limited() -> Any:
        return await asyncio.wait_for(work(), seconds)

    return asyncio.run(limited())


def changed_query(address: str, **changes: str) -> str:
    """Return an address with members of its query changed."""
    parts = urllib.parse.urlsplit(address)
    query = {**dict(urllib.parse.parse_qsl(parts.query)), **changes}
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query)))
