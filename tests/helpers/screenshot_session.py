"""Pictures of who is at the console: signed in or not, locked, in an emergency, without a network."""

from dataclasses import replace

from PySide6.QtWidgets import QPushButton, QRadioButton, QWidget

from drs_desktop.domain.roles import Role
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.domain.sign_in import SignInDenied, SignInState
from drs_desktop.services.operator_api import OperatorView
from drs_desktop.ui.widgets.sign_in_dialog import SignInDialog
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers import screenshot_fleet as fleet
from tests.helpers.fake_operator import (
    CORP,
    EMERGENCY,
    SIGNED_IN,
    a_sign_in,
    a_signed_in_operator,
    locked,
    nobody,
)
from tests.helpers.screenshot_waits import opened, until


def with_operator(view: OperatorView, space: fake.FakeWorkspace | None = None) -> fake.FakeWorkspace:
    space = space or fleet.workspace(view=fleet.live())
    space.operator.view = view
    return space


def in_memory() -> fake.FakeWorkspace:
    return with_operator(
        a_signed_in_operator(sign_in=a_sign_in(kept_in="memory only, until the program ends"))
    )


def emergency() -> fake.FakeWorkspace:
    access = replace(SIGNED_IN, role=Role.ADMIN, elevation=EMERGENCY)
    warning = (
        "The sign-in to corp ends in 9 minutes. Sign in again before then; what AWS is already doing goes on "
        "in any case."
    )
    return with_operator(locked(a_signed_in_operator(access=access, warning=warning)))


def ended() -> fake.FakeWorkspace:
    return with_operator(a_signed_in_operator(sign_in=a_sign_in(SignInState.EXPIRED)))


def nobody_there() -> fake.FakeWorkspace:
    return with_operator(nobody())


def offline() -> fake.FakeWorkspace:
    space = with_operator(a_signed_in_operator(), fleet.workspace())
    scopes = tuple(
        replace(scope, is_ok=False, condition=ScopeCondition.UNREACHABLE, title="Cannot be reached")
        for scope in space.inventory.view.scopes
    )
    space.inventory.view = replace(space.inventory.view, scopes=scopes)
    return space


def first_start() -> fake.FakeWorkspace:
    space = fleet.workspace(is_full=False)
    space.inventory.view = fake.an_inventory(scopes=())
    return space


async def choosing(session: WindowSession) -> QWidget:
    session.window.actions_table.by_id["sign_in"].trigger()
    return await _dialog(session)


async def waiting_for_the_browser(session: WindowSession) -> QWidget:
    dialog = await choosing(session)
    return await _began(dialog)


async def waiting_for_a_code(session: WindowSession) -> QWidget:
    dialog = await choosing(session)
    dialog.findChild(QRadioButton, "signInDevice").setChecked(True)  # type: ignore[union-attr]
    return await _began(dialog)


async def denied(session: WindowSession) -> QWidget:
    dialog = await waiting_for_the_browser(session)
    operator = session.window.desk.services.operator
    operator.refuse(SignInDenied(CORP))  # type: ignore[union-attr]
    await until(lambda: dialog.failure.isVisible())  # type: ignore[attr-defined]
    return dialog


async def unlocking(session: WindowSession) -> QWidget:
    session.window.actions_table.by_id["unlock"].trigger()
    return await opened(session, "unlockDialog")


async def taking_a_role(session: WindowSession) -> QWidget:
    session.window.actions_table.by_id["elevate"].trigger()
    return await opened(session, "emergencyDialog")


async def _dialog(session: WindowSession) -> SignInDialog:
    dialog = await opened(session, "signInDialog")
    assert isinstance(dialog, SignInDialog)
    return dialog


async def _began(dialog: QWidget) -> QWidget:
    assert isinstance(dialog, SignInDialog)
    dialog.findChild(QPushButton, "signInButton").click()  # type: ignore[union-attr]
    await until(lambda: dialog.address.isVisible())
    return dialog
