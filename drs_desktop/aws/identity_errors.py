"""Why a profile gives no credentials, as a sentence with a way on; what a program printed is not repeated."""

from botocore.exceptions import (
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    InfiniteLoopConfigError,
    InvalidConfigError,
    LoginError,
    MissingDependencyException,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from drs_desktop.aws.errors import CallPlace, clean, read_error
from drs_desktop.domain.credential_source import BadProfile
from drs_desktop.domain.errors import AwsError, SignInNeeded, ValidationFailed

_PROCESS = "custom-process"
_WRONG_CODE = "MultiFactorAuthentication failed"
_BAD_PROFILE = (InvalidConfigError, PartialCredentialsError, ConfigParseError)
_SIGN_IN_GONE = (SSOError, NoAuthTokenError, TokenRetrievalError)


def identity_error(error: BaseException, profile: str = "") -> AwsError:
    """Return what it means that the identity of the console could not be found.

    Args:
        profile: the profile in force, if one was chosen here.
    """
    if isinstance(error, AwsError):
        return error
    whose = f"The profile {profile}" if profile else "The AWS profile in force"
    sentence = _sentence(error, whose)
    if sentence is not None:
        is_bad = isinstance(error, _BAD_PROFILE) or (isinstance(error, ProfileNotFound) and not profile)
        kind = BadProfile if is_bad else SignInNeeded
        return kind(sentence, code=type(error).__name__)
    return read_error(error, CallPlace(operation=f"{whose}: its credentials"))


def _sentence(error: BaseException, whose: str) -> str | None:
    match error:
        case NoCredentialsError():
            return (
                "There are no AWS credentials here. Sign in with `drs-desktop login`, or choose a profile "
                "with AWS_PROFILE."
            )
        case ProfileNotFound():
            name = clean(str(error.kwargs.get("profile", "")))
            return f"The profile {name} is not in the AWS configuration. Look at AWS_PROFILE."
        case ConfigParseError():
            path = clean(str(error.kwargs.get("path", "")))
            return f"The AWS configuration {path} cannot be read: a line in it is wrong."
        case InfiniteLoopConfigError():
            return f"{whose} takes its role with a profile that leads back to it: mend its source_profile."
        case InvalidConfigError():
            return f"{whose} cannot be used: {clean(str(error))}"
        case PartialCredentialsError():
            return f"{whose} is not complete: {clean(str(error.kwargs.get('cred_var', '')))} is missing."
        case CredentialRetrievalError() if error.kwargs.get("provider") == _PROCESS:
            return _PROCESS_FAILED.format(whose=whose)
        case CredentialRetrievalError():
            source = clean(str(error.kwargs.get("provider", "")))
            return f"{whose} takes its credentials from {source}, which gave none."
        case LoginError() | MissingDependencyException():
            return (
                f"{whose} is a session of `aws login`, which this program cannot read. Let the AWS CLI hand "
                "it out: in a profile of its own, `credential_process = aws configure export-credentials "
                "--profile NAME --format process`."
            )
        case ClientError() if _WRONG_CODE in str(error.response.get("Error", {}).get("Message", "")):
            return "AWS did not accept the code of the MFA device. Wait for its next code and try again."
        case ValidationFailed():
            return str(error)
        case FileNotFoundError() | PermissionError():
            return f"{whose} names a file or program that cannot be used: {clean(str(error.filename))}."
        case ValueError():
            return _PROCESS_FAILED.format(whose=whose)
        case _ if isinstance(error, _SIGN_IN_GONE):
            return f"{whose} needs a sign-in to Identity Center, and there is none. Use `drs-desktop login`."
    return None


_PROCESS_FAILED = (
    "{whose} takes its credentials from a program (credential_process) that failed. Start that program by "
    "hand to see what it says."
)
