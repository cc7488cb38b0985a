"""Workspace files: accounts, protection groups and plans as people write them in YAML, read strictly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Region, Scope, ServerKey, SourceServerId
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave, plan_problems
from drs_desktop.domain.steps import StepSpec
from drs_desktop.files.shapes import (
    STRICT,
    AccountNumber,
    RegionName,
    ServerId,
    ShortText,
    Slug,
    shape_problems,
)
from drs_desktop.files.yaml_text import FileProblem, read_yaml


@dataclass(frozen=True, kw_only=True)
class WorkspaceContent:
    """What a workspace file holds."""

    accounts: tuple[TargetAccount, ...]
    groups: tuple[ProtectionGroup, ...]
    plans: tuple[RecoveryPlan, ...]


class WorkspaceFileError(FileProblem):
    """A workspace file cannot be used."""


def read_workspace(path: Path) -> WorkspaceContent:
    """Read a workspace file.

    Raises:
        WorkspaceFileError: it cannot be read, is no YAML, or says something that makes no sense.
    """
    try:
        tree = read_yaml(path)
    except FileProblem as error:
        raise WorkspaceFileError(path, error.problems) from None
    try:
        model = _WorkspaceModel.model_validate(tree.data)
    except ValidationError as error:
        raise WorkspaceFileError(path, shape_problems(error, tree)) from None
    return _Builder(path, model).build()


# ---- the shape of the file


class _AccountModel(BaseModel):
    """A target account; other parts of the file call it by its name."""

    model_config = STRICT
    account_id: AccountNumber
    name: Slug
    role_arn: str = Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$")
    external_id: str | None = Field(default=None, min_length=2, max_length=1224)
    regions: list[RegionName] = Field(min_length=1)
    environment: str = ""
    colour: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")
    tags_allowed: bool = True


class _PlaceModel(BaseModel):
    """An account, by name, in one Region."""

    model_config = STRICT
    account: ShortText
    region: RegionName


class _ServersModel(_PlaceModel):
    """Servers of one place; each id stands beside the name by which people know it."""

    servers: dict[ShortText, ServerId] = Field(min_length=1)


class _GroupModel(BaseModel):
    """A protection group: `tags` with `scopes`, or `members`."""

    model_config = STRICT
    id: Slug
    name: ShortText
    description: str = ""
    tags: dict[ShortText, str] | None = Field(default=None, min_length=1)
    scopes: list[_PlaceModel] | None = Field(default=None, min_length=1)
    members: list[_ServersModel] | None = Field(default=None, min_length=1)


class _StepModel(BaseModel):
    """A step before or after a wave; `settings` are what its kind needs."""

    model_config = STRICT
    kind: ShortText
    name: ShortText
    settings: dict[ShortText, str | int | float] = Field(default_factory=dict)
    instruction: str = ""
    time_limit_minutes: float | None = Field(default=None, gt=0, le=576_000)
    retries: int = Field(default=0, ge=0, le=100)
    is_critical: bool = True


class _WaveModel(BaseModel):
    """A wave; its number is its place in the list, from 1."""

    model_config = STRICT
    name: ShortText
    groups: list[Slug] = Field(min_length=1)
    depends_on: list[int] | None = None
    pause_before: bool = False
    instruction: str = ""
    failure_policy: Annotated[FailurePolicy, Field(strict=False)] = FailurePolicy.ASK
    success_threshold: float = Field(default=1.0, gt=0, le=1)
    time_limit_minutes: float | None = Field(default=None, gt=0, le=576_000)
    steps_before: list[_StepModel] = Field(default_factory=list)
    steps_after: list[_StepModel] = Field(default_factory=list)


class _PlanModel(BaseModel):
    """A recovery plan."""

    model_config = STRICT
    id: Slug
    name: ShortText
    description: str = ""
    waves: list[_WaveModel] = Field(min_length=1)


class _WorkspaceModel(BaseModel):
    """A whole workspace."""

    model_config = STRICT
    accounts: list[_AccountModel] = Field(min_length=1)
    groups: list[_GroupModel] = Field(default_factory=list)
    plans: list[_PlanModel] = Field(default_factory=list)


# ---- from the file's words to domain objects


class _Builder:
    """Makes domain objects and collects everything that does not fit together."""

    def __init__(self, path: Path, model: _WorkspaceModel) -> None:
        self._path = path
        self._model = model
        self._accounts = {account.name: account for account in model.accounts}
        self._problems: list[str] = []

    def build(self) -> WorkspaceContent:
        model = self._model
        self._require_unique("accounts", "name", [one.name for one in model.accounts])
        self._require_unique("accounts", "account_id", [one.account_id for one in model.accounts])
        self._require_unique("groups", "id", [one.id for one in model.groups])
        self._require_unique("plans", "id", [one.id for one in model.plans])
        content = WorkspaceContent(
            accounts=tuple(_account(one) for one in model.accounts),
            groups=tuple(self._group(one) for one in model.groups),
            plans=tuple(self._plan(one) for one in model.plans),
        )
        if self._problems:
            raise WorkspaceFileError(self._path, self._problems)
        return content

    def _group(self, model: _GroupModel) -> ProtectionGroup:
        by_tags = model.tags is not None and model.scopes is not None and model.members is None
        by_list = model.members is not None and model.tags is None and model.scopes is None
        if not by_tags and not by_list:
            self._problems.append(f"Group {model.id} needs either tags and scopes, or members.")
        places = model.scopes or model.members or []
        keys = [key for part in model.members or [] for key in self._keys(model, part)]
        return ProtectionGroup(
            group_id=GroupId(model.id),
            name=model.name,
            description=model.description,
            selection=SelectionKind.LIST if model.members else SelectionKind.TAGS,
            scopes=tuple(dict.fromkeys(self._scope(f"Group {model.id}", place) for place in places)),
            tags=tuple((model.tags or {}).items()),
            server_keys=tuple(keys),
        )

    def _keys(self, group: _GroupModel, part: _ServersModel) -> Iterable[ServerKey]:
        scope = self._scope(f"Group {group.id}", part)
        self._require_unique(f"group {group.id}", "server id", list(part.servers.values()))
        for server_id in part.servers.values():
            yield ServerKey(
                account_id=scope.account_id,
                region=scope.region,
                source_server_id=SourceServerId(server_id),
            )

    def _scope(self, whose: str, place: _PlaceModel) -> Scope:
        account = self._accounts.get(place.account)
        if account is None:
            self._problems.append(f"{whose} names the account {place.account!r}, which is not in the file.")
        elif place.region not in account.regions:
            self._problems.append(
                f"{whose} names {place.region}, which account {account.name} does not list."
            )
        number = account.account_id if account else ""
        return Scope(account_id=AccountId(number), region=Region(place.region))

    def _plan(self, model: _PlanModel) -> RecoveryPlan:
        known = {group.id for group in self._model.groups}
        waves = tuple(_wave(number, wave) for number, wave in enumerate(model.waves, start=1))
        plan = RecoveryPlan(
            plan_id=PlanId(model.id), name=model.name, description=model.description, waves=waves
        )
        self._problems += [
            f"Plan {model.id}, wave {wave.number} names the group {group_id!r}, which is not in the file."
            for wave in waves
            for group_id in wave.group_ids
            if group_id not in known
        ]
        self._problems += plan_problems(plan)
        return plan

    def _require_unique(self, where: str, what: str, values: list[str]) -> None:
        twice = sorted({value for value in values if values.count(value) > 1})
        self._problems += [f"{where}: the {what} {value!r} stands there twice." for value in twice]


def _account(model: _AccountModel) -> TargetAccount:
    return TargetAccount(
        account_id=AccountId(model.account_id),
        name=model.name,
        role_arn=model.role_arn,
        external_id=model.external_id,
        regions=tuple(Region(region) for region in model.regions),
        environment=model.environment,
        colour=model.colour,
        tags_allowed=model.tags_allowed,
    )


def _wave(number: int, model: _WaveModel) -> Wave:
    return Wave(
        number=number,
        name=model.name,
        group_ids=tuple(GroupId(group) for group in model.groups),
        depends_on=None if model.depends_on is None else tuple(model.depends_on),
        pause_before=model.pause_before,
        instruction=model.instruction,
        failure_policy=model.failure_policy,
        success_threshold=model.success_threshold,
        time_limit=_minutes(model.time_limit_minutes),
        steps_before=tuple(map(_wave_step, model.steps_before)),
        steps_after=tuple(map(_wave_step, model.steps_after)),
    )


def _minutes(count: float | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _wave_step(model: _StepModel) -> StepSpec:
    return StepSpec(
        kind=model.kind,
        name=model.name,
        settings=tuple((key, str(value)) for key, value in model.settings.items()),
        instruction=model.instruction,
        time_limit=_minutes(model.time_limit_minutes),
        retries=model.retries,
        is_critical=model.is_critical,
    )
