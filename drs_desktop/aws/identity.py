"""Who the console is at AWS, before it assumes any role."""

from dataclasses import dataclass

from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.domain.ids import AccountId, Region


@dataclass(frozen=True, kw_only=True)
class CallerIdentity:
    """What sts:GetCallerIdentity says; it needs no permission."""

    account_id: AccountId
    arn: str


def caller_identity(clients: AwsClients, region: Region) -> CallerIdentity:
    """Return who the hub's credentials belong to; blocks.

    Raises:
        SignInNeeded: there are no credentials, or AWS does not accept them.
        AwsUnreachable: AWS gave no answer.
    """
    try:
        answer = clients.hub(region).get_caller_identity()
        return CallerIdentity(account_id=AccountId(answer["Account"]), arn=answer["Arn"])
    except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
        raise read_error(error, CallPlace(operation="GetCallerIdentity")) from None
