"""How each service says no: unknown keys, ended sessions, missing rights."""

from drs_desktop.simulator.core.access import Principal, denial_sentence
from drs_desktop.simulator.core.policy import Decision
from drs_desktop.simulator.core.policy_document import AccessRequest
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.requests import WireCall


def unknown_key(call: WireCall) -> Answer:
    """Return the refusal of a key nobody was given, of a foreign token, or in a disabled Region."""
    if call.service == "ec2":
        text = "AWS was not able to validate the provided access credentials"
        return refusal(call, "AuthFailure", 401, text)
    code = "UnrecognizedClientException" if call.is_json else "InvalidClientTokenId"
    return refusal(call, code, 403, "The security token included in the request is invalid.")


def ended_session(call: WireCall) -> Answer:
    """Return the refusal of a session whose time is up."""
    if call.service == "ec2":
        return refusal(call, "RequestExpired", 400, "Request has expired.")
    code = "ExpiredTokenException" if call.is_json else "ExpiredToken"
    return refusal(call, code, 403, "The security token included in the request is expired")


def bad_time(call: WireCall, text: str) -> Answer:
    """Return the refusal of a request that was signed too long ago, or in the future."""
    if call.service == "ec2":
        return refusal(call, "RequestExpired", 400, "Request has expired.")
    code = "InvalidSignatureException" if call.is_json else "SignatureDoesNotMatch"
    return refusal(call, code, 403, text)


def denied(call: WireCall, principal: Principal, request: AccessRequest, decision: Decision) -> Answer:
    """Return the refusal of a call that the principal has no right to."""
    sentence = denial_sentence(principal.arn, request, decision)
    if call.service == "ec2":
        text = f"You are not authorized to perform this operation. {sentence}"
        return refusal(call, "UnauthorizedOperation", 403, text)
    if call.service == "sns":
        return refusal(call, "AuthorizationError", 403, sentence)
    if call.is_json:
        status = 403 if call.service == "drs" else 400
        return refusal(call, "AccessDeniedException", status, sentence)
    return refusal(call, "AccessDenied", 403, sentence)
