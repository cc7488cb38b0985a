"""botocore's paginators on every paginated call of drs, page by page of one, with empty pages between."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.simulator.wire.drs.responses import OPERATIONS
from tests.helpers.simulator_process import OTHER, REGION, TARGET, AwsClients, SimControl, small_scenario

PAGED = {
    "describe_source_servers": "items",
    "describe_recovery_snapshots": "items",
    "describe_recovery_instances": "items",
    "describe_jobs": "items",
    "describe_job_log_items": "items",
    "describe_launch_configuration_templates": "items",
    "describe_replication_configuration_templates": "items",
    "describe_source_networks": "items",
    "list_extensible_source_servers": "items",
    "list_launch_actions": "items",
    "list_staging_accounts": "accounts",
}


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """Three servers, and three more in a staging account."""
    data = small_scenario()
    data["accounts"][2] |= {"initialized": True, "trusts": ["target"]}
    data["servers"].append({**data["servers"][0], "name": "stg-{n}", "account": "other"})
    return data


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """DRS as the target account's role."""
    return aws.as_role("drs")


@pytest.fixture
def members(drs: Any, control: SimControl, simulator: SimulatorServer) -> dict[str, dict[str, str]]:
    """What each operation requires, after a drill of all servers by two jobs."""
    first, *others = simulator.simulation.state(TARGET, REGION).servers
    job = ""
    for ids in ([first], others):
        servers = [{"sourceServerID": one} for one in ids]
        job = drs.start_recovery(sourceServers=servers, isDrill=True)["job"]["jobID"]
    control.advance(600)
    return {
        "describe_recovery_snapshots": {"sourceServerID": first},
        "describe_job_log_items": {"jobID": job},
        "list_extensible_source_servers": {"stagingAccountID": OTHER},
        "list_launch_actions": {"resourceId": first},
    }


def test_every_paginator_of_what_is_simulated_is_here(drs: Any) -> None:
    simulated = [name for name, of in drs.meta.method_to_api_mapping.items() if of in OPERATIONS]
    assert {name for name in simulated if drs.can_paginate(name)} == set(PAGED)


@pytest.mark.parametrize(("operation", "under"), PAGED.items())
def test_pages_of_one_bring_what_one_page_brings(
    drs: Any, members: dict[str, dict[str, str]], operation: str, under: str
) -> None:
    whole = getattr(drs, operation)(**members.get(operation, {}))
    assert "nextToken" not in whole
    pages = drs.get_paginator(operation).paginate(
        PaginationConfig={"PageSize": 1}, **members.get(operation, {})
    )
    found = [page[under] for page in pages]
    assert [one for page in found for one in page] == whole[under]
    assert all(len(page) <= 1 for page in found)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize(("operation", "under"), PAGED.items())
def test_empty_page_with_a_token_loses_nothing(
    drs: Any, control: SimControl, members: dict[str, dict[str, str]], operation: str, under: str, nth: int
) -> None:
    wanted = members.get(operation, {})
    whole = getattr(drs, operation)(**wanted)[under]
    control.add_fault(operation=drs.meta.method_to_api_mapping[operation], nth=nth, action="empty_page")
    pages = list(drs.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}, **wanted))
    assert [one for page in pages for one in page[under]] == whole
    if len(whole) >= nth:
        assert pages[nth - 1][under] == []


@pytest.mark.parametrize("operation", PAGED)
def test_empty_page_with_an_unreadable_token_is_refused(
    drs: Any, control: SimControl, members: dict[str, dict[str, str]], operation: str
) -> None:
    rule = control.add_fault(operation=drs.meta.method_to_api_mapping[operation], action="empty_page")
    with pytest.raises(ClientError) as caught:
        getattr(drs, operation)(nextToken="nonsense", **members.get(operation, {}))
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "ValidationException",
        400,
    )
    (fault,) = control.ask("GET", "/sim/faults")[1]["faults"]
    assert (fault["id"], fault["fired"]) == (rule, 1)


@pytest.mark.parametrize("token", ["nonsense", "WyJEZXNjcmliZUpvYnMiLCAtMSwgIiJd"])
def test_token_of_another_list_or_none_at_all_is_refused(drs: Any, token: str) -> None:
    with pytest.raises(ClientError) as caught:
        drs.describe_source_servers(nextToken=token)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_token_expires_by_a_rule(drs: Any, control: SimControl) -> None:
    action = {"kind": "error", "code": "ValidationException", "message": "The token has expired."}
    control.add_fault(operation="DescribeSourceServers", nth=2, action=action)
    pages = iter(drs.get_paginator("describe_source_servers").paginate(PaginationConfig={"PageSize": 1}))
    next(pages)
    with pytest.raises(ClientError, match="expired"):
        next(pages)


def test_what_appears_meanwhile_neither_doubles_nor_hides_anything(
    drs: Any, simulator: SimulatorServer
) -> None:
    ids = list(simulator.simulation.state(TARGET, REGION).servers)
    for one in ids[:2]:
        drs.start_recovery(sourceServers=[{"sourceServerID": one}], isDrill=True)
    pages = iter(drs.get_paginator("describe_jobs").paginate(PaginationConfig={"PageSize": 1}))
    first = next(pages)["items"]
    drs.start_recovery(sourceServers=[{"sourceServerID": ids[2]}], isDrill=True)
    rest = [job for page in pages for job in page["items"]]
    assert [job["participatingServers"][0]["sourceServerID"] for job in (*first, *rest)] == [ids[1], ids[0]]
