"""Why a launch usually fails the way it did, and what to do about it: AWS's texts, explained."""

from dataclasses import dataclass

from drs_desktop.domain.job import LaunchStatus


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What usually lies behind a failure and what to do; both empty where nothing is known."""

    cause: str = ""
    remedy: str = ""


_SILENT = Advice(
    cause="AWS gave no text. A launch that fails within seconds and says nothing usually lacks a permission.",
    remedy="Check the role's permissions (docs/permissions.md lists all that are needed), then retry.",
)
_KNOWN: tuple[tuple[tuple[str, ...], Advice], ...] = (
    (("DRS gave no reason",), _SILENT),
    (
        ("InsufficientInstanceCapacity", "insufficient capacity"),
        Advice(
            cause="EC2 has no room left for this instance type in this Availability Zone just now.",
            remedy="Retry in a few minutes, or give the server another instance type or a subnet in another "
            "zone in its launch settings, then retry.",
        ),
    ),
    (
        ("VcpuLimitExceeded", "InstanceLimitExceeded"),
        Advice(
            cause="The account's quota of running vCPUs is used up; conversion servers count as well.",
            remedy="Raise the quota (Service Quotas, L-1216C47A) or end instances that are not needed, "
            "then retry.",
        ),
    ),
    (
        ("InsufficientFreeAddressesInSubnet", "free addresses"),
        Advice(
            cause="The subnet of the launch settings has no free address left.",
            remedy="Choose a larger subnet in the launch settings, or free addresses in this one, "
            "then retry.",
        ),
    ),
    (
        ("InvalidIPAddress.InUse", "PrivateIPAddressInUse", "Address is in use"),
        Advice(
            cause="The private address that the server is to have belongs to something else already.",
            remedy="Find what holds the address (often an earlier drill's instance), or choose another "
            "one in the launch settings, then retry.",
        ),
    ),
    (
        ("InvalidSubnetID", "InvalidSubnet.", "subnet ID"),
        Advice(
            cause="The subnet of the launch settings does not exist in this account and Region.",
            remedy="Choose a subnet that exists in the launch settings, then retry.",
        ),
    ),
    (
        ("InvalidGroup", "InvalidSecurityGroupID", "security group"),
        Advice(
            cause="A security group of the launch settings does not exist in the subnet's network.",
            remedy="Choose groups of the same network in the launch settings, then retry.",
        ),
    ),
    (
        ("service control policy", "explicit deny"),
        Advice(
            cause="A rule of the organisation forbids what the launch needs, whatever the role allows.",
            remedy="Ask those who keep the organisation's policies for an exemption, then retry.",
        ),
    ),
    (
        ("UnauthorizedOperation", "AccessDenied", "not authorized", "iam:PassRole"),
        Advice(
            cause="The role that asked lacks a permission that DRS uses in its name.",
            remedy="Give the role the action that the text names (docs/permissions.md lists all that are "
            "needed); an encoded text is read with sts:DecodeAuthorizationMessage. Then retry.",
        ),
    ),
    (
        ("KMS", "Client.InternalError", "ModifySnapshotAttribute", "CreateGrant"),
        Advice(
            cause="The key that encrypts the disks could not be used; EC2 then ends the instance at once.",
            remedy="Let the key's policy admit the DRS service role of the account, then retry.",
        ),
    ),
    (
        ("VolumeLimitExceeded", "MaxIOPSLimitExceeded"),
        Advice(
            cause="The account's quota for EBS volumes of this type is used up.",
            remedy="Raise the quota, or delete volumes that are not needed, then retry.",
        ),
    ),
    (
        ("stopped state", "IncorrectInstanceState"),
        Advice(
            cause="The instance that the server is to be launched into is not stopped.",
            remedy="Stop that instance in EC2, then retry.",
        ),
    ),
    (
        ("Unsupported", "InvalidParameterCombination"),
        Advice(
            cause="The instance type does not exist in this zone, or does not suit the server's disks or "
            "architecture.",
            remedy="Choose another instance type in the launch settings, then retry.",
        ),
    ),
    (
        ("conversion server", "CONVERSION", "conversion"),
        Advice(
            cause="The conversion server did not start, could not reach AWS over HTTPS (443), or found too "
            "little free space (Windows needs 2 GB on the system drive).",
            remedy="Look at the staging subnet's way to AWS and at the source's free space; an earlier point "
            "in time may convert. Then retry.",
        ),
    ),
    (
        ("snapshot",),
        Advice(
            cause="DRS could not take or use a snapshot of the server's disks.",
            remedy="See whether the server still replicates; an earlier point in time may do. Then retry.",
        ),
    ),
)
_UNWELL = Advice(
    cause="The instance came up, but its check did not pass.",
    remedy="Look at the instance's system log and screenshot in EC2; what runs on it may need more time.",
)
_UNKNOWN = Advice(
    remedy="Read AWS's text above and the job log; what it names must be mended before a retry."
)


def launch_advice(status: LaunchStatus | None, text: str) -> Advice:
    """Return why a server's launch failed as a rule, and what to do; empty where nothing failed."""
    if not text:
        return _SILENT if status is LaunchStatus.FAILED else Advice()
    if status is LaunchStatus.LAUNCHED:
        return _UNWELL
    words = text.casefold()
    for signs, advice in _KNOWN:
        if any(sign.casefold() in words for sign in signs):
            return advice
    return _UNKNOWN
