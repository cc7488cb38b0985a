"""How a command about an execution ends: its summary or JSON, and its exit code."""

from drs_desktop.cli.exit_codes import ExitCode, of_ended
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import execution_json, write_json_line
from drs_desktop.cli.person import way_on
from drs_desktop.cli.summary import summary
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionView


def report(call: Invocation, services: Services, view: ExecutionView, code: ExitCode) -> ExitCode:
    """Print how the execution stands, the JSON last, and return the exit code."""
    for line in summary(view, services.service_now()):
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, {**execution_json(services, view), "exit_code": int(code)})
    return code


def report_followed(call: Invocation, services: Services, view: ExecutionView) -> ExitCode:
    """Print where following stopped: the end, or where only a person can go on."""
    if view.status.is_terminal:
        return report(call, services, view, of_ended(view))
    commands = " or ".join(f"`{command}`" for command in way_on(view))
    call.warn(f"Execution {view.execution_id} is {view.status} and needs a person: {view.reason}")
    call.warn(f"Go on with: {commands}")
    return report(call, services, view, ExitCode.NEEDS_OPERATOR)
