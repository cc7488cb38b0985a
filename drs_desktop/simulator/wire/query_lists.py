"""The flat members of query requests, such as `Tags.member.1.Key`, put back into lists."""

from collections.abc import Mapping
from typing import Any


def listed(members: Mapping[str, Any], name: str) -> list[str]:
    """Return the strings under `name.member.N` or `name.N`, in order."""
    found = _numbered(members, name)
    return [str(found[number][""]) for number in sorted(found) if "" in found[number]]


def listed_structures(members: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    """Return the structures under `name.member.N.Key` or `name.N.Key`, in order."""
    found = _numbered(members, name)
    return [found[number] for number in sorted(found)]


def _numbered(members: Mapping[str, Any], name: str) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for key, value in members.items():
        if not key.startswith(f"{name}."):
            continue
        number, _, rest = key.removeprefix(f"{name}.").removeprefix("member.").partition(".")
        if number.isdigit():
            found.setdefault(int(number), {})[rest] = str(value)
    return found
