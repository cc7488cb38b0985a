"""One source server, whole, as lines for people and as JSON."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from drs_desktop.cli.authoring_words import scope_json, server_json
from drs_desktop.cli.plain_text import aligned, counted, moment, plain
from drs_desktop.domain.landing import Landing
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import Disk
from drs_desktop.services.server_detail import ServerDetail, ServerExecutionRow, ServerJobRow

_GIB = 1024**3
MOST_POINTS = 5
"""How many points in time are listed for people; JSON has all of them."""

# ---- for people


def detail_lines(detail: ServerDetail) -> Iterable[str]:
    """Return a server with everything known of it; what is not known says so."""
    yield plain(f"{detail.row.name}  {detail.row.key.source_server_id}")
    yield from aligned([("", *pair) for pair in _facts(detail)])
    yield from _section("Disks", [_disk_cells(disk) for disk in detail.server.disks])
    yield from _points_lines(detail)
    yield from _launch_lines(detail.launch)
    yield from _section("Jobs of AWS", [_job_cells(one) for one in detail.jobs or ()])
    yield from _section("Executions here", [_execution_cells(one) for one in detail.executions])
    yield from (f"NOT READ  {plain(text)}" for text in detail.problems)


def _facts(detail: ServerDetail) -> Iterable[tuple[str, str]]:
    row, server = detail.row, detail.server
    yield "account", f"{row.account_name} ({row.account_id}), {row.region}"
    yield "groups", ", ".join(row.group_names) or "none"
    yield "replication", ": ".join(filter(None, (server.replication_state.value, server.replication_error)))
    yield "lag", "not known" if server.lag is None else str(server.lag)
    if server.replication_ready_at is not None:
        yield "caught up", f"expected at {moment(server.replication_ready_at)}"
    yield "last heard", moment(server.last_seen_at) if server.last_seen_at else "not known"
    yield "host", " ".join(filter(None, (server.hostname, server.fqdn, server.private_ip)))
    yield "system", server.operating_system or "not known"
    yield "machine", f"{counted(server.cpu_cores, 'core')}, {server.ram_bytes / _GIB:g} GiB"
    yield from _origin_facts(detail)
    yield "tags", ", ".join(f"{key}={value}" for key, value in row.tags) or "none"


def _origin_facts(detail: ServerDetail) -> Iterable[tuple[str, str]]:
    origin = detail.server.origin
    places = [part for part in (origin.account_id, origin.zone or origin.region, origin.instance_id) if part]
    if places:
        yield "comes from", ", ".join(places)
    if detail.row.is_extended:
        yield "extended", f"from the staging account {detail.row.staging_account_id or 'not known'}"
    if detail.server.staging_error:
        yield "not extended", detail.server.staging_error
    if detail.row.twins:
        yield "same machine", ", ".join(map(str, detail.row.twins))
    if detail.row.recovery_instance_id:
        yield "instance", detail.row.recovery_instance_id


def _section(title: str, rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    if rows:
        yield f"{title}:"
        yield from aligned(rows, indent="  ")


def _disk_cells(disk: Disk) -> tuple[str, ...]:
    behind = f"{disk.backlogged_bytes / _GIB:.1f} GiB behind" if disk.backlogged_bytes else "nothing behind"
    share = f"{disk.replicated_bytes / disk.total_bytes:.0%} copied" if disk.total_bytes else ""
    return (disk.device_name, f"{disk.total_bytes / _GIB:g} GiB", share, behind)


def _points_lines(detail: ServerDetail) -> Iterable[str]:
    if detail.points is None:
        return
    newest = [(moment(one.taken_at), one.snapshot_id) for one in detail.points[:MOST_POINTS] if one.taken_at]
    yield from _section(f"Points in time, {len(newest)} of {len(detail.points)}", newest)
    if not detail.points:
        yield "Points in time: none; there is nothing to launch from but data as it is now."


def _launch_lines(launch: Landing | None) -> Iterable[str]:
    if launch is None:
        return
    subnet, template = launch.subnet, launch.template
    cells = [("type", launch.instance_type or "none is set")]
    if subnet is None:
        cells.append(("subnet", "the one it names does not exist" if launch.is_subnet_gone else "not known"))
    else:
        place = f"{subnet.subnet_id} {subnet.cidr} in {subnet.vpc_id}, {subnet.zone}"
        cells.append(("subnet", f"{place}; free addresses: {subnet.free_addresses}"))
        cells.append(("network is for", subnet.use.value))
    if launch.is_address_copied:
        cells.append(("address", "the source's own private address is copied"))
    elif launch.private_ip:
        cells.append(("address", launch.private_ip))
    if template is not None:
        cells.append(("template", f"{template.template_id}, version {template.version}"))
        cells.append(("security groups", ", ".join(template.security_group_ids) or "those of the VPC"))
    yield from _section("Would be launched with", cells)


def _job_cells(job: ServerJobRow) -> tuple[str, ...]:
    began = moment(job.created_at) if job.created_at else ""
    return (began, job.job_id, job.initiated_by.value, job.status.value, job.launch_status.value)


def _execution_cells(one: ServerExecutionRow) -> tuple[str, ...]:
    launched = one.launch_status.value if one.launch_status else "not started"
    return (
        moment(one.created_at),
        one.execution_id,
        one.plan_name,
        one.mode.value,
        one.status.value,
        f"wave {one.wave}",
        launched,
    )


# ---- as JSON


def detail_json(detail: ServerDetail) -> dict[str, Any]:
    """Return a server with everything known of it; null is what could not be read."""
    server = detail.server
    return {
        **server_json(detail.row),
        "hostname": server.hostname,
        "fqdn": server.fqdn,
        "arn": server.arn,
        "operating_system": server.operating_system,
        "cpu_cores": server.cpu_cores,
        "ram_bytes": server.ram_bytes,
        "replication_error": server.replication_error or None,
        "replication_ready_at": _iso(server.replication_ready_at),
        "interfaces": [
            {"mac": one.mac_address, "addresses": list(one.addresses), "is_primary": one.is_primary}
            for one in server.interfaces
        ],
        "origin": {
            "account": server.origin.account_id or None,
            "region": server.origin.region or None,
            "zone": server.origin.zone or None,
            "instance": server.origin.instance_id or None,
        },
        "staging_error": server.staging_error or None,
        "recovery_instance": detail.row.recovery_instance_id,
        "disks": [_disk_json(disk) for disk in server.disks],
        "points": None if detail.points is None else [_point_json(one) for one in detail.points],
        "launch": None if detail.launch is None else _launch_json(detail.launch),
        "jobs": None if detail.jobs is None else [_job_json(one) for one in detail.jobs],
        "executions": [_execution_json(one) for one in detail.executions],
        "scope": scope_json(detail.state),
        "not_read": list(detail.problems),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _disk_json(disk: Disk) -> dict[str, Any]:
    return {
        "device": disk.device_name,
        "total_bytes": disk.total_bytes,
        "replicated_bytes": disk.replicated_bytes,
        "backlogged_bytes": disk.backlogged_bytes,
    }


def _point_json(point: RecoverySnapshot) -> dict[str, Any]:
    return {"snapshot": point.snapshot_id, "taken_at": _iso(point.taken_at)}


def _launch_json(launch: Landing) -> dict[str, Any]:
    subnet, template = launch.subnet, launch.template
    return {
        "instance_type": launch.instance_type or None,
        "private_ip": launch.private_ip or None,
        "is_address_copied": launch.is_address_copied,
        "subnet": subnet and subnet.subnet_id,
        "vpc": subnet and subnet.vpc_id,
        "zone": subnet and subnet.zone,
        "free_addresses": subnet and subnet.free_addresses,
        "network_use": subnet and subnet.use.value,
        "template": template and template.template_id,
        "template_version": template and template.version,
        "security_groups": list(template.security_group_ids) if template else [],
    }


def _job_json(job: ServerJobRow) -> dict[str, Any]:
    return {
        "job": job.job_id,
        "type": job.job_type.value,
        "initiated_by": job.initiated_by.value,
        "status": job.status.value,
        "launch_status": job.launch_status.value,
        "created_at": _iso(job.created_at),
        "ended_at": _iso(job.ended_at),
    }


def _execution_json(one: ServerExecutionRow) -> dict[str, Any]:
    return {
        "execution": one.execution_id,
        "plan": one.plan_name,
        "mode": one.mode.value,
        "status": one.status.value,
        "wave": one.wave,
        "created_at": one.created_at.isoformat(),
        "launch_status": one.launch_status.value if one.launch_status else None,
        "health": one.health.value,
        "recovery_instance": one.recovery_instance_id,
    }
