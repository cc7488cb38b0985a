"""The control endpoint: who this simulator is, its faults, its calls, its clock, its end."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drs_desktop.simulator.acts import carry_out
from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fault_rules import FaultRuleModel, described
from drs_desktop.simulator.wire.answers import Answer, json_answer
from drs_desktop.simulator.wire.call_log import CallLog
from drs_desktop.simulator.wire.session_control import sessions_ended, sessions_listed
from drs_desktop.simulator.wire.sso_control import sign_in_controlled, sign_in_told, sign_ins_listed

_NOTHING = Answer(status=204, body=b"")
_STRICT = ConfigDict(strict=True, extra="forbid")


Seconds = Annotated[float, Field(ge=0, le=900)]


class ClockRequest(BaseModel):
    """`{"advance_seconds": …}` or `{"scale": …}`, or both."""

    model_config = _STRICT
    advance_seconds: float | None = Field(default=None, ge=0, le=10 * 365 * 86_400)
    scale: float | None = Field(default=None, ge=0, le=1_000_000)


class VisibilityRequest(BaseModel):
    """The members of `VisibilityLag` that are to change, in real seconds."""

    model_config = _STRICT
    describe_jobs_seconds: Seconds = 0
    job_log_seconds: Seconds = 0
    launch_status_seconds: Seconds = 0
    recovery_instances_seconds: Seconds = 0
    last_launch_seconds: Seconds = 0
    snapshots_seconds: Seconds = 0
    instance_ids_in_jobs_seconds: Seconds | None = 0
    """Null, if it is named: jobs never tell the instance ids."""


@dataclass(kw_only=True)
class Control:
    """Answers everything under /sim/; all but identity and ping needs the control token."""

    simulation: Simulation
    calls: CallLog
    instance_id: str
    token: str
    stop: Callable[[], None]
    _routes: dict[tuple[str, str], Callable[[bytes], Answer]] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the table of what is answered where."""
        self._routes = {
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("GET", "calls"): lambda _: json_answer(200, {"calls": self.calls.described()}),
            ("POST", "clock"): self._turn_clock,
            ("POST", "visibility"): self._set_visibility,
            ("GET", "acts"): self._acts,
            ("POST", "act"): lambda body: json_answer(200, carry_out(self.simulation, body)),
            ("GET", "sessions"): lambda _: sessions_listed(self.simulation),
            ("POST", "sessions"): lambda body: sessions_ended(self.simulation, body),
            ("GET", "sign-in"): lambda _: sign_ins_listed(self.simulation),
            ("POST", "sign-in"): lambda body: sign_in_controlled(self.simulation, body),
            ("POST", "stop"): self._stop,
        }

    def answer(self, method: str, path: str, token: str, body: bytes) -> Answer:
        """Answer one control request; `path` is what follows /sim/."""
        if (method, path) == ("GET", "identity"):
            return json_answer(200, self.identity())
        if (method, path) == ("POST", "ping"):
            return _NOTHING
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return json_answer(403, {"error": "the header X-Sim-Token is missing or wrong"})
        if method == "DELETE" and path.startswith("faults/"):
            return self._remove_fault(path.removeprefix("faults/"))
        route = self._routes.get((method, path))
        if route is None:
            return json_answer(404, {"error": f"there is no {method} /sim/{path}"})
        try:
            return route(body)
        except RecursionError:
            return json_answer(400, {"error": "the body is nested too deeply"})
        except (ValidationError, ValueError) as error:
            return json_answer(400, {"error": str(error)})
        except LookupError as error:
            return json_answer(404, {"error": str(error)})
        except DrsError as error:
            return json_answer(409, {"error": f"{error.code}: {error.message}"})

    def identity(self) -> dict[str, Any]:
        """Return what a client must know about this simulator; nothing in it is a secret."""
        simulation = self.simulation
        return {
            "instance_id": self.instance_id,
            "scenario": simulation.name,
            "service_now": simulation.clock.now().isoformat(timespec="microseconds"),
            "scale": simulation.clock.scale,
            "signing_window_seconds": simulation.signing_window_seconds,
            "visibility_lag_seconds": simulation.visibility_lag.largest_seconds,
            "hub": {
                "account_id": simulation.hub.id,
                "access_key_id": simulation.hub_keys.access_key_id,
                "secret_access_key": simulation.hub_keys.secret_access_key,
            },
            "accounts": [{"account_id": account.id, "name": account.name} for account in simulation.accounts],
            "regions": list(simulation.regions),
            "sign_in": sign_in_told(simulation),
        }

    def _faults(self, _: bytes) -> Answer:
        return json_answer(200, {"faults": [described(state) for state in self.simulation.faults.states()]})

    def _acts(self, _: bytes) -> Answer:
        with self.simulation.lock:
            self.simulation.settle()
            acts = [
                {"act": one.word, "due_at": one.due_at.isoformat(), "outcome": one.outcome, **one.result}
                for one in self.simulation.planned_acts
            ]
        return json_answer(200, {"acts": acts})

    def _add_fault(self, body: bytes) -> Answer:
        rule = FaultRuleModel.model_validate(json.loads(body)).to_rule()
        self.simulation.faults.add(rule)
        return json_answer(201, {"id": rule.id})

    def _remove_fault(self, rule_id: str) -> Answer:
        if self.simulation.faults.remove(rule_id):
            return _NOTHING
        return json_answer(404, {"error": f"there is no fault {rule_id!r}"})

    def _turn_clock(self, body: bytes) -> Answer:
        wanted = ClockRequest.model_validate(json.loads(body))
        with self.simulation.lock:
            if wanted.scale is not None:
                self.simulation.clock.set_scale(wanted.scale)
            if wanted.advance_seconds is not None:
                self.simulation.clock.advance(timedelta(seconds=wanted.advance_seconds))
            now = self.simulation.settle()
        return json_answer(
            200,
            {"service_now": now.isoformat(timespec="microseconds"), "scale": self.simulation.clock.scale},
        )

    def _set_visibility(self, body: bytes) -> Answer:
        wanted = VisibilityRequest.model_validate(json.loads(body))
        for name in wanted.model_fields_set:
            setattr(self.simulation.visibility_lag, name, getattr(wanted, name))
        return json_answer(200, {"visibility_lag_seconds": self.simulation.visibility_lag.largest_seconds})

    def _stop(self, _: bytes) -> Answer:
        self.stop()
        return _NOTHING
