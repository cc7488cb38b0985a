"""What AWS itself says: every account and Region, asked with boto3, nothing of the program in between."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.helpers.processes import ROOT, Simulator
from tests.helpers.simulator_process import AwsClients

WORKSPACE = ROOT / "resources" / "demo" / "workspace.yaml"
TAG = "drs-desktop:"


@cache
def _read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, order=True)
class Place:
    """An account and a Region."""

    account: str
    region: str


@dataclass(frozen=True)
class Job:
    """A job as DescribeJobs shows it, and where it is."""

    place: Place
    data: Mapping[str, Any]

    @property
    def job_id(self) -> str:
        return str(self.data["jobID"])

    @property
    def wave(self) -> int:
        return int(self.data["tags"][TAG + "wave"])

    @property
    def server_ids(self) -> list[str]:
        return [server["sourceServerID"] for server in self.data["participatingServers"]]

    def tag(self, name: str) -> str:
        """Return one of the tags by which a job is known to be ours, or an empty string."""
        return str(self.data["tags"].get(TAG + name, ""))


class AwsWitness:
    """Asks every account with a role, in every Region, as that role."""

    def __init__(self, simulator: Simulator) -> None:
        self._scenario = _read(simulator.scenario)
        self._clients = AwsClients(simulator.endpoint_url, dict(simulator.ready["hub"]))
        self._sessions: dict[str, Any] = {}
        self._made: dict[tuple[Place, str], Any] = {}
        self.places = [
            Place(account["id"], region)
            for account in self._scenario["accounts"]
            if account.get("roles")
            for region in self._scenario["regions"]
        ]

    def client(self, place: Place, service: str = "drs") -> Any:
        key = (place, service)
        if key not in self._made:
            self._made[key] = self._session(place.account).client(
                service, region_name=place.region, endpoint_url=self._clients.endpoint_url
            )
        return self._made[key]

    def _session(self, account_id: str) -> Any:
        if account_id not in self._sessions:
            account = next(one for one in self._scenario["accounts"] if one["id"] == account_id)
            role = account["roles"][0]
            arn = f"arn:aws:iam::{account_id}:role/{role['name']}"
            self._sessions[account_id] = self._clients.session(arn, role.get("external_id"))
        return self._sessions[account_id]

    def _pages(self, place: Place, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        for page in self.client(place).get_paginator(operation).paginate(**request):
            yield from page["items"]

    # ---- jobs

    def launch_jobs(self, execution_id: str | None = None) -> list[Job]:
        """Return all LAUNCH jobs everywhere, oldest first, or those that carry an execution's tag."""
        jobs = [
            Job(place, data)
            for place in self.places
            for data in self._pages(place, "describe_jobs")
            if data["type"] == "LAUNCH"
        ]
        jobs.sort(key=lambda job: job.data["creationDateTime"])
        return [job for job in jobs if execution_id in (None, job.tag("execution"))]

    def raw_error(self, job: Job, server_id: str) -> str | None:
        """Return the rawError that the log of a job has for a server."""
        for item in self._pages(job.place, "describe_job_log_items", jobID=job.job_id):
            data = item.get("eventData", {})
            if data.get("sourceServerID") == server_id and data.get("rawError"):
                return str(data["rawError"])
        return None

    # ---- instances

    def recovery_instances(self, place: Place) -> dict[str, dict[str, Any]]:
        """Return the recovery instances that DRS lists in a place, by id."""
        return {
            item["recoveryInstanceID"]: item for item in self._pages(place, "describe_recovery_instances")
        }

    def ec2_states(self, place: Place, instance_ids: list[str]) -> set[str]:
        """Return in which states EC2 has these instances."""
        answer = self.client(place, "ec2").describe_instances(InstanceIds=instance_ids)
        found = [one for reservation in answer["Reservations"] for one in reservation["Instances"]]
        assert len(found) == len(instance_ids)
        return {instance["State"]["Name"] for instance in found}

    # ---- servers

    def plan_members(self, plan: str) -> set[tuple[int, str, str, str]]:
        """Return wave, account, Region and id of every server of a plan, from tags and lists alone."""
        workspace = _read(WORKSPACE)
        groups = {group["id"]: group for group in workspace["groups"]}
        waves = next(one for one in workspace["plans"] if one["id"] == plan)["waves"]
        return {
            (number, place.account, place.region, server_id)
            for number, wave in enumerate(waves, 1)
            for group_id in wave["groups"]
            for place, server_id in self._group_members(groups[group_id])
        }

    def _group_members(self, group: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
        ids = {account["name"]: account["id"] for account in self._scenario["accounts"]}
        for member in group.get("members", []):
            for server_id in member["servers"].values():
                yield Place(ids[member["account"]], member["region"]), server_id
        wanted = group.get("tags", {}).items()
        for scope in group.get("scopes", []):
            place = Place(ids[scope["account"]], scope["region"])
            for server in self._pages(place, "describe_source_servers"):
                if wanted <= server["tags"].items():
                    yield place, server["sourceServerID"]


def by_place(servers: list[dict[str, Any]]) -> dict[Place, list[dict[str, Any]]]:
    """Return the servers of the program's JSON by account and Region."""
    found: dict[Place, list[dict[str, Any]]] = {}
    for server in servers:
        found.setdefault(Place(server["account"], server["region"]), []).append(server)
    return found


def parts_of(jobs: list[Job]) -> Counter[tuple[int, Place, str]]:
    """Return how many jobs each wave, place and part has."""
    return Counter((job.wave, job.place, job.tag("part")) for job in jobs)
