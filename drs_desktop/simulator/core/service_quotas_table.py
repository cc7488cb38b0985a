"""The quotas that service-quotas tells, by service.

Source: the endpoints and quotas pages of DRS, EC2 and EBS; codes as Service Quotas lists them. EC2's vCPU
quota is AWS's default for new accounts: accounts in use have more, which a scenario states.
"""

from dataclasses import dataclass

_STANDARD_VCPUS = "L-1216C47A"


@dataclass(frozen=True)
class QuotaEntry:
    """One quota with AWS's default."""

    code: str
    name: str
    default: float
    is_adjustable: bool = True
    unit: str = "None"

    @property
    def counts_vcpus(self) -> bool:
        """Return whether the quota counts the vCPUs of running instances."""
        return self.name.startswith("Running On-Demand")


SERVICE_NAMES = {
    "drs": "AWS Elastic Disaster Recovery",
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "ebs": "Amazon Elastic Block Store (Amazon EBS)",
}

QUOTAS: dict[str, tuple[QuotaEntry, ...]] = {
    "drs": (
        QuotaEntry("L-C1D14A2B", "Max number of source servers replicating", 300, False),
        QuotaEntry("L-E28BE5E0", "Max Total source servers Per AWS Account", 4_000),
        QuotaEntry("L-D88FAC3A", "Concurrent jobs in progress", 20, False),
        QuotaEntry("L-B827C881", "Max source servers in a single Job", 100, False),
        QuotaEntry("L-05AFA8C6", "Max source servers in all Jobs", 500, False),
        QuotaEntry("L-DD6D028C", "Max concurrent Jobs per source server", 1, False),
        QuotaEntry("L-0588D03B", "Max number of launch actions per resource", 200, False),
        QuotaEntry("L-1F3FAE4D", "Max number of launch configuration templates per AWS Account", 1, False),
        QuotaEntry("L-4B0323BD", "Max number of source networks per AWS Account", 100),
    ),
    "ec2": (
        QuotaEntry("L-0263D0A3", "EC2-VPC Elastic IPs", 5),
        QuotaEntry(_STANDARD_VCPUS, "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
        QuotaEntry("L-417A185B", "Running On-Demand P instances", 0),
        QuotaEntry("L-7295265B", "Running On-Demand X instances", 0),
        QuotaEntry("L-DB2E81BA", "Running On-Demand G and VT instances", 0),
    ),
    "ebs": (
        QuotaEntry("L-309BACF6", "Snapshots per Region", 100_000),
        QuotaEntry("L-7A658B76", "Storage for General Purpose SSD (gp3) volumes, in TiB", 50),
        QuotaEntry("L-D18FCD1D", "Storage for General Purpose SSD (gp2) volumes, in TiB", 50),
    ),
}
"""The names of the drs quotas are the service's own as far as they are known (uncertain)."""
