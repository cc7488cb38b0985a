"""The options of `launch-settings`, and what they mean as an edit or as a choice of servers."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from drs_desktop.cli.failures import UsageProblem
from drs_desktop.domain.launch_documents import SettingsEdit
from drs_desktop.domain.launch_settings import (
    FIELDS,
    NOTHING_SET,
    CpuCredits,
    Disposition,
    LaunchSettings,
    RightSizing,
)
from drs_desktop.services.launch_views import LaunchSelection

Groups = Annotated[
    list[str] | None, typer.Option("--group", metavar="NAME", help="A protection group; repeat it.")
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="NAME", help="A source server's name or id; repeat it."),
]
Plans = Annotated[
    list[str] | None, typer.Option("--plan", metavar="NAME", help="The servers of a plan; repeat it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
Yes = Annotated[bool, typer.Option("--yes", help="Write without asking; needed where nobody can be asked.")]
Offline = Annotated[bool, typer.Option("--offline", help="Ask nothing of AWS; what was seen last serves.")]


class SizingChoice(StrEnum):
    """What right sizing can be set to."""

    NONE = "NONE"
    BASIC = "BASIC"
    IN_AWS = "IN_AWS"


class DispositionChoice(StrEnum):
    """What the state after the launch can be set to."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


class CreditsChoice(StrEnum):
    """What the CPU credit mode can be set to."""

    STANDARD = "standard"
    UNLIMITED = "unlimited"


_OPTION_OF = {
    "subnet_id": "subnet",
    "security_group_ids": "security-group",
    "static_private_ip": "private-ip",
    "os_byol": "byol",
    "associate_public_ip": "public-ip",
    "detailed_monitoring": "monitoring",
    "instance_tags": "tag",
}
FIELD_OF = {_OPTION_OF.get(name, name.replace("_", "-")): name for name in FIELDS}
"""By the name of its option: each setting."""


def chosen(groups: list[str] | None, servers: list[str] | None, plans: list[str] | None) -> LaunchSelection:
    """Return which servers are meant; none named means every server of every group."""
    return LaunchSelection(groups=tuple(groups or ()), servers=tuple(servers or ()), plans=tuple(plans or ()))


def chosen_outright(
    groups: list[str] | None, servers: list[str] | None, plans: list[str] | None
) -> LaunchSelection:
    """Return which servers are meant, where meaning all by saying nothing would be too easy.

    Raises:
        UsageProblem: none is named.
    """
    selection = chosen(groups, servers, plans)
    if selection == LaunchSelection():
        raise UsageProblem("Say which servers: --group, --server or --plan.")
    return selection


def edit_of(
    values: dict[str, Any],
    clear: list[str] | None,
    *,
    is_reset: bool,
    uses_group: bool | None,
    based_on: int | None,
) -> SettingsEdit:
    """Return the edit that options ask for.

    Args:
        values: by the name of its field, what was given; None was not.

    Raises:
        UsageProblem: a field to clear does not exist, or is set at the same time.
    """
    given = {name: _value(name, value) for name, value in values.items() if value is not None}
    cleared = {_field(option) for option in clear or ()}
    if both := sorted(cleared & set(given)):
        raise UsageProblem(f"Either set or clear: {', '.join(both)}.")
    edit = SettingsEdit(
        values=LaunchSettings(**given),
        cleared=frozenset(cleared),
        uses_group_defaults=uses_group,
        is_reset=is_reset,
        based_on=based_on,
    )
    if edit == SettingsEdit(values=NOTHING_SET, based_on=based_on):
        raise UsageProblem("Say what to set, --clear or --reset.")
    return edit


def _field(option: str) -> str:
    if option not in FIELD_OF:
        raise UsageProblem(f"There is no setting {option!r} to clear. Settings: {', '.join(FIELD_OF)}.")
    return FIELD_OF[option]


_KINDS: dict[str, Any] = {
    "right_sizing": RightSizing,
    "disposition": Disposition,
    "cpu_credits": CpuCredits,
    "security_group_ids": tuple,
}


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise UsageProblem(f"--tag {text!r} is not KEY=VALUE.")
    return key, value


def _value(name: str, value: Any) -> Any:
    if name == "instance_tags":
        return tuple(_pair(text) for text in value)
    kind = _KINDS.get(name)
    if kind is None or kind is tuple:
        return tuple(value) if isinstance(value, list) else value
    return kind(value.value)
