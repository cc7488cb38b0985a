"""Where a server would land: its template, subnet, type and address, by what was read of EC2."""

from collections.abc import Sequence
from dataclasses import dataclass

from drs_desktop.domain.compute_facts import Aspect, ComputeFacts, LaunchConfiguration, LaunchTemplate, Subnet
from drs_desktop.domain.launch_settings import RightSizing
from drs_desktop.domain.source_server import SourceServer


@dataclass(frozen=True, kw_only=True)
class Landing:
    """What one server would be launched with.

    Attributes:
        configuration: None where it could not be read.
        template: None where it could not be read or does not exist; `is_template_gone` tells which.
        subnet: None where it is not known or does not exist; `is_subnet_gone` tells which.
        instance_type: empty where it is not known; `is_typeless` tells that there is none.
        private_ip: the address that the launch asks for; empty when EC2 chooses one.
    """

    server: SourceServer
    configuration: LaunchConfiguration | None = None
    template: LaunchTemplate | None = None
    is_template_gone: bool = False
    subnet: Subnet | None = None
    is_subnet_gone: bool = False
    instance_type: str = ""
    is_typeless: bool = False
    private_ip: str = ""

    @property
    def is_address_copied(self) -> bool:
        """Return whether the launched instance is to have the source server's own address."""
        return self.configuration is not None and self.configuration.copies_private_ip


def landings(compute: ComputeFacts, servers: Sequence[SourceServer]) -> tuple[Landing, ...]:
    """Return where each of these servers of one account and Region would land."""
    return tuple(_landing(compute, server) for server in servers)


def _landing(compute: ComputeFacts, server: SourceServer) -> Landing:
    configuration = compute.settings.get(server.key)
    if configuration is None:
        return Landing(server=server)
    template = compute.templates.get(configuration.template_id)
    subnet = _subnet(compute, template)
    instance_type = _instance_type(server, configuration, template)
    reads_templates = compute.was_read(Aspect.TEMPLATES)
    return Landing(
        server=server,
        configuration=configuration,
        template=template,
        is_template_gone=template is None and reads_templates,
        subnet=subnet,
        is_subnet_gone=subnet is None and reads_templates and compute.was_read(Aspect.SUBNETS),
        instance_type=instance_type,
        is_typeless=not instance_type and template is not None,
        private_ip=_private_ip(server, configuration, template),
    )


def _subnet(compute: ComputeFacts, template: LaunchTemplate | None) -> Subnet | None:
    if not compute.was_read(Aspect.TEMPLATES):
        return None
    if template is None or not template.subnet_id:
        return compute.default_subnet
    return compute.subnets.get(template.subnet_id)


def _instance_type(
    server: SourceServer, configuration: LaunchConfiguration, template: LaunchTemplate | None
) -> str:
    """Return the type: right-sizing overwrites the template's with what DRS recommends."""
    if configuration.right_sizing in {RightSizing.BASIC, RightSizing.IN_AWS}:
        return server.recommended_instance_type
    return template.instance_type if template else ""


def _private_ip(
    server: SourceServer, configuration: LaunchConfiguration, template: LaunchTemplate | None
) -> str:
    if configuration.copies_private_ip:
        return server.private_ip
    return template.private_ip if template else ""
