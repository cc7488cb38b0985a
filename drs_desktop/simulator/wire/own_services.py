"""What the simulator answers itself although moto has a service of that name."""

from collections.abc import Callable

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.cloudtrail import CloudTrail
from drs_desktop.simulator.wire.iam_simulation import IamSimulation
from drs_desktop.simulator.wire.requests import WireCall
from drs_desktop.simulator.wire.service_quotas import ServiceQuotas
from drs_desktop.simulator.wire.sts import Sts

Operation = Callable[[WireCall, Principal], Answer]

_LEFT_TO_MOTO = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetAccessKeyInfo")})
_WHOLLY_OURS = frozenset({"sts", "servicequotas", "cloudtrail"})
"""Services of which moto may answer nothing but what is named above."""


class OwnServices:
    """Answers sts, service-quotas and cloudtrail, and of iam the policy simulator."""

    def __init__(self, simulation: Simulation, trail: CloudTrail) -> None:
        """Lay out the table of what is answered here."""
        sts, quotas, iam = Sts(simulation), ServiceQuotas(simulation), IamSimulation(simulation)
        self._operations: dict[tuple[str, str], Operation] = {
            ("sts", "AssumeRole"): sts.assume_role,
            ("sts", "DecodeAuthorizationMessage"): sts.decode_authorization_message,
            ("servicequotas", "ListServiceQuotas"): quotas.list_service_quotas,
            ("servicequotas", "GetServiceQuota"): quotas.get_service_quota,
            ("servicequotas", "ListAWSDefaultServiceQuotas"): quotas.list_aws_default_service_quotas,
            ("servicequotas", "GetAWSDefaultServiceQuota"): quotas.get_aws_default_service_quota,
            ("iam", "SimulatePrincipalPolicy"): iam.simulate_principal_policy,
            ("cloudtrail", "LookupEvents"): trail.lookup_events,
        }

    def answer(self, call: WireCall, principal: Principal) -> Answer | None:
        """Return the answer of a call, or None if moto answers it."""
        place = (call.service, call.operation)
        if operation := self._operations.get(place):
            return operation(call, principal)
        if call.service not in _WHOLLY_OURS or place in _LEFT_TO_MOTO:
            return None
        code = "UnknownOperationException" if call.is_json else "InvalidAction"
        return refusal(
            call, code, 400, f"The simulator does not simulate {call.operation} of {call.service}."
        )
