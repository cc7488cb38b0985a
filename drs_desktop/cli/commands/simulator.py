"""`simulator serve`: an AWS of one's own, alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from drs_desktop.cli import options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.program import Program, SimulatorOptions
from drs_desktop.cli.streams import Streams

DEFAULT_SCENARIO = "demo"
DEFAULT_SPEED = 60.0


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the command group to the application."""
    simulator = typer.Typer(
        name="simulator",
        help="The simulated AWS: true to the service, on this machine only.",
        rich_markup_mode=None,
    )
    app.add_typer(simulator)

    @simulator.callback()
    def group() -> None:
        """Run the simulated AWS."""

    @simulator.command()
    def serve(
        port: Annotated[
            int, typer.Option("--port", min=0, max=65535, help="The port on 127.0.0.1; 0 takes any free one.")
        ] = 0,
        scenario: Annotated[
            str,
            typer.Option("--scenario", metavar="NAME-OR-PATH", help="A shipped scenario or a file of one."),
        ] = DEFAULT_SCENARIO,
        speed: Annotated[
            float,
            typer.Option(
                "--speed",
                min=0,
                max=options.FASTEST,
                help="Service seconds per real second; 0 stands still.",
            ),
        ] = DEFAULT_SPEED,
        ready_file: Annotated[
            Path | None,
            typer.Option(
                "--ready-file",
                dir_okay=False,
                help="Where to write, as JSON, how to reach it; its folder must be there.",
            ),
        ] = None,
        exit_when_idle: Annotated[
            float | None,
            typer.Option(
                "--exit-when-idle", min=0, metavar="SECONDS", help="End after so long without a call."
            ),
        ] = None,
    ) -> None:
        """Serve a simulated AWS on 127.0.0.1 until interrupted.

        Any AWS client reaches it through AWS_ENDPOINT_URL, and so do `demo`, `run` and `resume`. What to
        export in a shell is printed once all is warm, and the ready file is written then, in one step.

        \b
        Example:
          drs-desktop simulator serve --scenario demo --speed 600 --ready-file ready.json
        """
        if ready_file is not None and not ready_file.absolute().parent.is_dir():
            raise typer.BadParameter(
                f"there is no folder {ready_file.absolute().parent}; make it first.",
                param_hint="--ready-file",
            )
        call = Invocation(program=program, streams=streams)
        wanted = SimulatorOptions(
            port=port, scenario=scenario, speed=speed, ready_file=ready_file, exit_when_idle=exit_when_idle
        )
        call.leave(lambda: _serve(call, wanted))

    @simulator.command()
    def scenarios() -> None:
        """List the scenarios that ship with the program, a sentence each."""
        call = Invocation(program=program, streams=streams)
        call.leave(lambda: _list_scenarios(call))


def _list_scenarios(call: Invocation) -> int:
    found = call.program.simulator_scenarios()
    width = max((len(name) for name in found), default=0)
    for name, summary in found.items():
        call.say(f"{name:<{width}}  {summary}")
    return ExitCode.DONE


def _serve(call: Invocation, wanted: SimulatorOptions) -> int:
    def announce(facts: Mapping[str, object]) -> None:
        call.say(
            f"The simulator is ready at {facts.get('endpoint_url')} (instance {facts.get('instance_id')})."
        )
        if (
            wanted.exit_when_idle is None
        ):  # one that ends by itself belongs to a program, and its output to a log
            for line in _how_to_reach(facts):
                call.say(line)
        call.streams.stdout.flush()

    call.program.serve_simulator(wanted, announce)
    return ExitCode.DONE


def _how_to_reach(facts: Mapping[str, object]) -> list[str]:
    """Return what to type into a shell, and the first line of a Python program."""
    url, hub = facts.get("endpoint_url"), facts.get("hub")
    keys = hub if isinstance(hub, Mapping) else {}
    exports = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": keys.get("access_key_id"),
        "AWS_SECRET_ACCESS_KEY": keys.get("secret_access_key"),
        "AWS_DEFAULT_REGION": facts.get("region"),
    }
    lines = [f"export {name}={value}" for name, value in exports.items() if value]
    return [
        "In a shell, for the AWS CLI and every other client (the keys are worth nothing elsewhere):",
        *(f"  {line}" for line in lines),
        f"In Python: boto3.client('sts', endpoint_url='{url}').get_caller_identity()",
    ]
