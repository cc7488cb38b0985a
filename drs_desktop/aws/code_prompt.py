"""The code of an MFA device: who is asked for it, how often, and what cannot be one."""

import re
import time
from collections.abc import Callable

import botocore.session

from drs_desktop.aws.own_session import SessionHook
from drs_desktop.domain.credential_source import CodeNotGiven, CodePrompt

CODE_CHANGES_AFTER = 30.0
"""Seconds after which a device shows another code; AWS takes each code once."""
_CODE = re.compile(r"[0-9]{6}")
_BOTOCORE_ASKS = re.compile(r"Enter MFA code for (?P<device>.*): ")


class PacedPrompt:
    """Asks for a code, never twice while the device shows the same one."""

    def __init__(self, ask: CodePrompt, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Ask by this prompt."""
        self._ask = ask
        self._monotonic = monotonic
        self._asked_at: float | None = None

    def __call__(self, question: str) -> str:
        """Return the code that a person gave; `question` is botocore's.

        Raises:
            CodeNotGiven: nobody gave one, or it is too early to ask again.
        """
        found = _BOTOCORE_ASKS.fullmatch(question)
        device = found["device"] if found else question
        self._wait_for_the_next_code(device)
        code = self._ask(device).strip().replace(" ", "")
        self._asked_at = self._monotonic()
        if not _CODE.fullmatch(code):
            raise CodeNotGiven(f"What was typed is no code of the MFA device {device}: it has six digits.")
        return code

    def _wait_for_the_next_code(self, device: str) -> None:
        if self._asked_at is None:
            return
        left = self._asked_at + CODE_CHANGES_AFTER - self._monotonic()
        if left > 0:
            raise CodeNotGiven(
                f"A code of the MFA device {device} was given a moment ago, and AWS takes each code once. It "
                f"is asked for again in {int(left) + 1} s."
            )


def using_code_prompt(ask: CodePrompt) -> SessionHook:
    """Return the hook that lets every profile with an mfa_serial ask by our prompt.

    botocore offers no public way to say who is asked, so this sets what its provider's constructor sets;
    tests/contract/test_profile_kinds.py notices when that changes.
    """
    paced = PacedPrompt(ask)

    def use(session: botocore.session.Session) -> None:
        for provider in session.get_component("credential_provider").providers:
            if provider.METHOD == "assume-role":
                provider._prompter = paced

    return use


def all_of(*hooks: SessionHook) -> SessionHook:
    """Return the hook that does what each of these does, in their order."""

    def use(session: botocore.session.Session) -> None:
        for hook in hooks:
            hook(session)

    return use
