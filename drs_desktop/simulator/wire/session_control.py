"""The sessions over the control endpoint: listed without secrets, expired or revoked."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from drs_desktop.simulator.core.sessions import Ending, Session
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, json_answer


class SessionsRequest(BaseModel):
    """`{"action": "expire" | "revoke", …}` with `access_key_id`, `session_name`, `role_arn` or `all`."""

    model_config = ConfigDict(strict=True, extra="forbid")
    action: Literal["expire", "revoke"]
    access_key_id: str | None = None
    session_name: str | None = None
    role_arn: str | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _check_choice(self) -> "SessionsRequest":
        named = (self.access_key_id, self.session_name, self.role_arn, self.all)
        if sum(one is not None for one in named) != 1:
            raise ValueError("name the sessions by one of access_key_id, session_name, role_arn and all")
        return self

    def means(self, session: Session) -> bool:
        """Return whether a session is meant."""
        chosen = (
            (self.access_key_id, session.access_key_id),
            (self.session_name, session.name),
            (self.role_arn, session.role.arn),
        )
        return all(wanted in (None, given) for wanted, given in chosen)


def sessions_listed(simulation: Simulation) -> Answer:
    """Return every session, oldest first; secrets and tokens stay where they are."""
    with simulation.lock:
        return json_answer(
            200, {"sessions": [_described(simulation, one) for one in simulation.sessions.all()]}
        )


def sessions_ended(simulation: Simulation, body: bytes) -> Answer:
    """Expire or revoke sessions and return those that this changed."""
    wanted = SessionsRequest.model_validate(json.loads(body))
    with simulation.lock:
        now = simulation.lifetime_now()
        changed = simulation.sessions.end(Ending(wanted.action), now, wanted.means)
        return json_answer(200, {"sessions": [_described(simulation, one) for one in changed]})


def _described(simulation: Simulation, session: Session) -> dict[str, Any]:
    now = simulation.lifetime_now()
    return {
        "access_key_id": session.access_key_id,
        "role_arn": session.role.arn,
        "session_name": session.name,
        "seconds_left": max(round((session.ends_at - now).total_seconds(), 3), 0),
        "is_chained": session.is_chained,
        "is_expired": session.has_ended(now),
        "is_revoked": session.is_revoked,
        "has_session_policy": session.policies is not None,
        "tags": dict(session.tags),
        "transitive_tag_keys": sorted(session.transitive_keys),
        "source_identity": session.source_identity,
    }
