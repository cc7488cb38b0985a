"""What tests need to talk to a simulator: plain boto3, plain HTTP, and a small scenario."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config

DEMO = Path(__file__).parents[2] / "resources" / "demo" / "scenario.yaml"
HUB, TARGET, OTHER = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{TARGET}:role/Target"
EXTERNAL_ID = "test-external-id"


def small_scenario(count: int = 3, **changes: Any) -> dict[str, Any]:
    """Return a scenario of three accounts and one Region: `count` Linux servers in the target account."""
    return {
        "name": "small",
        "summary": "A few servers for a test.",
        "seed": 7,
        "regions": [REGION],
        "hub_keys": {"access_key_id": "AKIATESTHUB000000001", "secret_access_key": "not/a/secret/at/all"},
        "accounts": [
            {"id": HUB, "name": "hub", "hub": True},
            {
                "id": TARGET,
                "name": "target",
                "initialized": True,
                "roles": [{"name": "Target", "external_id": EXTERNAL_ID}],
            },
            {"id": OTHER, "name": "other", "roles": [{"name": "Open"}]},
        ],
        "machines": {
            "linux": {
                "os": "linux",
                "os_text": "Debian GNU/Linux 12",
                "cpu_cores": 2,
                "ram_gib": 8,
                "instance_type": "t3.large",
                "disks": [{"device": "/dev/sda", "gib": 20}],
            }
        },
        "servers": [
            {
                "name": "srv-{n}",
                "count": count,
                "account": "target",
                "region": REGION,
                "machine": "linux",
                "subnet": "10.0.0",
                "tags": {"Application": "test"},
            }
        ],
        **changes,
    }


_LOADER = botocore.loaders.create_loader()


def _session(**keys: str) -> boto3.Session:
    """Return a session that shares the service models with all others, which read them once."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _LOADER)
    return boto3.Session(botocore_session=session, region_name=REGION, **keys)


class AwsClients:
    """boto3 clients as the hub, or as a role the hub assumes."""

    def __init__(self, endpoint_url: str, hub: dict[str, str]) -> None:
        self.endpoint_url = endpoint_url
        self._hub = _session(
            aws_access_key_id=hub["access_key_id"], aws_secret_access_key=hub["secret_access_key"]
        )

    def hub(self, service: str, **config: Any) -> Any:
        return self._hub.client(service, endpoint_url=self.endpoint_url, config=Config(**config))

    def session(self, role_arn: str = ROLE, external_id: str | None = EXTERNAL_ID) -> boto3.Session:
        extra = {"ExternalId": external_id} if external_id else {}
        answer = self.hub("sts").assume_role(RoleArn=role_arn, RoleSessionName="tests", **extra)
        return self.with_keys(answer["Credentials"])

    def with_keys(self, keys: dict[str, Any]) -> boto3.Session:
        """Return a session of the keys that AssumeRole gave out."""
        return _session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def as_role(self, service: str, *, region: str = REGION, role: str = "Target", **config: Any) -> Any:
        """Return a client of a role of the target account that sends each request once."""
        config = {"retries": {"total_max_attempts": 1}, **config}
        return self.session(f"arn:aws:iam::{TARGET}:role/{role}").client(
            service, region_name=region, endpoint_url=self.endpoint_url, config=Config(**config)
        )


class SimControl:
    """The control endpoint over plain HTTP."""

    def __init__(self, endpoint_url: str, token: str | None) -> None:
        self.endpoint_url = endpoint_url
        self.token = token

    def ask(
        self, method: str, path: str, data: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return the status and the JSON of the answer."""
        body = None if data is None else json.dumps(data).encode()
        token = {"X-Sim-Token": self.token} if self.token else {}
        request = urllib.request.Request(
            self.endpoint_url + path, data=body, method=method, headers={**token, **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            with error:
                text, status = error.read(), error.code
        return status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()

    def add_fault(self, **rule: Any) -> str:
        status, answer = self.ask("POST", "/sim/faults", rule)
        assert status == 201, answer
        return str(answer["id"])

    def remove_fault(self, rule_id: str) -> None:
        assert self.ask("DELETE", f"/sim/faults/{rule_id}")[0] == 204

    def advance(self, seconds: float) -> None:
        assert self.ask("POST", "/sim/clock", {"advance_seconds": seconds})[0] == 200

    def calls(self, operation: str) -> list[dict[str, Any]]:
        return [call for call in self.ask("GET", "/sim/calls")[1]["calls"] if call["operation"] == operation]

    def until(self, found: Callable[[], Any], seconds: float = 60) -> Any:
        """Return what `found` finds as soon as it is true."""
        end, pause = time.monotonic() + seconds, threading.Event()
        while time.monotonic() < end:
            if result := found():
                return result
            pause.wait(0.01)
        raise AssertionError("what the test waits for did not come")
