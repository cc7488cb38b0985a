"""Fault rules as people write them: in scenario files and over the control endpoint."""

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from drs_desktop.simulator.core.faults import (
    Action,
    DelayBefore,
    DenyPermission,
    EmptyPage,
    ErrorAnswer,
    FaultRule,
    FaultState,
    HoldAnswer,
    Html503,
    ResetAfter,
    ResetBefore,
)

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
_WORDS: dict[type, str] = {
    ErrorAnswer: "error",
    DelayBefore: "delay_before",
    HoldAnswer: "hold_answer",
    ResetBefore: "reset_before",
    ResetAfter: "reset_after",
    Html503: "html_503",
    DenyPermission: "deny",
    EmptyPage: "empty_page",
}


_SERVICES = ("cloudtrail", "drs", "ec2", "iam", "servicequotas", "sns", "ssm", "sso", "sso-oidc", "sts")


@cache
def _drs_operations() -> frozenset[str]:
    """Return every operation of the model, those that are not simulated among them."""
    import botocore.session  # only now: rules without an operation need no model

    return frozenset(botocore.session.get_session().get_service_model("drs").operation_names)


class ErrorModel(BaseModel):
    """`{kind: error, code: …, status: …, message: …, retry_after: …}`."""

    model_config = _STRICT
    kind: Literal["error"]
    code: str = Field(min_length=1)
    status: int = Field(default=400, ge=400, le=599)
    message: str = "The simulator was told to refuse this call."
    retry_after: int | None = Field(default=None, ge=0)

    def to_action(self) -> Action:
        """Return the action this stands for."""
        return ErrorAnswer(**self.model_dump(exclude={"kind"}))


class TimedModel(BaseModel):
    """`{kind: delay_before | hold_answer, seconds: …}` in real seconds."""

    model_config = _STRICT
    kind: Literal["delay_before", "hold_answer"]
    seconds: float = Field(ge=0, le=86_400)

    def to_action(self) -> Action:
        """Return the action this stands for."""
        if self.kind == "delay_before":
            return DelayBefore(seconds=self.seconds)
        return HoldAnswer(seconds=self.seconds)


class DenyModel(BaseModel):
    """`{kind: deny, permission: …}`: nobody has the permission, until the rule is deleted."""

    model_config = _STRICT
    kind: Literal["deny"]
    permission: str = Field(pattern=r"^[\w-]+:[\w*?]+$")

    def to_action(self) -> Action:
        """Return the action this stands for."""
        return DenyPermission(permission=self.permission)


class PlainModel(BaseModel):
    """`{kind: reset_before | reset_after | html_503 | empty_page}`, or just the word."""

    model_config = _STRICT
    kind: Literal["reset_before", "reset_after", "html_503", "empty_page"]

    def to_action(self) -> Action:
        """Return the action this stands for."""
        return _PLAIN[self.kind]


_PLAIN: dict[str, Action] = {
    "reset_before": ResetBefore(),
    "reset_after": ResetAfter(),
    "html_503": Html503(),
    "empty_page": EmptyPage(),
}


def _spelled_out(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


ActionModel = Annotated[
    Annotated[ErrorModel | TimedModel | DenyModel | PlainModel, Field(discriminator="kind")],
    BeforeValidator(_spelled_out),
]


class FaultRuleModel(BaseModel):
    """One rule; see `drs_desktop.simulator.core.faults.FaultRule` for the meaning of each member."""

    model_config = _STRICT
    id: str | None = Field(default=None, min_length=1, max_length=100, pattern=r"^[\w.:-]+$")
    service: str = "drs"
    operation: str | None = None
    account: str | None = None
    region: str | None = None
    match_tags: dict[str, str] = Field(default_factory=dict)
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=0)
    action: ActionModel

    @model_validator(mode="after")
    def _check_names(self) -> "FaultRuleModel":
        """Refuse a rule that no call could ever meet."""
        if self.service not in _SERVICES:
            raise ValueError(f"the simulator has no service {self.service!r}; it has {', '.join(_SERVICES)}")
        if self.service == "drs" and self.operation and self.operation not in _drs_operations():
            raise ValueError(f"drs has no operation {self.operation!r}")
        return self

    def to_rule(self) -> FaultRule:
        """Return the core's rule; one without an id gets a new one."""
        values: dict[str, Any] = self.model_dump(exclude={"id", "action"})
        if isinstance(self.action, DenyModel) and "times" not in self.model_fields_set:
            values["times"] = 0  # a permission is missing until somebody grants it
        return FaultRule(
            id=self.id or f"fault-{uuid.uuid4().hex[:12]}", action=self.action.to_action(), **values
        )


def described(state: FaultState) -> Mapping[str, object]:
    """Return a rule in force as JSON data, with how often it matched and fired."""
    rule = state.rule
    return {
        "id": rule.id,
        "service": rule.service,
        "operation": rule.operation,
        "account": rule.account,
        "region": rule.region,
        "match_tags": dict(rule.match_tags),
        "nth": rule.nth,
        "times": rule.times,
        "action": {"kind": _WORDS[type(rule.action)], **vars(rule.action)},
        "matched": state.matched,
        "fired": state.fired,
    }
