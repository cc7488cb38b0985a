"""Requests that no service can read: no JSON, no operation, a Region that AWS does not have."""

from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends

from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.drs.models import drs_backends
from drs_desktop.simulator.wire.model_validation import find_wrong_types
from drs_desktop.simulator.wire.requests import WireCall

_REGIONAL = frozenset({"drs", "ec2", "ssm", "sns", "servicequotas", "cloudtrail"})
_BY_ACTION = frozenset({"ec2", "iam", "sns"})
"""Services that name the operation in the member Action."""
_CHECKED = {"servicequotas": "service-quotas", "cloudtrail": "cloudtrail"}
"""JSON services answered here, by botocore's names; drs checks its own requests."""


def refuse_malformed(call: WireCall, account_id: str) -> Answer | None:
    """Return the refusal of a request that cannot be read, or None."""
    backends = drs_backends if call.service == "drs" else ec2_backends
    if call.service in _REGIONAL and call.region not in backends[account_id].regions:
        code = "InvalidSignatureException" if call.is_json else "SignatureDoesNotMatch"
        return refusal(call, code, 403, "Credential should be scoped to a valid region.")
    if call.is_json and not call.is_readable:
        return _unreadable(call)
    if call.service == "drs" and not call.operation:
        text = "The simulator does not simulate this operation yet."
        return refusal(call, "ValidationException", 400, text, reason="unknownOperation")
    if call.service in _BY_ACTION:
        return _without_action(call)
    return _wrong_types(call)


def _unreadable(call: WireCall) -> Answer:
    if call.service == "drs":
        text = "The request body is not a JSON object."
        return refusal(call, "ValidationException", 400, text, reason="cannotParse")
    return refusal(call, "SerializationException", 400, "The request body cannot be read.")


def _without_action(call: WireCall) -> Answer | None:
    if not call.operation:
        return refusal(call, "MissingAction", 400, "The request must contain the parameter Action.")
    if call.operation in get_service_model(call.service).operation_names:
        return None
    text = f"The action {call.operation} is not valid for this web service."
    return refusal(call, "InvalidAction", 400, text)


def _wrong_types(call: WireCall) -> Answer | None:
    model = _CHECKED.get(call.service)
    if model is None or call.operation not in get_service_model(model).operation_names:
        return None
    problems = find_wrong_types(model, call.operation, dict(call.members))
    if not problems:
        return None
    return refusal(call, "SerializationException", 400, f"{problems[0][0]}: {problems[0][1]}")
