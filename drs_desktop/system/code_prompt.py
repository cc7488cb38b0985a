"""Asks at the terminal for the code of an MFA device."""

import sys

from drs_desktop.domain.credential_source import CodeNotGiven, nobody_to_ask


def ask_at_terminal(device: str) -> str:
    """Return the line that a person typed; it is shown, as the device has another code in half a minute.

    Raises:
        CodeNotGiven: there is no terminal, or its input has ended.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return nobody_to_ask(device)
    sys.stderr.write(f"Code of the MFA device {device}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise CodeNotGiven(f"Nobody gave the code of the MFA device {device}.")
    return line
