"""The kinds of value that scenario files hold, each with what is refused."""

import ipaddress
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.quotas import ENFORCED
from drs_desktop.simulator.core.service_quotas_table import QUOTAS
from drs_desktop.simulator.core.tagging import check_tags

_LONGEST_PHASE_SECONDS = 30 * 86_400
_LARGEST_DISK_GIB = 65_536
_LONGEST_LAG_MINUTES = 10 * 365 * 24 * 60
_MOST_BACKLOG_GIB = 60 * _LARGEST_DISK_GIB


def _ordered(limits: list[float]) -> list[float]:
    if limits[0] > limits[1]:
        raise ValueError(f"the shortest, {limits[0]:g}, must not be longer than the longest, {limits[1]:g}")
    return limits


def _network(text: str) -> str:
    try:
        ipaddress.ip_address(f"{text}.0")
    except ValueError:
        raise ValueError(f"{text!r} must be the first three numbers of an address, such as 10.0.1") from None
    return text


def _known_regions(names: list[str]) -> list[str]:
    for name in names:
        if name not in _aws_regions():
            raise ValueError(f"AWS has no Region {name!r}")
    return names


@cache
def _aws_regions() -> frozenset[str]:
    """Return every Region of every partition that botocore knows for DRS."""
    import botocore.session  # only now: who builds a simulation by itself need not load it

    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(name for one in partitions for name in session.get_available_regions("drs", one))


def _taggable(tags: dict[str, str]) -> dict[str, str]:
    try:
        check_tags(tags)
    except DrsError as error:
        raise ValueError(error.message.removeprefix("tags: ")) from None
    return tags


def _known_quotas(values: dict[str, float]) -> dict[str, float]:
    known = {entry.code for entries in QUOTAS.values() for entry in entries}
    for code, value in values.items():
        if code not in known:
            raise ValueError(f"the simulator tells no quota of the code {code!r}")
        if code in ENFORCED and value != int(value):
            raise ValueError(f"{code} must be a whole number, not {value:g}")
    return values


AccountNumber = Annotated[str, Field(pattern=r"^\d{12}$")]
StatusWord = Literal["ok", "impaired", "insufficient-data"]
FailWord = Literal["silent", "skipped", "previous_snapshot", "never_ends"]
PhaseSeconds = Annotated[float, Field(ge=0, le=_LONGEST_PHASE_SECONDS)]
SecondsRange = Annotated[list[PhaseSeconds], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
"""From and to."""
LagSeconds = Annotated[float, Field(ge=0, le=900)]
LagMinutes = Annotated[float, Field(ge=0, le=_LONGEST_LAG_MINUTES)]
BacklogGib = Annotated[float, Field(ge=0, le=_MOST_BACKLOG_GIB)]
DiskGib = Annotated[int, Field(ge=1, le=_LARGEST_DISK_GIB)]
InstanceType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
Subnet = Annotated[str, AfterValidator(_network)]
"""The first three numbers of the addresses."""
Regions = Annotated[list[str], Field(min_length=1), AfterValidator(_known_regions)]
Tags = Annotated[dict[str, str], AfterValidator(_taggable)]
Quotas = Annotated[dict[str, Annotated[float, Field(ge=0)]], AfterValidator(_known_quotas)]


def largest_fleet(quotas: Mapping[str, float]) -> int:
    """Return how many source servers an account may have in a Region."""
    return int(quotas.get("L-E28BE5E0", 4_000))
