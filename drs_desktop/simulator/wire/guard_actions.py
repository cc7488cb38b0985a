"""Which rights a call needs: actions, the ARNs of what it touches, and its condition keys."""

from collections.abc import Mapping
from urllib.parse import unquote

from moto.ec2.models import ec2_backends

from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.ids import arn
from drs_desktop.simulator.core.policy_document import AccessRequest
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.tagging import tags_of
from drs_desktop.simulator.wire.query_lists import listed, listed_structures
from drs_desktop.simulator.wire.requests import WireCall

_DRS_MEMBERS = (
    "sourceServerID",
    "sourceServerIDs",
    "recoveryInstanceID",
    "recoveryInstanceIDs",
    "jobID",
    "resourceId",
    "launchConfigurationTemplateID",
    "replicationConfigurationTemplateID",
    "sourceNetworkID",
)
_DRS_KINDS = {
    "s": "source-server",
    "i": "recovery-instance",
    "drsjob": "job",
    "lct": "launch-configuration-template",
    "rct": "replication-configuration-template",
    "sn": "source-network",
}
_EC2_MEMBERS = (
    "InstanceId",
    "VolumeId",
    "SnapshotId",
    "LaunchTemplateId",
    "ResourceId",
    "ImageId",
    "SubnetId",
)
_EC2_KINDS = {
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "lt": "launch-template",
    "ami": "image",
    "subnet": "subnet",
}
_EC2_MADE = {
    "RunInstances": ("instance", "network-interface", "volume", "subnet", "security-group", "image"),
    "CreateSnapshot": ("snapshot",),
    "CreateVolume": ("volume",),
    "CreateLaunchTemplate": ("launch-template",),
    "CreateLaunchTemplateVersion": ("launch-template",),
    "ModifyLaunchTemplate": ("launch-template",),
    "DeleteLaunchTemplate": ("launch-template",),
}
"""What an operation touches when its request names nothing of that kind."""
_OF_NOBODY = ("image", "snapshot")
_PREFIXES = {"service-quotas": "servicequotas"}

Values = dict[str, tuple[str, ...]]


def needed_rights(simulation: Simulation, call: WireCall, account_id: str) -> list[AccessRequest]:
    """Return every right that a call needs; the first one missing decides the refusal."""
    if call.service == "drs":
        return _drs(simulation, call, account_id)
    if call.service == "ec2":
        return _ec2(call, account_id)
    action = f"{_PREFIXES.get(call.service, call.service)}:{call.operation}"
    return [AccessRequest(action=action, resource=_iam_resource(call, account_id), context=_at(call))]


def _drs(simulation: Simulation, call: WireCall, account_id: str) -> list[AccessRequest]:
    context = {**_at(call), **_request_tags(call.tags)}
    rights = []
    for resource in _drs_resources(call, account_id):
        known = {**context, **_drs_tags(simulation, call, account_id, resource)}
        rights.append(AccessRequest(action=f"drs:{call.operation}", resource=resource, context=known))
        if call.operation == "StartRecovery":
            action = "drs:CreateRecoveryInstanceForDrs"
            rights.append(AccessRequest(action=action, resource=resource, context=known))
        if call.tags and call.operation != "TagResource":
            tagging = {**known, "drs:createaction": (call.operation,)}
            rights.append(AccessRequest(action="drs:TagResource", resource=resource, context=tagging))
    return rights


def _drs_resources(call: WireCall, account_id: str) -> list[str]:
    if call.path.startswith("/tags/"):
        return [unquote(call.path.removeprefix("/tags/"))]
    ids = [one for name in _DRS_MEMBERS for one in _as_texts(call.members.get(name))]
    started = call.members.get("sourceServers")
    for server in started if isinstance(started, list) else ():
        if isinstance(server, dict):
            ids += _as_texts(server.get("sourceServerID"))
    named = [(_DRS_KINDS.get(one.partition("-")[0]), one) for one in ids]
    arns = [arn(account_id, call.region, f"{kind}/{one}") for kind, one in named if kind]
    arns += _as_texts(call.members.get("sourceServerArn"))
    return arns or ["*"]


def _drs_tags(simulation: Simulation, call: WireCall, account_id: str, resource: str) -> Values:
    try:
        tags = tags_of(simulation.state(account_id, call.region), resource)
    except DrsError:
        return {}
    return _resource_tags(tags)


def _ec2(call: WireCall, account_id: str) -> list[AccessRequest]:
    specified = listed_structures(call.members, "TagSpecification")
    pairs = [pair for one in specified for pair in listed_structures(one, "Tag")]
    pairs += listed_structures(call.members, "Tag")
    tags = {pair["Key"]: pair.get("Value", "") for pair in pairs if "Key" in pair}
    context = {**_at(call), **_request_tags(tags)}
    rights = []
    for resource in _ec2_resources(call, account_id):
        known = {**context, **_ec2_tags(call, account_id, resource)}
        rights.append(AccessRequest(action=f"ec2:{call.operation}", resource=resource, context=known))
    if specified:
        tagging = {**context, "ec2:createaction": (call.operation,)}
        kinds = [one.get("ResourceType", "*") for one in specified]
        rights += [
            AccessRequest(
                action="ec2:CreateTags", resource=_ec2_arn(call, account_id, kind, "*"), context=tagging
            )
            for kind in kinds
        ]
    return rights


def _ec2_resources(call: WireCall, account_id: str) -> list[str]:
    if call.operation.startswith(("Describe", "Get")):
        return ["*"]
    ids = [str(call.members[name]) for name in _EC2_MEMBERS if name in call.members]
    ids += [one for name in _EC2_MEMBERS for one in listed(call.members, name)]
    named = [(_EC2_KINDS.get(one.partition("-")[0]), one) for one in ids]
    arns = [_ec2_arn(call, account_id, kind, one) for kind, one in named if kind]
    touched = {kind for kind, _ in named}
    arns += [
        _ec2_arn(call, account_id, kind, "*")
        for kind in _EC2_MADE.get(call.operation, ())
        if kind not in touched
    ]
    return arns or ["*"]


def _ec2_arn(call: WireCall, account_id: str, kind: str, resource_id: str) -> str:
    owner = "" if kind in _OF_NOBODY else account_id
    return f"arn:aws:ec2:{call.region}:{owner}:{kind}/{resource_id}"


def _ec2_tags(call: WireCall, account_id: str, resource: str) -> Values:
    resource_id = resource.rpartition("/")[2]
    if resource_id == "*":
        return {}
    found = ec2_backends[account_id][call.region].describe_tags(filters={"resource-id": [resource_id]})
    tags = {str(one["key"]): str(one["value"]) for one in found}
    return {**_resource_tags(tags), **_tagged("ec2:resourcetag", tags)}


def _iam_resource(call: WireCall, account_id: str) -> str:
    if call.service != "iam":
        return "*"
    if source := call.members.get("PolicySourceArn"):
        return str(source)
    for member, kind in (("RoleName", "role"), ("UserName", "user")):
        if name := call.members.get(member):
            return f"arn:aws:iam::{account_id}:{kind}/{name}"
    return "*"


def _at(call: WireCall) -> Values:
    return {"aws:sourceip": (call.source_ip,)}


def _request_tags(tags: Mapping[str, str]) -> Values:
    return {**_tagged("aws:requesttag", tags), **({"aws:tagkeys": tuple(tags)} if tags else {})}


def _resource_tags(tags: Mapping[str, str]) -> Values:
    return _tagged("aws:resourcetag", tags)


def _tagged(prefix: str, tags: Mapping[str, str]) -> Values:
    return {f"{prefix}/{key.lower()}": (str(value),) for key, value in tags.items()}


def _as_texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
