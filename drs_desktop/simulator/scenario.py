"""Scenario files: who owns which servers in the simulated AWS, read strictly."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from drs_desktop.simulator.acts import TimedActModel
from drs_desktop.simulator.core.ids import IdFactory, source_server_id
from drs_desktop.simulator.core.policy_document import parse_policy, parse_trust_policy
from drs_desktop.simulator.core.replication import ReplicationState
from drs_desktop.simulator.fault_rules import FaultRuleModel
from drs_desktop.simulator.scenario_values import (
    AccountNumber,
    BacklogGib,
    DiskGib,
    FailWord,
    InstanceType,
    LagMinutes,
    LagSeconds,
    PhaseSeconds,
    Quotas,
    Regions,
    SecondsRange,
    StatusWord,
    Subnet,
    Tags,
    largest_fleet,
)
from drs_desktop.simulator.sign_in_scenario import SignInModel

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
_LARGEST_FILE = 1_000_000


class ScenarioError(Exception):
    """A scenario file cannot be used.

    Attributes:
        path: The file.
        problems: One sentence for each thing that is wrong, beginning with its place.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        """Compose the sentence from the file and its problems."""
        self.path = path
        self.problems = problems
        super().__init__(f"{path}: " + "; ".join(problems))


class RoleModel(BaseModel):
    """A role that may be assumed in the account."""

    model_config = _STRICT
    name: str = Field(pattern=r"^[\w+=,.@-]{1,64}$")
    external_id: str | None = Field(default=None, min_length=2, max_length=1224)
    trust: dict[str, Any] | None = None
    """The trust policy; without one, every principal that knows the external id may take the role."""
    policies: list[dict[str, Any]] | None = None
    """The identity policies; without them the role may do everything."""
    permissions_boundary: dict[str, Any] | None = None
    max_session_seconds: int = Field(default=3_600, ge=3_600, le=43_200)

    @model_validator(mode="after")
    def _check_policies(self) -> "RoleModel":
        for document in (*(self.policies or ()), self.permissions_boundary):
            if document is not None:
                parse_policy(document)
        if self.trust is not None:
            parse_trust_policy(self.trust)
            if self.external_id is not None:
                raise ValueError("a role with a trust policy names the external id there, as sts:ExternalId")
        return self


class AccountModel(BaseModel):
    """An account; exactly one is the hub."""

    model_config = _STRICT
    id: AccountNumber
    name: str = Field(min_length=1)
    hub: bool = False
    roles: list[RoleModel] = Field(default_factory=list)
    trusts: list[str] = Field(default_factory=list)
    """The names of the target accounts that may extend its source servers."""
    initialized: bool | list[str] = False
    """Whether DRS is initialised: in every Region of the scenario, in none, or in those that are listed."""
    service_control_policies: list[dict[str, Any]] = Field(default_factory=list)
    """The organisation's policies for the account, FullAWSAccess among them if it is attached."""
    disabled_regions: list[str] = Field(default_factory=list)
    """Opt-in Regions that are not enabled for the account."""

    @model_validator(mode="after")
    def _check_policies(self) -> "AccountModel":
        for document in self.service_control_policies:
            parse_policy(document)
        if twice := [name for name, count in Counter(one.name for one in self.roles).items() if count > 1]:
            raise ValueError(f"two roles are called {twice[0]!r}")
        return self


class HubKeysModel(BaseModel):
    """The fake keys a client starts with; moto maps only 20 capitals and digits to an account."""

    model_config = _STRICT
    access_key_id: str = Field(pattern=r"^AKIA[A-Z0-9]{16}$")
    secret_access_key: str = Field(min_length=16)
    mfa_code: str | None = Field(default=None, pattern=r"^[0-9]{6}$")
    """What the MFA device of the hub's user shows, always; without it the user has none."""


class DiskModel(BaseModel):
    """One disk of a machine."""

    model_config = _STRICT
    device: str = Field(min_length=1)
    gib: DiskGib


class MachineModel(BaseModel):
    """A kind of machine that groups of servers refer to."""

    model_config = _STRICT
    os: Literal["linux", "windows"]
    os_text: str
    cpu_cores: int = Field(ge=1)
    cpu_model: str = "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz"
    ram_gib: int = Field(ge=1)
    instance_type: InstanceType
    disks: list[DiskModel] = Field(min_length=1, max_length=60)


class ReplicationModel(BaseModel):
    """How the replication of a server stands at the start."""

    model_config = _STRICT
    state: Literal[tuple(state.value for state in ReplicationState)] = "CONTINUOUS"  # type: ignore[valid-type]
    lag_minutes: LagMinutes = 0
    backlog_gib: BacklogGib = 0
    error: str | None = None


class FailLaunchModel(BaseModel):
    """Every launch of the server fails at this event, with this text."""

    model_config = _STRICT
    event: Literal["SNAPSHOT_FAIL", "CONVERSION_FAIL", "LAUNCH_FAILED", "LAUNCH_END"]
    raw_error: str = Field(min_length=1)
    attempt: int | None = Field(default=None, ge=0, le=9)
    most_attempts: int | None = Field(default=None, ge=0, le=9)


class ServerChangesModel(BaseModel):
    """What differs in one server of a group."""

    model_config = _STRICT
    machine: str | None = None
    tags: Tags = Field(default_factory=dict)
    replication: ReplicationModel | None = None
    fail_launch: FailLaunchModel | FailWord | None = None
    status_checks: StatusWord | None = None


class ServerGroupModel(BaseModel):
    """`count` servers of one kind; `{n}` in the name is the number, with two digits."""

    model_config = _STRICT
    name: str = Field(min_length=1)
    count: int = Field(default=1, ge=1, le=4_000)
    account: str
    region: str
    machine: str
    subnet: Subnet
    """The first three numbers of the addresses."""
    domain: str = "corp.example"
    tags: Tags = Field(default_factory=dict)
    replication: ReplicationModel = ReplicationModel()
    extended_from: str | None = None
    """The name of the staging account in which each server has its twin, in the same Region."""
    fail_launch: FailLaunchModel | FailWord | None = None
    status_checks: StatusWord = "ok"
    """What EC2's status checks say of its instances once they have booted."""
    changes: dict[int, ServerChangesModel] = Field(default_factory=dict)
    """By number: what differs in that server."""

    def server_name(self, number: int) -> str:
        """Return the name of the server with this number, counted from 1."""
        return self.name.replace("{n}", f"{number:02d}")


class PhaseRangesModel(BaseModel):
    """Ranges of seconds that take the place of the built-in ones."""

    model_config = _STRICT
    conversion: SecondsRange | None = None
    launch: SecondsRange | None = None
    cleanup: SecondsRange | None = None
    terminate: SecondsRange | None = None


class VisibilityLagModel(BaseModel):
    """How late reads show what is new, in real seconds."""

    model_config = _STRICT
    describe_jobs_seconds: LagSeconds = 0
    job_log_seconds: LagSeconds = 0
    launch_status_seconds: LagSeconds = 0
    recovery_instances_seconds: LagSeconds = 0
    last_launch_seconds: LagSeconds = 0
    snapshots_seconds: LagSeconds = 0
    instance_ids_in_jobs_seconds: LagSeconds | None = 0
    """Null: jobs never tell the instance ids."""


class ScenarioModel(BaseModel):
    """A whole scenario."""

    model_config = _STRICT
    name: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    """What the scenario shows, in one sentence."""
    seed: int = 1
    regions: Regions
    hub_keys: HubKeysModel
    accounts: list[AccountModel] = Field(min_length=1)
    machines: dict[str, MachineModel]
    servers: list[ServerGroupModel] = Field(default_factory=list)
    durations: dict[Literal["linux", "windows"], PhaseRangesModel] = Field(default_factory=dict)
    visibility_lag: VisibilityLagModel = VisibilityLagModel()
    signing_window_seconds: float = Field(default=5, gt=0, le=900)
    boot_checks_seconds: PhaseSeconds = 60
    """How long EC2's status checks are initializing after a launch, in service seconds."""
    faults: list[FaultRuleModel] = Field(default_factory=list)
    acts: list[TimedActModel] = Field(default_factory=list)
    """What happens by itself, so many seconds of service time from the start."""
    forwarded_denials: Literal["silent", "raw"] = "silent"
    """How a server fails for want of a forwarded EC2 permission: at once and silently, or with a text."""
    trail_delay_seconds: float = Field(default=120, ge=0, le=86_400)
    """After how much service time cloudtrail's LookupEvents shows an event."""
    service_quotas: Quotas = Field(default_factory=dict)
    """By quota code: values that service-quotas tells in place of AWS's defaults."""
    sign_in: SignInModel | None = None
    """Who may sign in by Identity Center; without it nobody can."""

    def staging_accounts(self) -> dict[str, tuple[str, ...]]:
        """Return, by target account, the staging accounts that trust it, by number."""
        ids = {account.name: account.id for account in self.accounts}
        pairs = {(ids[name], account.id) for account in self.accounts for name in account.trusts}
        pairs |= {(ids[one.account], ids[one.extended_from]) for one in self.servers if one.extended_from}
        return {
            target: tuple(sorted(staging for wanted, staging in pairs if wanted == target))
            for target in {wanted for wanted, _ in pairs}
        }

    @model_validator(mode="after")
    def _check_references(self) -> "ScenarioModel":
        names = [account.name for account in self.accounts]
        problems = []
        if sum(account.hub for account in self.accounts) != 1:
            problems.append("exactly one account must have hub: true")
        if len(set(names)) != len(names) or len({one.id for one in self.accounts}) != len(names):
            problems.append("account names and numbers must differ from each other")
        for account in self.accounts:
            listed = account.initialized if isinstance(account.initialized, list) else []
            for region in sorted({*listed, *account.disabled_regions} - set(self.regions)):
                problems.append(f"accounts ({account.name}): {region!r} is not among the scenario's regions")
        problems += [
            f"{account.name} trusts {name!r}, which no account is called"
            for account in self.accounts
            for name in account.trusts
            if name not in names
        ]
        problems += [f"{one.name} cannot trust itself" for one in self.accounts if one.name in one.trusts]
        for place, group in enumerate(self.servers):
            problems += [f"servers[{place}] ({group.name}): {text}" for text in self._dangling(group, names)]
        problems += self.sign_in.problems(names) if self.sign_in else []
        problems += [*self._named_twice(), *self._too_many()]
        problems += [] if problems else self._unknown_servers()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _places(self) -> Iterator[tuple[str, str, str]]:
        """Return account, Region and name of every server, twins among them."""
        for group in self.servers:
            for account in {group.account, group.extended_from or group.account}:
                for number in range(1, group.count + 1):
                    yield account, group.region, group.server_name(number)

    def _named_twice(self) -> list[str]:
        return [
            f"{account} has two servers called {name!r} in {region}"
            for (account, region, name), count in Counter(self._places()).items()
            if count > 1
        ]

    def _too_many(self) -> list[str]:
        most = largest_fleet(self.service_quotas)
        return [
            f"{account} has {count:,} servers in {region}; the quota is {most:,}"
            for (account, region), count in Counter(place[:2] for place in self._places()).items()
            if count > most
        ]

    def _unknown_servers(self) -> list[str]:
        if not self.acts:
            return []
        ids, numbers = IdFactory(self.seed), {account.name: account.id for account in self.accounts}
        known = {
            source_server_id(ids, numbers[account], region, name) for account, region, name in self._places()
        }
        return [
            f"acts[{place}] ({timed.act.act}): no source server has the id {server!r}"
            for place, timed in enumerate(self.acts)
            for server in timed.servers()
            if server not in known
        ]

    def _dangling(self, group: ServerGroupModel, names: list[str]) -> list[str]:
        wanted_machines = {group.machine, *(one.machine for one in group.changes.values() if one.machine)}
        unknown = [f"no machine is called {name!r}" for name in sorted(wanted_machines - set(self.machines))]
        unknown += [
            f"no account is called {name!r}"
            for name in (group.account, group.extended_from)
            if name is not None and name not in names
        ]
        if group.extended_from == group.account:
            unknown.append("an account cannot extend its own servers")
        if group.region not in self.regions:
            unknown.append(f"{group.region!r} is not among the scenario's regions")
        if group.count > 1 and "{n}" not in group.name:
            unknown.append("a name for several servers needs {n}")
        outside = [number for number in group.changes if not 1 <= number <= group.count]
        return unknown + [f"changes names server {number} of {group.count}" for number in outside]


def read_scenario(path: Path) -> ScenarioModel:
    """Read a scenario file, or raise ScenarioError with every problem and its place."""
    return parse_scenario(path, _loaded(path))


def parse_scenario(path: Path, data: object) -> ScenarioModel:
    """Check already loaded data against the format; `path` is named in the errors."""
    try:
        return ScenarioModel.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(path, [_problem(one) for one in error.errors()]) from error


def _loaded(path: Path) -> object:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ScenarioError(path, [f"the file is larger than {_LARGEST_FILE:,} bytes"])
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(path, [f"it cannot be read: {error}"]) from error
    try:
        return YAML(typ="safe", pure=True).load(text)
    except RecursionError:
        raise ScenarioError(path, ["it is nested too deeply"]) from None
    except YAMLError as error:
        raise ScenarioError(path, [f"it is not YAML: {error}"]) from error


def _problem(error: Any) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    hint = ""
    if error["type"] == "string_type" and isinstance(error["input"], int):
        hint = " (numbers such as account ids must stand in quotation marks)"
    return f"{place.lstrip('.') or 'the file'}: {error['msg']}{hint}"
