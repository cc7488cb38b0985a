"""Who is at the console: the status bar, signing in and out, banners, the lock, emergencies."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import AwsUnreachable, SignInNeeded
from drs_desktop.domain.roles import Role
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.domain.sign_in import Flow, SignInDenied, SignInState
from drs_desktop.ui.widgets.actions import CHANGING
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_operator import (
    CORP,
    EMERGENCY,
    IDLE_REASON,
    SIGNED_IN,
    a_sign_in,
    a_signed_in_operator,
    locked,
    nobody,
)
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_window import dialog_of, nameless, press, words


class Front:
    """The window as the person in front of it uses it."""

    def __init__(self, session: WindowSession, workspace: FakeWorkspace) -> None:
        self.window = session.window
        self.operator = workspace.operator

    def act(self, action_id: str) -> None:
        action = self.window.actions_table.by_id[action_id]
        assert action.isEnabled(), action.statusTip()
        action.trigger()

    async def dialog(self, name: str) -> QDialog:
        found: QDialog = await until(lambda: dialog_of(self.window, name))
        return found

    async def no_dialog(self, name: str) -> None:
        await until(lambda: dialog_of(self.window, name) is None)

    async def begin_sign_in(self) -> QDialog:
        """Open the dialog, begin, and wait until it shows what has to be approved."""
        self.act("sign_in")
        dialog = await self.dialog("signInDialog")
        press(dialog, "signInButton")
        await until(lambda: field(dialog, "signInAddress").isVisible())
        return dialog

    @property
    def banners(self) -> str:
        return "\n".join(self.window.banners.texts)

    async def look(self) -> None:
        self.window.operator.look_soon()
        await until(lambda: not self.window.operator._is_looking)


def field(root: QWidget, name: str) -> QLineEdit:
    found = root.findChild(QLineEdit, name)
    assert found is not None
    return found


Journey = Callable[[Callable[[Front], Any]], None]


@pytest.fixture
def journey(session: WindowSession, workspace: FakeWorkspace, run: Run) -> Journey:
    """Open the window and do what a test says in front of it."""

    def go(body: Callable[[Front], Any]) -> None:
        async def all_of_it() -> None:
            assert await session.open()
            await body(Front(session, workspace))

        run(all_of_it())

    return go


# ---- who it is


def test_status_bar_says_who_role_account_and_until_when(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = a_signed_in_operator()

    async def body(front: Front) -> None:
        told = words(front.window, "statusOperator")
        assert told.startswith("signed in until ")
        assert told.endswith(" · DRSOperator · anna@example.com · 111122223333")
        tip = front.window.status.operator.accessibleDescription()
        assert "kept in the system's keyring" in tip
        assert not front.window.status.sign_in_button.isVisible()

    journey(body)


def test_sign_in_that_is_kept_in_memory_only_is_said(journey: Journey, workspace: FakeWorkspace) -> None:
    sign_in = a_sign_in(kept_in="memory only, until the program ends")
    workspace.operator.view = a_signed_in_operator(sign_in=sign_in)

    async def body(front: Front) -> None:
        assert ", in memory only" in words(front.window, "statusOperator")

    journey(body)


def test_nobody_signed_in_is_a_state_with_a_button(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        assert words(front.window, "statusOperator").startswith("nobody is signed in · ")
        assert front.window.status.sign_in_button.isVisible()
        assert front.banners.startswith("Nobody is signed in to corp.")
        assert not front.window.servers_pane.is_empty
        press(front.window, "statusSignIn")
        await front.dialog("signInDialog")

    journey(body)


def test_ended_sign_in_says_what_goes_on(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = a_signed_in_operator(sign_in=a_sign_in(SignInState.EXPIRED))

    async def body(front: Front) -> None:
        assert front.banners.startswith("The sign-in to corp ended at ")
        assert "What AWS was asked to do goes on; nothing new starts." in front.banners
        assert "sign-in ended at " in words(front.window, "statusOperator")

    journey(body)


def test_sign_in_that_aws_refuses_is_said(journey: Journey, workspace: FakeWorkspace) -> None:
    revoked = replace(a_sign_in(), problem=SignInNeeded("AWS does not accept the sign-in."))
    workspace.operator.view = a_signed_in_operator(sign_in=revoked)

    async def body(front: Front) -> None:
        assert front.banners.startswith("AWS no longer accepts the sign-in to corp.")
        assert words(front.window, "statusOperator").startswith("sign-in refused by AWS")
        assert front.window.status.sign_in_button.isVisible()

    journey(body)


def test_sign_in_with_which_nothing_can_be_read_is_said(journey: Journey, workspace: FakeWorkspace) -> None:
    scope = replace(fake.a_failed_scope(), condition=ScopeCondition.SIGN_IN_NEEDED)
    workspace.inventory.view = fake.an_inventory(fake.a_server(), scopes=(scope,))
    workspace.operator.view = a_signed_in_operator()

    async def body(front: Front) -> None:
        await until(lambda: front.banners.startswith("AWS no longer accepts the sign-in to corp."))

    journey(body)


def test_end_that_comes_soon_stands_above_everything(journey: Journey, workspace: FakeWorkspace) -> None:
    async def body(front: Front) -> None:
        warning = "The sign-in to corp ends in 10 minutes. Sign in again before then."
        front.operator.view = a_signed_in_operator(warning=warning)
        await front.look()
        assert front.banners == warning

    journey(body)


# ---- signing in


def test_sign_in_waits_for_the_browser_and_ends_with_it(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        dialog = await front.begin_sign_in()
        assert words(dialog, "signInHow").startswith("Approve it there.")
        assert not dialog.isModal()
        press(dialog, "signInCopyAddress")
        assert QApplication.clipboard().text() == field(dialog, "signInAddress").text()
        front.operator.approve()
        await front.no_dialog("signInDialog")
        await until(lambda: "signed in until" in words(front.window, "statusOperator"))
        assert front.banners == ""

    journey(body)
    assert ("sign_in", "corp", Flow.BROWSER, False) in workspace.operator.asked


def test_sign_in_reads_the_accounts_anew(journey: Journey, workspace: FakeWorkspace) -> None:
    async def body(front: Front) -> None:
        front.operator.view = nobody()
        await front.look()
        await front.begin_sign_in()
        front.operator.approve()
        await until(lambda: workspace.inventory.refreshes == 1)

    journey(body)


def test_device_code_is_shown_and_can_be_copied(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()
    workspace.operator.can_open_browser = False

    async def body(front: Front) -> None:
        dialog = await front.begin_sign_in()
        assert words(dialog, "signInCode") == "KLMN-PQRS"
        press(dialog, "signInCopyCode")
        assert QApplication.clipboard().text() == "KLMN-PQRS"
        assert nameless(dialog) == []

    journey(body)


def test_denied_sign_in_is_a_sentence_and_can_be_tried_again(
    journey: Journey, workspace: FakeWorkspace
) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        dialog = await front.begin_sign_in()
        front.operator.refuse(SignInDenied(CORP))
        failure = dialog.findChild(QLabel, "signInFailure")
        assert failure is not None
        await until(failure.isVisible)
        assert failure.text() == "The sign-in to corp was denied. Nothing was changed."
        press(dialog, "signInButton")
        await until(lambda: field(dialog, "signInAddress").isVisible())
        front.operator.approve()
        await front.no_dialog("signInDialog")

    journey(body)


def test_cancelled_sign_in_is_given_up(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        dialog = await front.begin_sign_in()
        press(dialog, "signInCancelButton")
        await until(lambda: front.operator.was_cancelled)
        await front.no_dialog("signInDialog")

    journey(body)


def test_sign_in_by_keyboard_alone(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        front.window.activateWindow()
        await until(lambda: QApplication.activeWindow() is front.window)
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(front.window, Qt.Key.Key_I, both)
        dialog = await front.dialog("signInDialog")
        await until(lambda: QApplication.activeWindow() is dialog)
        in_browser = dialog.findChild(QRadioButton, "signInBrowser")
        for _ in range(20):
            if QApplication.focusWidget() is in_browser:
                break
            QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        await until(lambda: words(dialog, "signInCode") == "KLMN-PQRS")
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: front.operator.was_cancelled)

    journey(body)
    assert ("sign_in", "corp", Flow.DEVICE, False) in workspace.operator.asked


def test_other_profile_is_taken_without_a_sign_in(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()

    async def body(front: Front) -> None:
        front.act("sign_in")
        dialog: Any = await front.dialog("signInDialog")
        dialog.place.setCurrentIndex(dialog.place.findText("profile ops"))
        assert dialog.go.text() == "Use this profile"
        press(dialog, "signInButton")
        await front.no_dialog("signInDialog")
        await until(lambda: "profile ops" in words(front.window, "statusOperator"))

    journey(body)


def test_simulation_says_why_nobody_signs_in(journey: Journey) -> None:
    async def body(front: Front) -> None:
        action = front.window.actions_table.by_id["sign_in"]
        assert not action.isEnabled()
        assert action.statusTip() == "In a simulation nobody needs to sign in."

    journey(body)


def test_sign_out_leaves_a_window_that_says_so(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = a_signed_in_operator()

    async def body(front: Front) -> None:
        front.act("sign_out")
        await until(lambda: front.banners.startswith("Nobody is signed in"))

    journey(body)


# ---- the lock


def test_locked_window_shows_and_changes_nothing(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.executions.add(fake.a_held_view())

    async def body(front: Front) -> None:
        front.window.open_execution(fake.DRILL_ID)
        await until(lambda: front.window.executions_pane.view)
        front.operator.view = locked(front.operator.view)
        await front.look()
        assert front.banners.startswith("Locked for 5 min. Executions go on and are shown")
        for action_id in CHANGING:
            action = front.window.actions_table.by_id[action_id]
            assert (action.isEnabled(), action.statusTip()) == (False, IDLE_REASON)
        assert front.window.executions_pane.view is not None

    journey(body)


def test_lock_has_what_may_be_done_read_anew(journey: Journey, workspace: FakeWorkspace) -> None:
    held = fake.a_held_view()
    workspace.executions.add(held)

    async def body(front: Front) -> None:
        front.window.open_execution(fake.DRILL_ID)
        button: Any = front.window.findChild(QAbstractButton, "resumeButton")
        await until(lambda: button.isEnabled())
        refused = replace(held.actions, resume=fake.no(IDLE_REASON))
        workspace.executions.views[fake.DRILL_ID] = replace(held, actions=refused)
        front.operator.view = locked(front.operator.view)
        await front.look()
        await until(lambda: not button.isEnabled())

    journey(body)


def test_unlocking_asks_for_the_word_and_gives_everything_back(
    journey: Journey, workspace: FakeWorkspace
) -> None:
    async def body(front: Front) -> None:
        front.act("lock")
        await until(lambda: front.banners.startswith("Locked for"))
        before = front.window.actions_table.by_id["start_drill"].isEnabled()
        line = front.window.banners.findChild(QAbstractButton, "bannerButton")
        assert line is not None
        line.click()
        dialog = await front.dialog("unlockDialog")
        assert nameless(dialog) == []
        go: Any = dialog.findChild(QAbstractButton, "unlockButton")
        assert not go.isEnabled()
        field(dialog, "unlockWord").setText("unlock")
        go.click()
        await until(lambda: front.banners == "")
        assert (before, front.window.actions_table.by_id["start_drill"].isEnabled()) == (False, True)

    journey(body)


def test_unlocking_leads_to_the_sign_in_when_it_counts_no_more(
    journey: Journey, workspace: FakeWorkspace
) -> None:
    workspace.operator.view = locked(a_signed_in_operator())
    workspace.operator.failures["unlock"] = SignInNeeded("The sign-in was revoked.")

    async def body(front: Front) -> None:
        front.act("unlock")
        dialog = await front.dialog("unlockDialog")
        field(dialog, "unlockWord").setText("unlock")
        press(dialog, "unlockButton")
        await front.dialog("signInDialog")

    journey(body)


def test_keys_and_pointer_are_noticed(journey: Journey) -> None:
    async def body(front: Front) -> None:
        handle = front.window.windowHandle()
        before = front.operator.touches
        QTest.keyClick(handle, Qt.Key.Key_Shift)
        await until(lambda: front.operator.touches > before)

    journey(body)


def test_input_in_a_dialog_counts_too(journey: Journey) -> None:
    async def body(front: Front) -> None:
        front.act("keys")
        dialog = await front.dialog("keysDialog")
        await until(lambda: QApplication.focusWindow() is dialog.windowHandle())
        before = front.operator.touches
        QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Shift)
        await until(lambda: front.operator.touches > before)

    journey(body)


def test_nobody_but_an_administrator_changes_the_minutes(journey: Journey) -> None:
    async def body(front: Front) -> None:
        action = front.window.actions_table.by_id["idle"]
        assert action.statusTip() == "DRSOperator may not change the settings of the workspace; DRSAdmin may."

    journey(body)


def test_administrator_says_after_how_many_minutes_it_locks(
    journey: Journey, workspace: FakeWorkspace
) -> None:
    workspace.operator.view = a_signed_in_operator(
        access=replace(SIGNED_IN, role=Role.ADMIN), can_change_settings=fake.YES
    )

    async def body(front: Front) -> None:
        front.act("idle")
        dialog: Any = await front.dialog("idleDialog")
        dialog.minutes.setValue(10)
        press(dialog, "idleButton")
        await until(lambda: ("set_idle_minutes", 10) in front.operator.asked)

    journey(body)


# ---- emergencies, endpoints, no network


class FakeAccess:
    """Takes and gives back an emergency role."""

    def __init__(self, workspace: FakeWorkspace) -> None:
        self._workspace = workspace
        self.taken: list[tuple[Role, str]] = []

    async def elevate(self, role: Role, reason: str) -> None:
        self.taken.append((role, reason))
        access = replace(SIGNED_IN, role=role, elevation=EMERGENCY)
        self._workspace.operator.view = a_signed_in_operator(access=access)

    async def give_up(self) -> None:
        self._workspace.operator.view = a_signed_in_operator()


def test_emergency_role_needs_a_reason_and_stands_above_everything(
    journey: Journey, workspace: FakeWorkspace
) -> None:
    workspace.operator.view = a_signed_in_operator()
    access = FakeAccess(workspace)

    class Administration:
        def __init__(self) -> None:
            self.access = access

    workspace.administration = Administration()

    async def body(front: Front) -> None:
        front.act("elevate")
        dialog = await front.dialog("emergencyDialog")
        go: Any = dialog.findChild(QAbstractButton, "emergencyButton")
        assert not go.isEnabled()
        field(dialog, "emergencyReason").setText(EMERGENCY.reason)
        go.click()
        await until(
            lambda: front.banners.startswith("EMERGENCY: anna@example.com has taken the role DRSAdmin")
        )
        assert "DRSOperator (emergency)" in words(front.window, "statusOperator")
        front.act("give_up")
        await until(lambda: front.banners == "")

    journey(body)
    assert access.taken == [(Role.OPERATOR, EMERGENCY.reason)]


def test_unusual_endpoint_stays_said_and_is_no_simulation(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.endpoint = Endpoint(
        fingerprint="vpce", url="https://vpce-0a1b.drs.eu-west-1.vpce.amazonaws.com"
    )

    async def body(front: Front) -> None:
        assert not front.window.band.isVisible()
        assert front.banners.startswith("Not the usual address of AWS: https://vpce-0a1b")
        assert "It is no simulation" in front.banners

    journey(body)


def test_no_network_is_a_state_in_words(journey: Journey, workspace: FakeWorkspace) -> None:
    scope = replace(fake.a_failed_scope(), condition=ScopeCondition.UNREACHABLE)
    workspace.inventory.view = fake.an_inventory(fake.a_server(), scopes=(scope,))

    async def body(front: Front) -> None:
        assert front.banners.startswith("Offline: AWS cannot be reached from here.")
        assert front.window.servers_pane.model.total == 1
        button: Any = front.window.banners.findChild(QAbstractButton, "bannerButton")
        button.click()
        await until(lambda: workspace.inventory.refreshes == 1)

    journey(body)


def test_sign_in_that_aws_does_not_answer_is_a_sentence(journey: Journey, workspace: FakeWorkspace) -> None:
    workspace.operator.view = nobody()
    workspace.operator.failures["sign_in"] = AwsUnreachable("Identity Center gave no answer.")

    async def body(front: Front) -> None:
        front.act("sign_in")
        dialog = await front.dialog("signInDialog")
        press(dialog, "signInButton")
        await until(lambda: words(dialog, "signInFailure") == "Identity Center gave no answer.")

    journey(body)
