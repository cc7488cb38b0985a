"""What a failed AWS call means: for a read, and, much more carefully, for a call that changes something."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    EndpointProviderError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSOError,
    TokenRetrievalError,
    UnknownEndpointError,
)

from drs_desktop.aws.network_problems import is_before_any_request, network_problem
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsConflict,
    AwsError,
    AwsNotFound,
    AwsQuotaExceeded,
    AwsRejected,
    AwsUnreachable,
    CallNotSent,
    OutcomeUnknown,
    SignInNeeded,
    Throttled,
)
from drs_desktop.domain.ids import Scope


@dataclass(frozen=True, kw_only=True)
class CallPlace:
    """Which call failed, and as whom it was made: what every sentence names."""

    operation: str
    scope: Scope | None = None
    account_name: str = ""
    role_arn: str = ""

    def __str__(self) -> str:
        parts = [self.operation]
        if self.scope:
            name = f" ({self.account_name})" if self.account_name else ""
            parts.append(f"in account {self.scope.account_id}{name}, {self.scope.region}")
        if self.role_arn:
            parts.append(f"as role {self.role_arn.rpartition('/')[2]}")
        return " ".join(parts)


_EXPIRED = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired"})
_BAD_KEYS = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId"}
    | {"MissingAuthenticationToken", "MissingAuthenticationTokenException", "UnauthorizedException"}
)
_BAD_SIGNATURE = frozenset(
    {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "IncompleteSignature"}
)
_DENIED = frozenset(
    {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "OptInRequired"}
    | {"RegionDisabledException", "NotAuthorized", "ForbiddenException"}
)
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "ThrottledException", "RequestThrottled", "SlowDown"}
    | {"TooManyRequestsException", "RequestLimitExceeded", "RequestThrottledException"}
)
_REVOKED = "with an explicit deny in an identity-based policy"
_NOT_FOUND = frozenset({"ResourceNotFoundException", "NotFoundException"})

_CERTAIN_STATUSES = frozenset({400, 401, 402, 403, 404, 409, 429})
"""With an error body in AWS's own format, these say that AWS itself read the request and did nothing."""

_NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_NO_IDENTITY = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    NoAuthTokenError,
    TokenRetrievalError,
    ProfileNotFound,
    SSOError,
    LoginError,
)
_BEFORE_ANY_BYTE = (ParamValidationError, EndpointProviderError, UnknownEndpointError, NoRegionError)


# ---- reads, and calls whose repetition does no harm


def read_error(error: BaseException, place: CallPlace) -> AwsError:
    """Return what a failed read means; a failed read never means "nothing is there"."""
    if isinstance(error, AwsError):
        return error
    if isinstance(error, ClientError):
        answer = _Answer.of(error)
        if answer.is_aws:
            return _refusal(answer, place)
        return _make(
            AwsUnreachable,
            place,
            answer.code,
            f"the answer (HTTP {answer.status or 'unknown'}) did not come from AWS in a form that could be "
            "read. It is asked again; if this stays, look at the proxy or network in between.",
        )
    if isinstance(error, _NO_IDENTITY):
        return _make(SignInNeeded, place, _class(error), f"there are no usable credentials ({_kind(error)}).")
    if isinstance(error, _BEFORE_ANY_BYTE):
        return _make(AwsRejected, place, _class(error), f"the request cannot be made: {clean(str(error))}")
    return _make(
        AwsUnreachable,
        place,
        _class(error),
        f"AWS could not be reached{_why(error)} What already runs there goes on; it is asked again.",
    )


# ---- calls that change something


def mutation_error(error: BaseException, place: CallPlace) -> AwsError:
    """Return what the failure of a call that was sent once means.

    Only three verdicts exist: certainly refused, certainly not sent, or unknown. Whatever is not known to be
    one of the first two is the third.
    """
    if isinstance(error, AwsError):
        return error
    if isinstance(error, ClientError):
        answer = _Answer.of(error)
        if answer.is_aws and answer.status in _CERTAIN_STATUSES:
            return _refusal(answer, place)
        said = f"HTTP {answer.status or 'unknown'}" + (f", {answer.code}" if answer.is_aws else "")
        return outcome_unknown(place, answer.code, said)
    if isinstance(error, _NO_IDENTITY):
        return _make(
            CallNotSent, place, _class(error), f"nothing was sent: no usable credentials ({_kind(error)})."
        )
    if isinstance(error, _BEFORE_ANY_BYTE):
        return _make(CallNotSent, place, _class(error), f"nothing was sent: {clean(str(error))}")
    if isinstance(error, _NEVER_SENT) or is_before_any_request(error):
        return _make(
            CallNotSent, place, _class(error), f"nothing was sent: no connection to AWS{_why(error)}"
        )
    return outcome_unknown(place, _class(error), _kind(error))


def outcome_unknown(place: CallPlace, code: str, reason: str) -> AwsError:
    """Return the error for a call that may or may not have arrived."""
    return _make(
        OutcomeUnknown,
        place,
        code,
        f"it is not known whether AWS did it ({clean(reason)}). It is not sent again before that is clear.",
    )


def unreadable_answer(place: CallPlace) -> AwsError:
    """Return the error for a read whose answer lacks what every such answer has."""
    return _make(
        AwsUnreachable,
        place,
        "UnreadableAnswer",
        "the answer was not complete or did not come from AWS, so it counts for nothing. It is asked again.",
    )


def is_expired(error: AwsError) -> bool:
    """Return whether fresh credentials may cure the error: AWS ended them, or an administrator revoked them.

    A revoked session is denied by a policy of its role, as everything else is that the role may not do.
    """
    return error.code in _EXPIRED or (isinstance(error, AccessDenied) and _REVOKED in str(error))


# ---- AWS's own refusals


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What a ClientError carries, and whether it is AWS that said it."""

    code: str
    message: str
    status: int
    is_aws: bool
    headers: dict[str, str]
    details: dict[str, Any]

    @classmethod
    def of(cls, error: ClientError) -> "_Answer":
        response: dict[str, Any] = dict(error.response)
        body = response.get("Error") or {}
        metadata = response.get("ResponseMetadata") or {}
        headers = {str(k).lower(): str(v) for k, v in (metadata.get("HTTPHeaders") or {}).items()}
        code = str(body.get("Code") or "")
        named = bool(code) and not code.isdigit() and code != "Unknown"
        signed_by_aws = bool(metadata.get("RequestId")) or "x-amzn-errortype" in headers
        return cls(
            code=code,
            message=str(body.get("Message") or ""),
            status=int(metadata.get("HTTPStatusCode") or 0),
            is_aws=named and signed_by_aws,
            headers=headers,
            details=response,
        )


def _refusal(answer: _Answer, place: CallPlace) -> AwsError:
    code, said = answer.code, clean(answer.message)
    if code in _EXPIRED:
        return _make(SignInNeeded, place, code, "the session has ended. Sign in again.")
    if code in _BAD_KEYS:
        return _make(
            SignInNeeded,
            place,
            code,
            "AWS does not accept the credentials. Sign in again; if they work elsewhere, the Region may not "
            "be enabled for this account.",
        )
    if code in _BAD_SIGNATURE:
        # AWS's own text would repeat the signed headers, the session token among them.
        return _make(SignInNeeded, place, code, "AWS does not accept the signature" + _clock_advice(answer))
    if code in _DENIED:
        return _make(
            AccessDenied, place, code, f"the role may not do this: {said or code} Ask who keeps the role."
        )
    if code in _THROTTLED or answer.status == 429:
        return _make(Throttled, place, code, "AWS asks to slow down; nothing was done, it is tried later.")
    if code in _NOT_FOUND or answer.status == 404:
        return _make(AwsNotFound, place, code, f"AWS does not know it: {said or code}")
    if code == "ConflictException" or answer.status == 409:
        return _make(AwsConflict, place, code, f"another job is at work there: {said or code}")
    if code == "ServiceQuotaExceededException" or answer.status == 402:
        return _make(
            AwsQuotaExceeded, place, code, f"a quota of DRS is used up{_quota(answer)}: {said or code}"
        )
    if code == "UninitializedAccountException":
        return _make(AwsRejected, place, code, "DRS was never initialised in this account and Region.")
    if answer.status >= 500:
        return _make(AwsUnreachable, place, code, f"AWS had a fault (HTTP {answer.status}, {code}).")
    return _make(AwsRejected, place, code, f"AWS refused it ({code}): {said or 'without a reason.'}")


def _clock_advice(answer: _Answer) -> str:
    sent = answer.headers.get("date")
    try:
        skew = datetime.now(UTC) - parsedate_to_datetime(sent) if sent else timedelta(0)
    except (TypeError, ValueError):
        skew = timedelta(0)
    seconds = round(skew.total_seconds())
    if abs(seconds) < 60:
        return ". Check this machine's clock and the credentials."
    return f": this machine's clock is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}. Set it right."


def _quota(answer: _Answer) -> str:
    quota = answer.details.get("quotaCode")
    return f" ({clean(str(quota))})" if quota else ""


# ---- sentences


_SECRETS = (
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"(?i)\b(?:[\w-]*(?:token|signature|credential|secret|authorization)[\w-]*)\s*[=:]\s*\S+"),
    re.compile(r"[A-Za-z0-9+/_=-]{80,}"),
)
_LONGEST = 400


def clean(text: str) -> str:
    """Return somebody else's text as it may stand in a sentence: one line, no secret, not endless."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for pattern in _SECRETS:
        line = pattern.sub("***", line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _make(kind: type[AwsError], place: CallPlace, code: str, text: str) -> AwsError:
    return kind(f"{place}: {text}", operation=place.operation, scope=place.scope, code=code)


def _class(error: BaseException) -> str:
    return type(error).__name__


_KINDS: tuple[tuple[str, str], ...] = (
    ("ReadTimeoutError", "no answer in time"),
    ("ConnectTimeoutError", "no connection in time"),
    ("EndpointConnectionError", "the address could not be resolved or connected"),
    ("ConnectionClosedError", "the connection broke"),
    ("ProxyConnectionError", "the proxy could not be reached"),
    ("SSLError", "the secure connection failed"),
    ("ResponseStreamingError", "the connection broke in the middle of the answer"),
    ("ResponseParserError", "the answer could not be read"),
    ("NoCredentialsError", "none were found"),
    ("PartialCredentialsError", "a part of the keys is missing"),
    ("ProfileNotFound", "the chosen profile does not exist"),
    ("SSOTokenLoadError", "no sign-in session was found"),
    ("UnauthorizedSSOTokenError", "the sign-in session has ended"),
    ("PaginationError", "the pages of the answer go in a circle"),
)


def _why(error: BaseException) -> str:
    """Return why there was no connection, and what to do, as the rest of a sentence and those after it."""
    problem = network_problem(error)
    return f": {problem}" if problem else f" ({_kind(error)})."


def _kind(error: BaseException) -> str:
    """Return what happened in words that cannot carry a secret: the error's own text might."""
    name = _class(error)
    return dict(_KINDS).get(name, name)
