"""Whether a caller may do what DRS will do in its name, and how a job fails when it may not.

The question is put when the job is made: a session that ends later, or a policy that changes later, does not
stop a running job (uncertain).
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import replace

from drs_desktop.simulator.core.access import Principal, decide, denial_sentence
from drs_desktop.simulator.core.forwarded import (
    FORWARDED,
    TAGGED_BY,
    ForwardedAction,
    ForwardedDenials,
    Phase,
)
from drs_desktop.simulator.core.job import LaunchStatus, LogEvent
from drs_desktop.simulator.core.policy import Decision, PolicySet
from drs_desktop.simulator.core.policy_conditions import Context
from drs_desktop.simulator.core.policy_document import AccessRequest
from drs_desktop.simulator.core.progress import MANAGED_TAG
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.schedule import Step
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure, SourceServer

_OF_NOBODY = ("image", "snapshot")
"""Resources whose ARN names no account."""
_NOT_MANAGED = ("image", "subnet")
_KINDS = {
    Phase.SNAPSHOT: LaunchFailure.SILENT,
    Phase.CONVERSION: LaunchFailure.CONVERSION_FAIL,
    Phase.LAUNCH: LaunchFailure.LAUNCH_FAILED,
}


def launch_failure(
    simulation: Simulation, state: RegionState, caller: Principal | None, server: SourceServer
) -> PlannedFailure | None:
    """Return how the launch of a server fails for want of a forwarded permission, if it does."""
    if _is_unlimited(simulation, caller):
        return None
    is_silent = simulation.forwarded_denials is ForwardedDenials.SILENT
    phases = [Phase.SNAPSHOT, Phase.CONVERSION, Phase.LAUNCH]
    if server.recovery_instance_id is not None:
        phases.insert(0, Phase.CLEANUP)
    for phase in phases:
        for request, decision in _asked(simulation, state, caller, server, phase):
            if decision.is_allowed:
                continue
            if request.action == "iam:PassRole":
                return _pass_role_failure(request)
            kind = LaunchFailure.SILENT if is_silent else _KINDS.get(phase, LaunchFailure.SILENT)
            text = None if kind is LaunchFailure.SILENT else _raw_error(caller, request, decision)
            return PlannedFailure(kind=kind, raw_error=text)
    return None


def terminate_failure(
    simulation: Simulation, state: RegionState, caller: Principal | None, server: SourceServer
) -> Callable[[Step], Step] | None:
    """Return what turns the end of a server's clean-up into its failure, or None if nothing is missing."""
    if _is_unlimited(simulation, caller):
        return None
    for request, decision in _asked(simulation, state, caller, server, Phase.CLEANUP):
        if not decision.is_allowed:
            is_silent = simulation.forwarded_denials is ForwardedDenials.SILENT
            text = None if is_silent else _raw_error(caller, request, decision)
            return lambda step: replace(
                step, event=LogEvent.CLEANUP_FAIL, launch_status=LaunchStatus.FAILED, raw_error=text
            )
    return None


def with_denied_cleanups(
    simulation: Simulation,
    state: RegionState,
    caller: Principal | None,
    steps: Iterable[Step],
) -> list[Step]:
    """Return the steps of a TERMINATE job, failing where the caller lacks a forwarded permission."""
    changed = []
    for step in steps:
        failure = None
        if step.event is LogEvent.CLEANUP_END and step.source_server_id:
            failure = terminate_failure(simulation, state, caller, state.server(step.source_server_id))
        changed.append(failure(step) if failure else step)
    return changed


def _is_unlimited(simulation: Simulation, caller: Principal | None) -> bool:
    """Return whether no policy and no fault can be in the way; it spares thousands of questions."""
    return not simulation.faults.has_denials and (caller is None or caller.policies == PolicySet())


def _asked(
    simulation: Simulation,
    state: RegionState,
    caller: Principal | None,
    server: SourceServer,
    phase: Phase,
) -> Iterable[tuple[AccessRequest, Decision]]:
    for forwarded in FORWARDED[phase]:
        for request in _requests(state, server, phase, forwarded):
            yield (
                request,
                decide(simulation, caller, request, account_id=state.account_id, region=state.region),
            )


def _requests(
    state: RegionState, server: SourceServer, phase: Phase, forwarded: ForwardedAction
) -> list[AccessRequest]:
    if not forwarded.resources:
        return [AccessRequest(action=forwarded.action, context=_context(state, phase, forwarded.action))]
    return [
        AccessRequest(
            action=forwarded.action,
            resource=_arn(state, server, resource),
            context=_context(state, phase, forwarded.action, resource),
        )
        for resource in forwarded.resources
    ]


def _arn(state: RegionState, server: SourceServer, resource: str) -> str:
    if resource.startswith("role/"):
        return f"arn:aws:iam::{state.account_id}:{resource}"
    owner = "" if resource in _OF_NOBODY else state.account_id
    named = {
        "launch-template": server.launch_configuration.ec2_launch_template_id,
        "instance": server.recovery_instance_id,
    }.get(resource)
    return f"arn:aws:ec2:{state.region}:{owner}:{resource}/{named or '*'}"


def _context(state: RegionState, phase: Phase, action: str, resource: str = "") -> Context:
    context: dict[str, tuple[str, ...]] = {
        "aws:viaawsservice": ("true",),
        "aws:calledvia": ("drs.amazonaws.com",),
        "aws:calledviafirst": ("drs.amazonaws.com",),
        "aws:calledvialast": ("drs.amazonaws.com",),
        "aws:resourceaccount": (state.account_id,),
    }
    key, value = MANAGED_TAG[0], MANAGED_TAG[1]
    if action == "iam:PassRole":
        context["iam:passedtoservice"] = ("ec2.amazonaws.com",)
    elif resource and resource not in _NOT_MANAGED:
        context[f"aws:resourcetag/{key.lower()}"] = (value,)
        context[f"ec2:resourcetag/{key.lower()}"] = (value,)
    if action.startswith(("ec2:Create", "ec2:RunInstances")):
        context[f"aws:requesttag/{key.lower()}"] = (value,)
        context["aws:tagkeys"] = (key,)
    if action == "ec2:CreateTags":
        context["ec2:createaction"] = (TAGGED_BY[phase],)
    return context


def _raw_error(caller: Principal | None, request: AccessRequest, decision: Decision) -> str:
    name = request.action.partition(":")[2]
    who = caller.arn if caller else "the caller"
    return (
        f"UnauthorizedOperation when calling {name}: You are not authorized to perform this operation."
        f" {denial_sentence(who, request, decision)}"
    )


def _pass_role_failure(request: AccessRequest) -> PlannedFailure:
    """Return the failure of a launch that may not hand its role on; AWS encodes the reason."""
    reason = {
        "allowed": False,
        "context": {"action": request.action, "resource": request.resource},
    }
    encoded = base64.urlsafe_b64encode(json.dumps(reason).encode()).decode()
    return PlannedFailure(
        kind=LaunchFailure.LAUNCH_FAILED,
        raw_error=(
            "UnauthorizedOperation when calling RunInstances: You are not authorized to perform this"
            f" operation. Encoded authorization failure message: {encoded}"
        ),
    )
