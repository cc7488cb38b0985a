"""What EC2 says about a launch: one line a subject, however many servers; what was not read is never good."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from drs_desktop.domain.compute_facts import (
    Aspect,
    ComputeFacts,
    LaunchConfiguration,
    LaunchTemplate,
    NetworkUse,
    SecurityGroup,
    Subnet,
    VcpuFamily,
    family_of,
)
from drs_desktop.domain.freeze import freeze_waves
from drs_desktop.domain.launch_settings import RightSizing
from drs_desktop.domain.readiness import (
    Accept,
    Check,
    Level,
    PlanFacts,
    ReadinessFinding,
    ScopeFacts,
    check_plan,
    landed_servers,
)
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import ExecutionMode
from tests.helpers.builders import SCOPE, START, a_group, a_plan, a_server, an_instance

SUBNET = Subnet(
    subnet_id="subnet-1", vpc_id="vpc-1", cidr="10.0.0.0/24", free_addresses=200, use=NetworkUse.DRILL
)
TEMPLATE = LaunchTemplate(
    template_id="lt-1", version=3, latest=3, instance_type="t3.large", subnet_id="subnet-1"
)
CONFIGURATION = LaunchConfiguration(template_id="lt-1", right_sizing=RightSizing.NONE)


def compute(servers: Sequence[SourceServer], **changes: Any) -> ComputeFacts:
    """Return what EC2 says where all is well: every server has the same template."""
    facts = ComputeFacts(
        scope=SCOPE,
        settings={server.key: CONFIGURATION for server in servers},
        templates={"lt-1": TEMPLATE},
        subnets={"subnet-1": SUBNET},
        vcpus={"t3.large": 2},
        quotas={VcpuFamily.STANDARD: 100},
    )
    return replace(facts, **changes)


def about(
    count: int = 2, mode: ExecutionMode = ExecutionMode.DRILL, instances: Sequence[Any] = (), **changes: Any
) -> PlanFacts:
    servers = tuple(a_server(n, private_ip=f"10.0.0.{n}") for n in range(1, count + 1))
    return of(servers, compute(servers, **changes), mode, instances)


def of(
    servers: Sequence[SourceServer],
    facts: ComputeFacts,
    mode: ExecutionMode = ExecutionMode.DRILL,
    instances: Sequence[Any] = (),
) -> PlanFacts:
    groups = {g.group_id: g for g in [a_group(1, [server.key for server in servers])]}
    scope = ScopeFacts(scope=SCOPE, servers=tuple(servers), compute=facts, instances=tuple(instances))
    return PlanFacts(
        plan=a_plan(1),
        groups=groups,
        waves=freeze_waves(a_plan(1), groups, servers, attended=True),
        mode=mode,
        scopes=[scope],
        now=START,
    )


def findings(facts: PlanFacts, *checks: Check) -> list[ReadinessFinding]:
    return [one for one in check_plan(facts) if one.check in checks]


def only(facts: PlanFacts, *checks: Check) -> ReadinessFinding:
    (found,) = findings(facts, *checks)
    return found


def test_when_all_exists_one_line_says_so_and_no_start_is_hindered() -> None:
    facts = about()
    assert only(facts, Check.LANDING).text == (
        f"In {SCOPE}, templates, subnets, security groups, profiles and types of 2 servers exist, and there "
        "are addresses for all."
    )
    assert not any(finding.hinders() for finding in check_plan(facts))


# ---- what would fail


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            replace(TEMPLATE, subnet_id="subnet-9"),
            "2 servers whose subnet does not exist: srv-1 (subnet-9), ",
        ),
        (replace(TEMPLATE, subnet_id=""), "2 servers without a subnet in a Region that has no default VPC: "),
        (
            replace(TEMPLATE, security_group_ids=("sg-9",)),
            "Security groups that do not exist are set for srv-1 (sg-9), srv-2 (sg-9).",
        ),
        (
            replace(TEMPLATE, security_group_ids=("sg-2",)),
            "Security groups of another VPC than the subnet's are set for srv-1 (sg-2), ",
        ),
        (
            replace(TEMPLATE, instance_profile="dr"),
            "Instance profiles that do not exist are set for srv-1 (dr), srv-2 (dr).",
        ),
        (
            replace(TEMPLATE, instance_type="banana.large"),
            "Instance types that the Region does not offer are set for srv-1 (banana.large), ",
        ),
        (
            replace(TEMPLATE, private_ip="10.9.0.7"),
            "Addresses outside their subnet are asked for srv-1 (10.9.0.7 in 10.0.0.0/24), ",
        ),
    ],
)
def test_what_would_fail_servers_is_one_failure_that_can_be_accepted(
    template: LaunchTemplate, sentence: str
) -> None:
    groups = {"sg-2": SecurityGroup(group_id="sg-2", vpc_id="vpc-2")}
    facts = about(templates={"lt-1": template}, security_groups=groups)
    finding = only(facts, Check.LANDING)
    assert finding.level is Level.FAILED
    assert finding.text.startswith(sentence)
    assert finding.accept is Accept.LAUNCH_SETTINGS
    assert finding.hinders()
    assert not finding.hinders({Accept.LAUNCH_SETTINGS})


def test_five_hundred_servers_with_the_same_trouble_are_one_line() -> None:
    facts = about(500, templates={"lt-1": replace(TEMPLATE, subnet_id="subnet-9")})
    assert only(facts, Check.LANDING).text.endswith(" and 495 more.")
    assert len(check_plan(facts)) < 10


def test_neither_right_sizing_nor_a_type_fails_the_launch() -> None:
    finding = only(about(templates={"lt-1": replace(TEMPLATE, instance_type="")}), Check.TEMPLATES)
    assert finding.text == "2 servers with neither right-sizing nor an instance type: srv-1, srv-2."
    assert finding.accept is Accept.LAUNCH_SETTINGS


def test_right_sizing_launches_what_drs_recommends_whatever_the_template_says() -> None:
    servers = (a_server(1, recommended_instance_type="r6i.large"),)
    configuration = replace(CONFIGURATION, right_sizing=RightSizing.BASIC)
    facts = of(servers, compute(servers, settings={servers[0].key: configuration}))
    assert landed_servers(facts)[servers[0].key].instance_type == "r6i.large"


def test_template_that_is_gone_is_a_warning_and_lands_in_the_default_subnet() -> None:
    default = replace(SUBNET, subnet_id="subnet-0", is_default=True)
    facts = about(1, templates={}, subnets={"subnet-0": default})
    assert "1 server without an EC2 launch template: srv-1." in only(facts, Check.TEMPLATES).text
    (landing,) = landed_servers(facts).values()
    assert landing.subnet == default


def test_newest_version_that_is_not_the_default_is_a_warning() -> None:
    finding = only(about(1, templates={"lt-1": replace(TEMPLATE, latest=5)}), Check.TEMPLATES)
    assert finding.level is Level.WARNING
    assert "srv-1 (version 3 of 5)" in finding.text


# ---- addresses


def test_more_servers_than_free_addresses_fail_unless_earlier_instances_free_some() -> None:
    scarce = {"subnet-1": replace(SUBNET, free_addresses=1)}
    finding = only(about(2, subnets=scarce), Check.ADDRESSES)
    assert finding.text == "2 servers would land in subnet-1, which has only 1 free."
    assert finding.accept is Accept.ADDRESSES
    earlier = an_instance(a_server(1).key, private_ip="10.0.0.77")
    assert findings(about(2, subnets=scarce, instances=[earlier]), Check.ADDRESSES) == []


# ---- vCPUs


def test_quota_that_does_not_suffice_says_what_is_needed_and_running() -> None:
    facts = about(2, running={"t3.large": 49})
    finding = only(facts, Check.VCPUS)
    assert finding.level is Level.FAILED
    assert finding.text == (
        f"The vCPU quota does not suffice: 4 needed and 98 running of 100 standard vCPUs in {SCOPE}. "
        "Servers would fail to launch."
    )
    assert finding.accept is Accept.VCPUS
    assert "L-1216C47A" in finding.fix


def test_room_for_the_servers_but_not_for_their_conversion_is_tight() -> None:
    finding = only(about(2, running={"t3.large": 47}), Check.VCPUS)
    assert (finding.level, finding.accept) == (Level.WARNING, None)
    assert "about 4 more" in finding.text


def test_earlier_drill_instances_give_their_vcpus_back() -> None:
    earlier = an_instance(a_server(1).key, private_ip="10.0.0.77")
    finding = only(about(2, running={"t3.large": 49}, instances=[earlier]), Check.VCPUS)
    assert "4 needed and 96 running" in finding.text
    assert finding.level is Level.WARNING


def test_each_family_has_a_quota_of_its_own() -> None:
    facts = about(
        2,
        running={"p5.48xlarge": 1},
        vcpus={"t3.large": 2, "p5.48xlarge": 192},
        quotas={VcpuFamily.STANDARD: 8, VcpuFamily.P: 0},
    )
    assert only(facts, Check.VCPUS).text.startswith("The vCPU quota suffices: 4 needed and 0 running of 8")


@pytest.mark.parametrize(
    ("instance_type", "family"),
    [
        ("t3.large", VcpuFamily.STANDARD),
        ("i4i.large", VcpuFamily.STANDARD),
        ("inf2.xlarge", VcpuFamily.INF),
        ("g5.xlarge", VcpuFamily.G_AND_VT),
        ("x2idn.32xlarge", VcpuFamily.X),
        ("trn1.2xlarge", VcpuFamily.TRN),
        ("d3.xlarge", VcpuFamily.STANDARD),
        ("dl1.24xlarge", VcpuFamily.DL),
        ("hpc7a.96xlarge", VcpuFamily.HPC),
        ("h1.2xlarge", VcpuFamily.STANDARD),
    ],
)
def test_type_counts_against_the_quota_of_its_family(instance_type: str, family: VcpuFamily) -> None:
    assert family_of(instance_type) is family


@pytest.mark.parametrize("aspect", [Aspect.QUOTAS, Aspect.TYPES, Aspect.RUNNING])
def test_quota_that_could_not_be_compared_is_not_checked_and_stops_nothing(aspect: Aspect) -> None:
    finding = only(about(problems={aspect: "Denied."}), Check.VCPUS)
    assert finding.level is Level.NOT_CHECKED
    assert finding.text.endswith("could not be checked: Denied.")
    assert not finding.hinders()


def test_family_without_a_told_quota_is_not_checked() -> None:
    assert only(about(quotas={}), Check.VCPUS).level is Level.NOT_CHECKED


# ---- what could not be read


def test_aspects_that_failed_for_the_same_reason_are_one_line_and_nothing_is_called_good() -> None:
    facts = about(problems={Aspect.SUBNETS: "Denied.", Aspect.PROFILES: "Denied."})
    finding = only(facts, Check.LANDING)
    assert finding.level is Level.NOT_CHECKED
    assert finding.text == f"The subnets and instance profiles of {SCOPE} could not be checked: Denied."
    assert not finding.hinders()


def test_templates_that_could_not_be_read_are_not_called_gone() -> None:
    facts = about(templates={}, subnets={}, problems={Aspect.TEMPLATES: "Denied."})
    assert findings(facts, Check.TEMPLATES) == []
    assert only(facts, Check.LANDING).level is Level.NOT_CHECKED


# ---- a drill beside production


def test_drill_that_lands_in_the_recovery_network_needs_a_reason_and_a_recovery_does_not() -> None:
    subnets = {"subnet-1": replace(SUBNET, use=NetworkUse.RECOVERY)}
    finding = only(about(subnets=subnets), Check.NETWORK)
    assert finding.text.startswith("The drill of 2 servers lands in the recovery network: srv-1 (subnet-1), ")
    assert finding.accept is Accept.RECOVERY_NETWORK
    assert findings(about(subnets=subnets, mode=ExecutionMode.RECOVERY), Check.NETWORK) == []


def test_network_in_which_a_real_recovery_runs_is_a_recovery_network_whatever_nobody_said() -> None:
    subnets = {"subnet-1": replace(SUBNET, use=NetworkUse.NOT_SAID)}
    real = an_instance(a_server(1).key, is_drill=False, private_ip="10.0.0.50")
    found = findings(about(subnets=subnets, instances=[real]), Check.NETWORK)
    assert [one.accept for one in found] == [Accept.RECOVERY_NETWORK]


def test_drill_that_copies_private_addresses_needs_a_reason() -> None:
    servers = tuple(a_server(n, private_ip=f"10.0.0.{n}") for n in (1, 2))
    settings = {server.key: replace(CONFIGURATION, copies_private_ip=True) for server in servers}
    facts = of(servers, compute(servers, settings=settings))
    [finding] = [one for one in findings(facts, Check.NETWORK) if one.accept]
    assert finding.text == (
        "The drill copies private addresses of 2 servers: srv-1 (10.0.0.1), srv-2 (10.0.0.2)."
    )
    assert finding.accept is Accept.COPIED_ADDRESSES
    assert landed_servers(facts)[servers[0].key].private_ip == "10.0.0.1"


def test_network_of_which_nothing_is_said_is_not_checked_and_stops_nothing() -> None:
    finding = only(about(subnets={"subnet-1": replace(SUBNET, use=NetworkUse.NOT_SAID)}), Check.NETWORK)
    assert finding.level is Level.NOT_CHECKED
    assert "drs-desktop:network" in finding.fix
    assert not finding.hinders()
