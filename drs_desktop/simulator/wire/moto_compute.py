"""EC2 as the core's `Compute`: instances and launch templates as moto keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance
from moto.ec2.utils import filter_iam_instance_profiles
from werkzeug.exceptions import HTTPException

from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.compute import (
    ComputeError,
    LaunchedInstance,
    LaunchOrder,
    address_refusal,
)
from drs_desktop.simulator.core.launch_template import LaunchTemplate

_IMAGE = "ami-0d5de57057000a001"
"""Instances are made from converted volumes, so one name stands for all images."""
_PARTITION = "aws"
_TEMPLATE_TAGS = {"launch-template": {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}}
_RUNNING = 16
_REFUSED = (ServiceException, HTTPException)


class RecoveredInstance(Instance):
    """An instance whose status checks need time after a launch, and may never pass."""

    booted_at: datetime
    service_clock: ServiceClock
    status_word: str

    @property
    def instance_id(self) -> str:
        """Return the id under the name that `DescribeInstanceStatus` looks for in a subclass."""
        return str(self.id)

    @property
    def instance_status(self) -> dict[str, Any]:
        """Return what `DescribeInstanceStatus` says of the instance."""
        return self._checked()

    @property
    def system_status(self) -> dict[str, Any]:
        """Return what `DescribeInstanceStatus` says of the host."""
        return self._checked()

    def _checked(self) -> dict[str, Any]:
        if self.state_code != _RUNNING:
            return {"Status": "not-applicable"}
        if self.service_clock.now() < self.booted_at:
            return _status("initializing", "initializing")
        details = {"ok": "passed", "impaired": "failed"}
        return _status(self.status_word, details.get(self.status_word, self.status_word))


def _status(word: str, detail: str) -> dict[str, Any]:
    return {"Details": [{"Name": "reachability", "Status": detail}], "Status": word}


class MotoCompute:
    """EC2 of every account and Region, as moto keeps it."""

    def __init__(self, clock: ServiceClock, *, boot_checks: timedelta = timedelta(seconds=60)) -> None:
        """Start without instances; status checks are initializing for `boot_checks` after a launch."""
        self._clock = clock
        self._boot_checks = boot_checks
        self._instances: dict[str, Any] = {}

    def make_template(
        self, account_id: str, region: str, template_id: str, name: str, instance_type: str
    ) -> None:
        """Make a template under the id that DRS shows for it."""
        backend = ec2_backends[account_id][region]
        if name in backend.launch_template_name_to_ids:
            backend.delete_launch_template(name, None)
        template = backend.create_launch_template(name, "", {"InstanceType": instance_type}, _TEMPLATE_TAGS)
        del backend.launch_templates[template.id]
        backend.launch_template_insert_order[-1] = template_id
        backend.launch_template_name_to_ids[name] = template_id
        template.id = template_id
        template.add_tags(_TEMPLATE_TAGS["launch-template"])
        backend.launch_templates[template_id] = template

    def template(self, account_id: str, region: str, template_id: str) -> LaunchTemplate | None:
        """Return the default version of a template."""
        found = ec2_backends[account_id][region].launch_templates.get(template_id)
        return None if found is None else _read_template(found.default_version().data)

    def set_instance_type(self, account_id: str, region: str, template_id: str, instance_type: str) -> None:
        """Make a new default version of a template."""
        template = ec2_backends[account_id][region].launch_templates[template_id]
        data = {**template.default_version().data, "InstanceType": instance_type}
        template.default_version_number = template.create_version(data, "Right-sized").number

    def renew_template(self, account_id: str, region: str, template_id: str) -> None:
        """Make a new default version that says the same."""
        template = ec2_backends[account_id][region].launch_templates.get(template_id)
        if template is not None:
            data = dict(template.default_version().data)
            template.default_version_number = template.create_version(data, "Updated by DRS").number

    def launch(self, order: LaunchOrder) -> LaunchedInstance:
        """Run an instance as the template says, in the default subnet unless it names another."""
        backend = ec2_backends[order.account_id][order.region]
        try:
            instance = _run(backend, order)
        except _REFUSED as error:
            raise ComputeError(_sentence("RunInstances", error)) from error
        instance.__class__ = RecoveredInstance
        instance.service_clock, instance.status_word = self._clock, order.status_checks
        instance.booted_at = order.launched_at + self._boot_checks
        instance.launch_time = order.launched_at.astimezone(UTC).replace(tzinfo=None)
        if not order.is_started:
            instance.stop()
        self._instances[instance.id] = instance
        return LaunchedInstance(
            instance_id=instance.id,
            private_ip=str(instance.private_ip),
            mac_address=instance.nics[0].mac_address,
            volume_ids=tuple(device.volume_id for _, device in instance.get_block_device_mapping),
        )

    def terminate(self, account_id: str, region: str, instance_id: str) -> None:
        """Terminate an instance unless it is protected; one already gone is no error."""
        instance = self._instances.get(instance_id)
        if instance is None or instance.state == "terminated":
            return
        try:
            ec2_backends[account_id][region].terminate_instances([instance_id])
        except _REFUSED as error:
            raise ComputeError(_sentence("TerminateInstances", error)) from error

    def state(self, account_id: str, region: str, instance_id: str) -> str | None:
        """Return the state EC2 shows."""
        instance = self._instances.get(instance_id)
        return None if instance is None else str(instance.state)

    def set_status_checks(self, instance_id: str, word: str) -> None:
        """Let both status checks of an instance say this word from now on."""
        if instance := self._instances.get(instance_id):
            instance.status_word = word

    def status_word(self, instance_id: str) -> str:
        """Return what both status checks of an instance say once it has booted."""
        instance = self._instances.get(instance_id)
        return "ok" if instance is None else str(instance.status_word)


def _run(backend: Any, order: LaunchOrder) -> Any:
    template = order.template
    _check_type(order.instance_type)
    subnet = backend.get_subnet(template.subnet_id) if template.subnet_id else _default_subnet(backend)
    if order.private_ip:
        _check_address(subnet, order.private_ip)
    if template.instance_profile:
        _check_profile(order.account_id, template.instance_profile)
    reservation = backend.run_instances(
        _IMAGE,
        1,
        None,
        [],
        instance_type=template.instance_type,
        is_instance_type_default=True,  # spares a search through all offerings of the Region
        region_name=order.region,
        subnet_id=subnet.id,
        security_group_ids=list(template.security_group_ids),
        private_ip=order.private_ip,
        tags={"instance": dict(order.tags), "volume": dict(order.tags)},
        block_device_mappings=[_mapping(n, disk.size_bytes) for n, disk in enumerate(order.disks)],
    )
    instance = reservation.instances[0]
    if template.instance_profile:
        is_arn = template.instance_profile.startswith("arn:")
        backend.associate_iam_instance_profile(
            instance.id, **{f"iam_instance_profile_{'arn' if is_arn else 'name'}": template.instance_profile}
        )
    return instance


def _check_type(instance_type: str) -> None:
    if instance_type not in INSTANCE_TYPES:
        raise ComputeError(
            "An error occurred (InvalidParameterValue) when calling the RunInstances operation:"
            f" Invalid value '{instance_type}' for InstanceType."
        )


def _check_address(subnet: Any, address: str) -> None:
    """Refuse an address that another instance has; moto does not give back what a terminated one had."""
    holder = subnet._subnet_ips.get(address)  # moto has no other way to ask
    if holder is not None and holder.state == "terminated":
        subnet.del_subnet_ip(address)
        holder = None
    if refusal := address_refusal(address, str(subnet.cidr), holder is not None):
        raise ComputeError(refusal)


def _check_profile(account_id: str, profile: str) -> None:
    is_arn = profile.startswith("arn:")
    filter_iam_instance_profiles(
        account_id, _PARTITION, profile if is_arn else None, None if is_arn else profile
    )


def _read_template(data: dict[str, Any]) -> LaunchTemplate:
    """Read what a launch follows; the primary interface may name the network."""
    interfaces = [one for one in data.get("NetworkInterfaces") or [] if str(one.get("DeviceIndex", 0)) == "0"]
    primary = interfaces[0] if interfaces else {}
    profile = data.get("IamInstanceProfile") or {}
    groups = data.get("SecurityGroupIds") or primary.get("Groups") or []
    return LaunchTemplate(
        instance_type=data.get("InstanceType"),
        subnet_id=primary.get("SubnetId"),
        security_group_ids=tuple(groups),
        instance_profile=profile.get("Name") or profile.get("Arn"),
        private_ip=primary.get("PrivateIpAddress"),
        tags={
            str(tag["Key"]): str(tag.get("Value", ""))
            for one in data.get("TagSpecifications") or []
            if one.get("ResourceType") == "instance"
            for tag in one.get("Tags") or []
        },
    )


def _sentence(operation: str, error: Exception) -> str:
    """Return a refusal of EC2's as DRS passes it on."""
    code = getattr(error, "code", None)
    text = getattr(error, "message", None) or str(error)
    named = code if isinstance(code, str) else getattr(error, "error_type", "InvalidParameterValue")
    return f"An error occurred ({named}) when calling the {operation} operation: {text}"


def _default_subnet(backend: Any) -> Any:
    subnets = backend.describe_subnets(filters={"default-for-az": "true"})
    return min(subnets, key=lambda subnet: subnet.availability_zone)


def _mapping(number: int, size_bytes: int) -> dict[str, Any]:
    return {
        "DeviceName": f"/dev/sd{chr(ord('a') + number % 26)}{number // 26 or ''}",
        "Ebs": {"VolumeSize": size_bytes // 1024**3, "VolumeType": "gp3", "DeleteOnTermination": True},
    }
