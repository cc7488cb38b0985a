"""The shape of a plan file, and its two ways: from the file's words to domain objects and back.

What a file says must come back the same from the domain; `document_of` refuses a file of which it would not.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Region, Scope, ServerKey, SourceServerId
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.domain.steps import StepSpec
from drs_desktop.files.shapes import STRICT, AccountNumber, Minutes, RegionName, ServerId, ShortText, Slug

SCHEMA_VERSION = 1


def _setting(value: Any) -> Any:
    """Return a number as the text that it is in the domain; yes and no are no settings."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


_LongText = Annotated[str, Field(max_length=10_000)]
_Setting = Annotated[
    str,
    BeforeValidator(_setting, json_schema_input_type=str | int | float),
    Field(max_length=2_000),
]


class PlaceShape(BaseModel):
    """An account in one Region."""

    model_config = STRICT
    account: AccountNumber
    region: RegionName


class ServersShape(PlaceShape):
    """Source servers of one account and Region, by their ids."""

    ids: list[ServerId] = Field(min_length=1, max_length=4_000)


class GroupShape(BaseModel):
    """A protection group: `tags` with `scopes`, or `servers`."""

    model_config = STRICT
    id: Slug
    name: ShortText
    description: _LongText = ""
    owner: _LongText = ""
    tags: dict[ShortText, _LongText] | None = Field(default=None, min_length=1)
    scopes: list[PlaceShape] | None = Field(default=None, min_length=1)
    servers: list[ServersShape] | None = Field(default=None, min_length=1)


class StepShape(BaseModel):
    """A step before or after a wave; `settings` are what its kind needs."""

    model_config = STRICT
    kind: ShortText
    name: ShortText
    settings: dict[ShortText, _Setting] = Field(default_factory=dict)
    instruction: _LongText = ""
    time_limit_minutes: Minutes | None = None
    retries: int = Field(default=0, ge=0, le=100)
    is_critical: bool = True


class WaveShape(BaseModel):
    """A wave; its number is its place in the list, from 1."""

    model_config = STRICT
    name: ShortText
    description: _LongText = ""
    groups: list[Slug] = Field(min_length=1)
    depends_on: list[Annotated[int, Field(ge=1, le=10_000)]] | None = None
    pause_before: bool = False
    instruction: _LongText = ""
    failure_policy: Annotated[FailurePolicy, Field(strict=False)] = FailurePolicy.ASK
    success_threshold: float = Field(default=1.0, gt=0, le=1)
    time_limit_minutes: Minutes | None = None
    optional_servers: list[ServersShape] = Field(default_factory=list)
    steps_before: list[StepShape] = Field(default_factory=list)
    steps_after: list[StepShape] = Field(default_factory=list)


class PlanShape(BaseModel):
    """A recovery plan."""

    model_config = STRICT
    id: Slug
    name: ShortText
    description: _LongText = ""
    owner: _LongText = ""
    notes: _LongText = ""
    rto_minutes: Minutes | None = None
    rpo_minutes: Minutes | None = None
    waves: list[WaveShape] = Field(min_length=1, max_length=1_000)


class FileShape(BaseModel):
    """Protection groups and recovery plans of DRS Desktop."""

    model_config = STRICT
    schema_version: Literal[1]
    groups: list[GroupShape] = Field(default_factory=list)
    plans: list[PlanShape] = Field(default_factory=list)


# ---- to the domain


def document_of(shape: FileShape) -> PlanDocument:
    """Return the groups and plans of a file."""
    return PlanDocument(
        groups=tuple(map(_group, shape.groups)),
        plans=tuple(map(_plan, shape.plans)),
    )


def _group(shape: GroupShape) -> ProtectionGroup:
    places = [*(shape.scopes or []), *(shape.servers or [])]
    return ProtectionGroup(
        group_id=GroupId(shape.id),
        name=shape.name,
        description=shape.description,
        owner=shape.owner,
        selection=SelectionKind.TAGS if shape.tags is not None else SelectionKind.LIST,
        scopes=tuple(dict.fromkeys(map(_scope, places))),
        tags=tuple((shape.tags or {}).items()),
        server_keys=tuple(_keys(shape.servers or [])),
    )


def _scope(place: PlaceShape) -> Scope:
    return Scope(account_id=AccountId(place.account), region=Region(place.region))


def _keys(parts: Iterable[ServersShape]) -> Iterable[ServerKey]:
    for part in parts:
        for server_id in part.ids:
            yield ServerKey(
                account_id=AccountId(part.account),
                region=Region(part.region),
                source_server_id=SourceServerId(server_id),
            )


def _plan(shape: PlanShape) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=PlanId(shape.id),
        name=shape.name,
        description=shape.description,
        owner=shape.owner,
        notes=shape.notes,
        recovery_time=_length(shape.rto_minutes),
        recovery_point=_length(shape.rpo_minutes),
        waves=tuple(_wave(number, wave) for number, wave in enumerate(shape.waves, start=1)),
    )


def _wave(number: int, shape: WaveShape) -> Wave:
    return Wave(
        number=number,
        name=shape.name,
        description=shape.description,
        group_ids=tuple(GroupId(group) for group in shape.groups),
        depends_on=None if shape.depends_on is None else tuple(shape.depends_on),
        pause_before=shape.pause_before,
        instruction=shape.instruction,
        failure_policy=shape.failure_policy,
        success_threshold=shape.success_threshold,
        time_limit=_length(shape.time_limit_minutes),
        optional_servers=frozenset(_keys(shape.optional_servers)),
        steps_before=tuple(map(_step, shape.steps_before)),
        steps_after=tuple(map(_step, shape.steps_after)),
    )


def _step(shape: StepShape) -> StepSpec:
    return StepSpec(
        kind=shape.kind,
        name=shape.name,
        settings=tuple(shape.settings.items()),
        instruction=shape.instruction,
        time_limit=_length(shape.time_limit_minutes),
        retries=shape.retries,
        is_critical=shape.is_critical,
    )


def _length(minutes: float | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


# ---- and back


def shape_of(document: PlanDocument) -> FileShape:
    """Return a document in the shape of a file.

    Raises:
        pydantic.ValidationError: something in it has no place in a file.
    """
    return FileShape.model_validate(
        {
            "schema_version": SCHEMA_VERSION,
            "groups": [_group_words(group) for group in document.groups],
            "plans": [_plan_words(plan) for plan in document.plans],
        }
    )


def _group_words(group: ProtectionGroup) -> dict[str, Any]:
    words: dict[str, Any] = {
        "id": group.group_id,
        "name": group.name,
        "description": group.description,
        "owner": group.owner,
    }
    if group.selection is SelectionKind.LIST:
        return {**words, "servers": _server_words(group.server_keys)}
    places = [{"account": scope.account_id, "region": scope.region} for scope in group.scopes]
    return {**words, "tags": dict(group.tags), "scopes": places}


def _server_words(keys: Iterable[ServerKey]) -> list[dict[str, Any]]:
    """Return the servers in their order, those of one account and Region that follow each other together."""
    parts: list[dict[str, Any]] = []
    for key in keys:
        place = {"account": key.account_id, "region": key.region}
        if not parts or {name: parts[-1][name] for name in place} != place:
            parts.append({**place, "ids": []})
        parts[-1]["ids"].append(key.source_server_id)
    return parts


def _plan_words(plan: RecoveryPlan) -> dict[str, Any]:
    return {
        "id": plan.plan_id,
        "name": plan.name,
        "description": plan.description,
        "owner": plan.owner,
        "notes": plan.notes,
        "rto_minutes": _minutes(plan.recovery_time),
        "rpo_minutes": _minutes(plan.recovery_point),
        "waves": [_wave_words(wave) for wave in plan.waves],
    }


def _wave_words(wave: Wave) -> dict[str, Any]:
    return {
        "name": wave.name,
        "description": wave.description,
        "groups": list(wave.group_ids),
        "depends_on": None if wave.depends_on is None else list(wave.depends_on),
        "pause_before": wave.pause_before,
        "instruction": wave.instruction,
        "failure_policy": wave.failure_policy.value,
        "success_threshold": wave.success_threshold,
        "time_limit_minutes": _minutes(wave.time_limit),
        "optional_servers": _server_words(sorted(wave.optional_servers)),
        "steps_before": list(map(_step_words, wave.steps_before)),
        "steps_after": list(map(_step_words, wave.steps_after)),
    }


def _step_words(spec: StepSpec) -> dict[str, Any]:
    return {
        "kind": spec.kind,
        "name": spec.name,
        "settings": dict(spec.settings),
        "instruction": spec.instruction,
        "time_limit_minutes": _minutes(spec.time_limit),
        "retries": spec.retries,
        "is_critical": spec.is_critical,
    }


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else length / timedelta(minutes=1)
