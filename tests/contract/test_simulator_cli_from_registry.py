"""The AWS CLI of the package registry, which nobody here wrote, drills and cleans up on the simulator.

It brings its own botocore, so it is installed into an environment of its own, once: into the folder that
AWSCLI_FOLDER names, by default one beside the system's other temporary files.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, ROLE, small_scenario

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

FOLDER = Path(os.environ.get("AWSCLI_FOLDER") or Path(tempfile.gettempdir()) / "drs-desktop-awscli")


@pytest.fixture(scope="module")
def aws_command() -> Path:
    """The installed AWS CLI."""
    command = FOLDER / "bin" / "aws"
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{FOLDER}.lock"):
        if not command.exists():
            subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
            subprocess.run([str(FOLDER / "bin" / "pip"), "install", "--quiet", "awscli"], check=True)
    return command


class Aws:
    """The AWS CLI as an operator uses it: a profile, an endpoint, nothing else."""

    def __init__(self, command: Path, server: SimulatorServer, folder: Path) -> None:
        self._command, self._url = command, server.endpoint_url
        hub = server.described()["hub"]
        config = folder / "config"
        config.write_text(
            f"[profile target]\nrole_arn = {ROLE}\nexternal_id = {EXTERNAL_ID}\n"
            f"credential_source = Environment\nregion = {REGION}\n",
            encoding="utf-8",
        )
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_CONFIG_FILE": str(config),
            "AWS_ENDPOINT_URL": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": hub["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": hub["secret_access_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
        }

    def __call__(self, *words: str) -> Any:
        """Return what a command prints as JSON."""
        ended = subprocess.run(
            [str(self._command), "--profile", "target", "--endpoint-url", self._url, *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else None


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """A simulator whose clock stands still until the test turns it."""
    scenario = parse_scenario(Path("test.yaml"), small_scenario(signing_window_seconds=60.0))
    with SimulatorServer(scenario, speed=0) as running:
        yield running


def test_aws_cli_goes_through_a_whole_drill_and_its_clean_up(
    aws_command: Path, server: SimulatorServer, tmp_path: Path
) -> None:
    aws = Aws(aws_command, server, tmp_path)
    servers = aws("drs", "describe-source-servers", "--page-size", "2")["items"]
    ids = [one["sourceServerID"] for one in servers]
    assert len(ids) == 3
    wanted = [f"sourceServerID={one}" for one in ids]
    job = aws("drs", "start-recovery", "--is-drill", "--tags", "wave=1", "--source-servers", *wanted)["job"]
    assert (job["status"], job["initiatedBy"]) == ("PENDING", "START_DRILL")
    server.simulation.run_until_idle()
    (ended,) = aws("drs", "describe-jobs", "--filters", f"jobIDs={job['jobID']}")["items"]
    assert {one["launchStatus"] for one in ended["participatingServers"]} == {"LAUNCHED"}
    log = aws("drs", "describe-job-log-items", "--job-id", job["jobID"])["items"]
    assert (log[0]["event"], log[-1]["event"], len(log)) == ("JOB_START", "JOB_END", 20)
    instances = aws("drs", "describe-recovery-instances")["items"]
    ec2 = aws("ec2", "describe-instances", "--instance-ids", *(one["ec2InstanceID"] for one in instances))
    states = [one["State"]["Name"] for found in ec2["Reservations"] for one in found["Instances"]]
    assert states == ["running"] * 3
    named = [one["recoveryInstanceID"] for one in instances]
    ending = aws("drs", "terminate-recovery-instances", "--recovery-instance-ids", *named)["job"]
    server.simulation.run_until_idle()
    (ended,) = aws("drs", "describe-jobs", "--filters", f"jobIDs={ending['jobID']}")["items"]
    assert {one["launchStatus"] for one in ended["participatingServers"]} == {"TERMINATED"}
    assert aws("drs", "describe-recovery-instances")["items"] == []
    assert aws("drs", "delete-job", "--job-id", job["jobID"]) is None
