"""The quotas of DRS for one account and Region.

Source: the endpoints and quotas page of the service; the codes are those of Service Quotas.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from drs_desktop.simulator.core.errors import ServiceQuotaError

ENFORCED = {
    "L-D88FAC3A": "concurrent_jobs",
    "L-B827C881": "servers_per_job",
    "L-05AFA8C6": "servers_in_all_jobs",
    "L-E28BE5E0": "source_servers",
}
"""By quota code: the limits that DRS holds its callers to."""


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The limits in force."""

    concurrent_jobs: int = 20
    """Jobs in progress (L-D88FAC3A)."""
    servers_per_job: int = 100
    """Servers in one job (L-B827C881)."""
    servers_in_all_jobs: int = 500
    """Servers across all active jobs (L-05AFA8C6)."""
    source_servers: int = 4_000
    """Source servers in total, extended ones too (L-E28BE5E0)."""

    def with_values(self, values: Mapping[str, float]) -> "Quotas":
        """Return these limits with other values, given by quota code."""
        changes = {name: int(values[code]) for code, name in ENFORCED.items() if code in values}
        return replace(self, **changes)

    def check_new_job(self, *, wanted: int, active_jobs: Collection[int]) -> None:
        """Refuse a job of `wanted` servers beside active jobs of these sizes, or return."""
        if wanted > self.servers_per_job:
            raise ServiceQuotaError(
                f"The number of source servers in a job ({wanted}) exceeds the quota"
                f" of {self.servers_per_job}.",
                quota_code="L-B827C881",
                resource_type="source servers in a single job",
            )
        if len(active_jobs) >= self.concurrent_jobs:
            raise ServiceQuotaError(
                f"The number of concurrent jobs in progress has reached the quota of {self.concurrent_jobs}.",
                quota_code="L-D88FAC3A",
                resource_type="concurrent jobs in progress",
            )
        if sum(active_jobs) + wanted > self.servers_in_all_jobs:
            raise ServiceQuotaError(
                "The number of source servers across all active jobs would exceed the quota of"
                f" {self.servers_in_all_jobs}.",
                quota_code="L-05AFA8C6",
                resource_type="source servers in all active jobs",
            )
