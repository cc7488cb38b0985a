"""The first request of each kind costs moto up to a second; these are made before anybody waits."""

from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder

from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.app import SimulatorApp
from drs_desktop.simulator.wire.requests import Environ

_QUERIES = {
    "sts": {"Action": "GetCallerIdentity", "Version": "2011-06-15"},
    "ec2": {"Action": "DescribeInstances", "Version": "2016-11-15"},
    "iam": {"Action": "ListRoles", "Version": "2010-05-08"},
}


def warm_up(app: SimulatorApp, simulation: Simulation) -> None:
    """Ask moto once for each service, as the hub."""
    key = simulation.hub_keys.access_key_id
    region = simulation.regions[0]
    for service, query in _QUERIES.items():
        form = "application/x-www-form-urlencoded"
        app.warm_up(_request(service, "/", urlencode(query), form, key, region))
    for operation in ("DescribeSourceServers", "DescribeJobs"):
        app.warm_up(_request("drs", f"/{operation}", "{}", "application/json", key, region))


def _request(service: str, path: str, body: str, content_type: str, key: str, region: str) -> Environ:
    credential = f"{key}/20260101/{region}/{service}/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        "Content-Type": content_type,
    }
    builder = EnvironBuilder(path=path, method="POST", data=body, headers=list(headers.items()))
    try:
        environ: Environ = builder.get_environ()
    finally:
        builder.close()
    return environ
