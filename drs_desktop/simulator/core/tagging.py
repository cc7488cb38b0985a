"""Tags of DRS resources, found by ARN."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from drs_desktop.simulator.core.errors import ResourceNotFoundError, ValidationError
from drs_desktop.simulator.core.region import RegionState

_MOST_TAGS = 50
_UNWRITABLE = frozenset({"Cc", "Cs", "Cn"})
"""Kinds of character that EC2 could not show as XML: control, half of a pair, none at all."""


class _Tagged(Protocol):
    @property
    def arn(self) -> str: ...

    @property
    def tags(self) -> dict[str, str]: ...


def tags_of(state: RegionState, resource_arn: str) -> dict[str, str]:
    """Return the live tags of a resource by its ARN, or raise ResourceNotFoundException."""
    state.require_initialized()
    kind, _, resource_id = resource_arn.rpartition(":")[2].partition("/")
    found: _Tagged | None = None
    if kind == "source-server":
        found = state.servers.get(resource_id)
    elif kind == "job":
        found = state.jobs.get(resource_id)
    elif kind == "recovery-instance":
        found = state.instances.get(resource_id)
    elif kind == "launch-configuration-template":
        found = state.launch_defaults
    elif kind == "replication-configuration-template":
        found = state.replication_defaults
    if found is None or found.arn != resource_arn:
        raise ResourceNotFoundError("Resource", resource_arn)
    return found.tags


def check_tags(tags: Mapping[str, str], existing: Mapping[str, str] = MappingProxyType({})) -> None:
    """Raise ValidationException for tags that no AWS resource may have."""
    problems = [
        ("tags", f"{key!r}: keys that begin with aws: belong to AWS")
        for key in tags
        if key.lower().startswith("aws:")
    ]
    problems += [
        ("tags", f"{key!r}: a tag holds letters, numbers and signs, no control characters")
        for key, value in tags.items()
        if any(unicodedata.category(one) in _UNWRITABLE for one in key + value)
    ]
    if len({*existing, *tags}) > _MOST_TAGS:
        problems.append(("tags", f"a resource has at most {_MOST_TAGS} tags"))
    if problems:
        raise ValidationError(f"{problems[0][0]}: {problems[0][1]}", fields=problems)
