"""What a line of a table is in the AWS command line: reads only, ready to paste."""

from drs_desktop.services.views import JobLogRow, ServerLaunchRow, SourceServerRow


def server_commands(row: ServerLaunchRow) -> str:
    """Return the commands that show a server of an execution, its job and its instance, a line each."""
    where = f"--region {row.region}"
    lines = [
        f"aws drs describe-source-servers {where} --filters sourceServerIDs={row.key.source_server_id}",
    ]
    if row.job_id is not None:
        lines += _job_commands(row.job_id, where)
    if row.recovery_instance_id is not None:
        lines.append(
            f"aws drs describe-recovery-instances {where} "
            f"--filters recoveryInstanceIDs={row.recovery_instance_id}"
        )
        lines.append(
            f"aws ec2 describe-instance-status {where} --include-all-instances "
            f"--instance-ids {row.recovery_instance_id}"
        )
    return "\n".join(_commented(row.account_name, row.account_id, lines))


def source_server_commands(row: SourceServerRow) -> str:
    """Return the commands that show a source server and its points in time, a line each."""
    server_id, where = row.key.source_server_id, f"--region {row.region}"
    lines = [
        f"aws drs describe-source-servers {where} --filters sourceServerIDs={server_id}",
        f"aws drs describe-recovery-snapshots {where} --source-server-id {server_id}",
        f"aws drs get-launch-configuration {where} --source-server-id {server_id}",
    ]
    return "\n".join(_commented(row.account_name, row.account_id, lines))


def log_commands(row: JobLogRow) -> str:
    """Return the commands that show a log line's job; empty for a line that is of no job."""
    if row.job_id is None or row.scope is None:
        return ""
    lines = _job_commands(row.job_id, f"--region {row.scope.region}")
    return "\n".join(_commented("", row.scope.account_id, lines))


def _job_commands(job_id: str, where: str) -> list[str]:
    return [
        f"aws drs describe-jobs {where} --filters jobIDs={job_id}",
        f"aws drs describe-job-log-items {where} --job-id {job_id}",
    ]


def _commented(name: str, account_id: str, lines: list[str]) -> list[str]:
    """Say first in which account the lines make sense: the command line takes it from its credentials."""
    account = f"{name} ({account_id})" if name and name != account_id else account_id
    plain = " ".join(account.split())
    return [f"# with credentials of account {plain}", *lines]
