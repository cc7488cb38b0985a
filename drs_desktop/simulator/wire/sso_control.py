"""Identity Center over the control endpoint: who waits and who is signed in; approve, deny, sign out."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict

from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.sso import IdentityCenter
from drs_desktop.simulator.wire.answers import Answer, json_answer


class SignInControl(BaseModel):
    """`approve` and `deny` need `user_code`, `approve` also `user`; `sign_out` may name a user."""

    model_config = ConfigDict(strict=True, extra="forbid")
    action: Literal["approve", "deny", "sign_out"]
    user_code: str = ""
    user: str | None = None


def sign_in_told(simulation: Simulation) -> dict[str, str] | None:
    """Return what a client must know to sign in, or None where nobody can."""
    center = simulation.identity_center
    return {"start_url": center.directory.start_url, "region": center.directory.region} if center else None


def sign_ins_listed(simulation: Simulation) -> Answer:
    """Return requests and sessions without any secret."""
    with simulation.lock:
        center, now = _center(simulation), simulation.lifetime_now()
        requests = [
            {"user_code": one.user_code, "client_name": one.client.name, "decision": one.decision.value}
            for one in center.requests()
        ]
        sessions = [
            {"user": one.user.name, "is_over": one.is_over(now), "is_revoked": one.is_revoked}
            for one in center.sessions()
        ]
    return json_answer(200, {"requests": requests, "sessions": sessions})


def sign_in_controlled(simulation: Simulation, body: bytes) -> Answer:
    """Decide a request, or end sessions as an administrator does."""
    wanted = SignInControl.model_validate(json.loads(body))
    with simulation.lock:
        center = _center(simulation)
        if wanted.action == "sign_out":
            return json_answer(200, {"ended": center.sign_out(wanted.user)})
        request = center.request(wanted.user_code)
        user = center.directory.user(wanted.user or "")
        if request is None or (wanted.action == "approve" and user is None):
            raise LookupError("there is no such request or no such user")
        center.decide(request, user if wanted.action == "approve" else None)
    return json_answer(200, {"decision": request.decision.value})


def _center(simulation: Simulation) -> IdentityCenter:
    if simulation.identity_center is None:
        raise LookupError("this scenario has no Identity Center")
    return simulation.identity_center
