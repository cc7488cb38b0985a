"""The sign-in of the command line, with a row in the audit trail before anything is done."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from drs_desktop.domain.sign_in import Flow, Invitation, SignInGateway, SsoSession
from drs_desktop.services.sign_in_service import SignInService, SignInView

Record = Callable[[str], Awaitable[None]]
"""Writes one sentence into the audit trail."""


class AuditedSignIn(SignInService):
    """Signs in and out like the service, and writes it down before it does."""

    def __init__(self, gateway: SignInGateway, now: Callable[[], datetime], record: Record) -> None:
        """Take where to write beside what the service takes."""
        super().__init__(gateway, now)
        self._record = record

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], **how: Any
    ) -> SignInView:
        """Sign in; see the service."""
        await self._record(f"Somebody is about to sign in to {session.title}.")
        view = await super().sign_in(session, flow, show, **how)
        await self._record(f"Somebody signed in to {session.title}.")
        return view

    async def sign_out(self, session: SsoSession, *, revoke: bool = True) -> bool:
        """Sign out; see the service."""
        await self._record(f"Somebody signs out of {session.title}.")
        return await super().sign_out(session, revoke=revoke)
