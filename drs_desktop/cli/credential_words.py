"""What AWS is reached with, in lines and as JSON."""

from typing import Any

from drs_desktop.cli.plain_text import moment
from drs_desktop.domain.credential_source import CredentialsInForce


def credential_lines(found: CredentialsInForce) -> list[str]:
    """Return what a person is told of the credentials in force; why they cannot be used is told elsewhere."""
    lines = [f"AWS is reached with {found.kind}{_origin(found)}."]
    if found.principal:
        lines.append(f"AWS knows you as {found.principal}, {_until(found)}.")
    return lines


def _origin(found: CredentialsInForce) -> str:
    if not found.profile:
        return f" of the environment ({found.chosen_by})" if found.chosen_by else ""
    by = f", chosen by {found.chosen_by}" if found.chosen_by else ""
    return f", profile {found.profile}{by}"


def _until(found: CredentialsInForce) -> str:
    if found.ends_at is None:
        return "without an end that could be known here"
    return f"until {moment(found.ends_at)}{', renewed by itself' if found.renews_itself else ''}"


def credentials_json(found: CredentialsInForce) -> dict[str, Any]:
    """Return the credentials in force; no secret is in it."""
    return {
        "kind": found.kind.name.lower(),
        "words": found.kind.value,
        "profile": found.profile or None,
        "chosen_by": found.chosen_by or None,
        "principal": found.principal or None,
        "account": found.account_id,
        "ends_at": found.ends_at.isoformat() if found.ends_at else None,
        "renews_itself": found.renews_itself,
        "problem": str(found.problem) if found.problem else None,
    }
