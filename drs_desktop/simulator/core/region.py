"""The state of DRS in one account and Region."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from drs_desktop.simulator.core.errors import ResourceNotFoundError, UninitializedAccountError
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.launch_defaults import LaunchDefaults
from drs_desktop.simulator.core.quotas import Quotas
from drs_desktop.simulator.core.recovery_instance import RecoveryInstance
from drs_desktop.simulator.core.replication_configuration import ReplicationDefaults
from drs_desktop.simulator.core.source_server import SourceServer


@dataclass(kw_only=True)
class RegionState:
    """Source servers, jobs and recovery instances of one account and Region, each in order of making."""

    account_id: str
    region: str
    is_initialized: bool = False
    quotas: Quotas = field(default_factory=Quotas)
    servers: dict[str, SourceServer] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    instances: dict[str, RecoveryInstance] = field(default_factory=dict)
    launch_defaults: LaunchDefaults | None = None
    replication_defaults: ReplicationDefaults | None = None
    made: int = 0

    def next_ordinal(self) -> int:
        """Return a number that grows with every resource made here."""
        self.made += 1
        return self.made

    def require_initialized(self) -> None:
        """Raise UninitializedAccountException unless InitializeService was called."""
        if not self.is_initialized:
            raise UninitializedAccountError

    def server(self, server_id: str) -> SourceServer:
        """Return a source server or raise ResourceNotFoundException."""
        found = self.servers.get(server_id)
        if found is None:
            raise ResourceNotFoundError("SourceServer", server_id)
        return found

    def instance(self, instance_id: str) -> RecoveryInstance:
        """Return a recovery instance or raise ResourceNotFoundException."""
        found = self.instances.get(instance_id)
        if found is None:
            raise ResourceNotFoundError("RecoveryInstance", instance_id)
        return found

    def forget_instance(self, instance_id: str) -> None:
        """Remove a recovery instance's record, here and at its server; one already gone is no error."""
        found = self.instances.pop(instance_id, None)
        server = self.servers.get(found.source_server_id) if found else None
        if server and instance_id in server.instance_ids:
            server.instance_ids.remove(instance_id)

    def active_jobs(self) -> list[Job]:
        """Return the jobs that count against the quotas."""
        return [job for job in self.jobs.values() if job.is_active]

    def check_quotas(self, wanted: int) -> None:
        """Refuse a job of `wanted` servers if a quota would be exceeded."""
        sizes = [len(job.participants) for job in self.active_jobs()]
        self.quotas.check_new_job(wanted=wanted, active_jobs=sizes)

    def busy(self, server_ids: Iterable[str]) -> list[str]:
        """Return those of the servers that a job is processing."""
        known = (self.servers.get(server_id) for server_id in server_ids)
        return [server.id for server in known if server and server.active_job_id]
