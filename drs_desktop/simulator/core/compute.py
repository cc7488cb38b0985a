"""EC2 as the core sees it: a port, and an implementation in memory."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from drs_desktop.simulator.core.ids import IdFactory
from drs_desktop.simulator.core.launch_template import LaunchTemplate
from drs_desktop.simulator.core.source_server import Disk


class ComputeError(Exception):
    """EC2 refused; the text is what DRS shows as rawError."""


@dataclass(frozen=True, kw_only=True)
class LaunchOrder:
    """The instance that DRS asks EC2 for."""

    account_id: str
    region: str
    source_server_id: str
    template: LaunchTemplate
    """What the launch follows; the instance type is settled by now."""
    disks: tuple[Disk, ...]
    tags: Mapping[str, str]
    is_started: bool
    private_ip: str | None
    launched_at: datetime
    status_checks: str = "ok"
    """EC2's word for both status checks once the machine has booted."""

    @property
    def instance_type(self) -> str:
        """Return the type to launch."""
        return self.template.instance_type or ""


@dataclass(frozen=True, kw_only=True)
class LaunchedInstance:
    """What EC2 made of an order."""

    instance_id: str
    private_ip: str
    mac_address: str
    volume_ids: tuple[str, ...]


class Compute(Protocol):
    """What DRS needs of EC2."""

    def make_template(
        self, account_id: str, region: str, template_id: str, name: str, instance_type: str
    ) -> None:
        """Make a launch template with defaults and this instance type."""

    def template(self, account_id: str, region: str, template_id: str) -> LaunchTemplate | None:
        """Return the default version of a launch template, or None when EC2 does not know it."""

    def set_instance_type(self, account_id: str, region: str, template_id: str, instance_type: str) -> None:
        """Make a new default version that differs in the instance type."""

    def renew_template(self, account_id: str, region: str, template_id: str) -> None:
        """Make a new default version that says the same; nothing, where EC2 does not know the template."""

    def launch(self, order: LaunchOrder) -> LaunchedInstance:
        """Launch an instance, or raise ComputeError with EC2's sentence."""

    def terminate(self, account_id: str, region: str, instance_id: str) -> None:
        """Terminate an instance; one that is gone is no error, a protected one raises ComputeError."""

    def state(self, account_id: str, region: str, instance_id: str) -> str | None:
        """Return EC2's word for the instance's state, or None when EC2 does not know it."""

    def set_status_checks(self, instance_id: str, word: str) -> None:
        """Let both status checks of an instance say this word from now on."""

    def status_word(self, instance_id: str) -> str:
        """Return what both status checks of an instance say once it has booted."""


def address_refusal(address: str, network: str, is_taken: bool) -> str | None:
    """Return EC2's sentence when an instance cannot have a private address in a subnet."""
    if ipaddress.ip_address(address) not in ipaddress.ip_network(network):
        return (
            "An error occurred (InvalidParameterValue) when calling the RunInstances operation:"
            f" Address {address} does not fall within the subnet's address range"
        )
    if is_taken:
        return (
            "An error occurred (InvalidIPAddress.InUse) when calling the RunInstances operation:"
            f" Address {address} is in use."
        )
    return None


_DEFAULT_NETWORK = "172.31.0.0/20"


class MemoryCompute:
    """Instances that are only names and states, for the in-process face and unit tests."""

    def __init__(self, ids: IdFactory) -> None:
        """Start without instances."""
        self._ids = ids
        self.states: dict[str, str] = {}
        self.orders: dict[str, LaunchOrder] = {}
        self.refusals: dict[str, str] = {}
        """By source server id: the sentence with which EC2 refuses the launch."""
        self.protected: set[str] = set()
        self.status_checks: dict[str, str] = {}
        self.templates: dict[str, LaunchTemplate] = {}
        self.subnets: dict[str, str] = {}
        """By subnet id: its network, for templates that name a subnet."""
        self._addresses: dict[tuple[str, str, str], str] = {}
        """By account, Region and address: the instance that has it."""

    def make_template(
        self, account_id: str, region: str, template_id: str, name: str, instance_type: str
    ) -> None:
        """Remember a template."""
        self.templates[template_id] = LaunchTemplate(instance_type=instance_type)

    def template(self, account_id: str, region: str, template_id: str) -> LaunchTemplate | None:
        """Return a remembered template."""
        return self.templates.get(template_id)

    def set_instance_type(self, account_id: str, region: str, template_id: str, instance_type: str) -> None:
        """Change the type of a remembered template."""
        self.templates[template_id] = replace(self.templates[template_id], instance_type=instance_type)

    def renew_template(self, account_id: str, region: str, template_id: str) -> None:
        """Do nothing: versions are not remembered here."""

    def set_status_checks(self, instance_id: str, word: str) -> None:
        """Remember what the status checks say."""
        self.status_checks[instance_id] = word

    def status_word(self, instance_id: str) -> str:
        """Return what the status checks say."""
        return self.status_checks.get(instance_id, "ok")

    def launch(self, order: LaunchOrder) -> LaunchedInstance:
        """Remember an instance as running (or stopped) and return it."""
        if refusal := self.refusals.get(order.source_server_id):
            raise ComputeError(refusal)
        self._check_address(order)
        instance_id = self._ids.stable("i-", "in-memory", str(len(self.states)))
        self.states[instance_id] = "running" if order.is_started else "stopped"
        self.orders[instance_id] = order
        self.status_checks[instance_id] = order.status_checks
        if order.private_ip:
            self._addresses[order.account_id, order.region, order.private_ip] = instance_id
        host = len(self.states)
        return LaunchedInstance(
            instance_id=instance_id,
            private_ip=order.private_ip or f"172.31.{host // 250 % 256}.{host % 250 + 4}",
            mac_address=f"02:00:00:{host >> 16 & 255:02x}:{host >> 8 & 255:02x}:{host & 255:02x}",
            volume_ids=tuple(self._ids.stable("vol-", instance_id, disk.device_name) for disk in order.disks),
        )

    def terminate(self, account_id: str, region: str, instance_id: str) -> None:
        """Mark the instance terminated."""
        if instance_id in self.protected:
            raise ComputeError(
                f"The instance '{instance_id}' may not be terminated. "
                "Modify its 'disableApiTermination' instance attribute and try again."
            )
        if instance_id in self.states:
            self.states[instance_id] = "terminated"

    def state(self, account_id: str, region: str, instance_id: str) -> str | None:
        """Return the remembered state."""
        return self.states.get(instance_id)

    def _check_address(self, order: LaunchOrder) -> None:
        network = self.subnets.get(order.template.subnet_id or "", _DEFAULT_NETWORK)
        if order.private_ip is None:
            return
        holder = self._addresses.get((order.account_id, order.region, order.private_ip))
        is_taken = self.states.get(holder or "") not in (None, "terminated")
        if refusal := address_refusal(order.private_ip, network, is_taken):
            raise ComputeError(refusal)
