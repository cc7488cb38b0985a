"""Whether the addresses of AWS answer from here: asked without an identity, so that nothing can be done."""

from collections.abc import Mapping

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from drs_desktop.aws.errors import clean
from drs_desktop.aws.network_problems import NetworkProblem, host_of, network_problem
from drs_desktop.domain.ids import Region

_PROBES = {"sts": "get_caller_identity", "drs": "describe_jobs"}
SERVICES = tuple(_PROBES)
SECONDS = 10.0


def reach_problem(service: str, region: Region, seconds: float = SECONDS) -> NetworkProblem | None:
    """Return why a service in a Region gives no answer of AWS, or None when it does.

    The way is the one of every other call: the address, proxies and certificates that the environment and
    the profile in force name. The request is not signed, so AWS refuses it: that is the answer. Blocks.
    """
    try:
        _ask(service, region, seconds)
    except ClientError as error:
        return None if _is_of_aws(error) else _foreign(error)
    except BotoCoreError as error:
        return network_problem(error) or NetworkProblem(what=clean(str(error)).rstrip("."), advice="")
    return None


def _ask(service: str, region: Region, seconds: float) -> None:
    config = Config(
        signature_version=UNSIGNED,
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=seconds,
        read_timeout=seconds,
    )
    client = botocore.session.Session().create_client(service, region_name=region, config=config)
    try:
        getattr(client, _PROBES[service])()
    finally:
        client.close()


def _is_of_aws(error: ClientError) -> bool:
    metadata = error.response.get("ResponseMetadata", {})
    headers = {str(name).lower() for name in metadata.get("HTTPHeaders", {})}
    return bool(metadata.get("RequestId")) or "x-amzn-errortype" in headers


def _foreign(error: ClientError) -> NetworkProblem:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "unknown")
    return NetworkProblem(
        what=f"what answers is not AWS (HTTP {status})",
        advice="A proxy or the sign-in page of a network may be in between.",
    )


def proxy_in_force(environment: Mapping[str, str]) -> str:
    """Return which proxy the environment names for AWS, for a person; never with a user or a password."""
    name = next((one for one in ("https_proxy", "HTTPS_PROXY") if environment.get(one)), "")
    if not name:
        return "none named for https"
    past = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    through = f"{name} names {host_of(environment[name]) or 'what is no address'}"
    return f"{through}; past it go {past}" if past else through
