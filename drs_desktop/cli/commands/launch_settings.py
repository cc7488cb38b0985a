"""Commands about launch settings: show, set, apply, restore, history, choices."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

import typer

from drs_desktop.cli import launch_options as chosen_by
from drs_desktop.cli import launch_words, launch_writing, options
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.failures import UsageProblem
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.program import Program
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import AccountId, Region, Scope
from drs_desktop.domain.launch_documents import SettingsEdit
from drs_desktop.domain.readiness_finding import Level
from drs_desktop.services.api import Services
from drs_desktop.services.launch_settings_service import LaunchSettingsApi
from drs_desktop.services.launch_views import EditReport

_NewCall = Callable[[bool], Invocation]
_Work = Callable[[Invocation, LaunchSettingsApi], Awaitable[ExitCode]]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""
    settings = typer.Typer(
        help="Where and how servers launch: kept here, compared with AWS, written there on request.",
        no_args_is_help=True,
    )
    app.add_typer(settings, name="launch-settings")

    def new_call(as_json: bool) -> Invocation:
        return Invocation(program=program, streams=streams, as_json=as_json)

    _register_show(settings, new_call)
    _register_history(settings, new_call)
    _register_choices(settings, new_call)
    _register_set(settings, new_call)
    _register_apply(settings, new_call)
    _register_restore(settings, new_call)


def _register_show(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command()
    def show(
        group: chosen_by.Groups = None,
        server: chosen_by.Servers = None,
        plan: chosen_by.Plans = None,
        offline: chosen_by.Offline = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Show each setting: what is kept, where it comes from (server, group or AWS), what AWS has.

        \b
        Exit codes: 0 shown, 3 there is no such group, server or plan.

        \b
        Example:
          drs-desktop launch-settings show --group payroll-web --workspace demo
        """
        selection = chosen_by.chosen(group, server, plan)

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            view = await service.show(selection, ask_aws=not offline)
            _say(call, launch_words.view_lines(view), launch_words.view_json(view))
            return ExitCode.DONE

        _perform(new_call(as_json), workspace, work)


def _register_history(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command()
    def history(
        server: Annotated[str | None, typer.Option("--server", metavar="NAME", help="A server.")] = None,
        group: Annotated[str | None, typer.Option("--group", metavar="NAME", help="A group.")] = None,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List what was kept for a group or a server, by whom, and for a server what was written to AWS.

        \b
        Example:
          drs-desktop launch-settings history --server web-pay-01 --workspace demo
        """
        _one_of(group, server)

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            versions = await service.versions(group=group or "", server=server or "")
            records = await service.records(server) if server else ()
            body = {
                "versions": [launch_words.version_json(one) for one in versions],
                "changes": [launch_words.record_json(one) for one in records],
            }
            lines = [*launch_words.version_lines(versions), *launch_words.record_lines(records)]
            _say(call, lines or ["Nothing was kept or written yet."], body)
            return ExitCode.DONE

        _perform(new_call(as_json), workspace, work)


def _register_choices(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command()
    def choices(
        account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's twelve digits.")],
        region: Annotated[str, typer.Argument(metavar="REGION", help="The Region.")],
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """List the subnets, security groups and instance profiles that can be set in an account and Region.

        \b
        Exit codes: 0 all could be read, 3 something could not.

        \b
        Example:
          drs-desktop launch-settings choices 012345678901 eu-west-1 --workspace demo
        """
        scope = Scope(account_id=AccountId(account), region=Region(region))

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            facts = await service.choices(scope)
            _say(call, launch_words.choice_lines(facts), launch_words.choice_json(facts))
            return ExitCode.INVALID if launch_words.unread_choices(facts) else ExitCode.DONE

        _perform(new_call(as_json), workspace, work)


def _register_set(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command("set")
    def set_values(
        group: Annotated[str | None, typer.Option("--group", metavar="NAME", help="A group.")] = None,
        server: Annotated[str | None, typer.Option("--server", metavar="NAME", help="A server.")] = None,
        subnet: Annotated[str | None, typer.Option("--subnet", metavar="ID")] = None,
        security_group: Annotated[
            list[str] | None, typer.Option("--security-group", metavar="ID", help="Repeat it.")
        ] = None,
        instance_type: Annotated[str | None, typer.Option("--instance-type", metavar="TYPE")] = None,
        instance_profile: Annotated[str | None, typer.Option("--instance-profile", metavar="NAME")] = None,
        private_ip: Annotated[
            str | None, typer.Option("--private-ip", metavar="ADDRESS", help="Only of a server.")
        ] = None,
        right_sizing: Annotated[chosen_by.SizingChoice | None, typer.Option("--right-sizing")] = None,
        disposition: Annotated[chosen_by.DispositionChoice | None, typer.Option("--disposition")] = None,
        copy_private_ip: Annotated[
            bool | None, typer.Option("--copy-private-ip/--no-copy-private-ip")
        ] = None,
        copy_tags: Annotated[bool | None, typer.Option("--copy-tags/--no-copy-tags")] = None,
        byol: Annotated[
            bool | None, typer.Option("--byol/--no-byol", help="The operating system's own licence.")
        ] = None,
        public_ip: Annotated[bool | None, typer.Option("--public-ip/--no-public-ip")] = None,
        monitoring: Annotated[bool | None, typer.Option("--monitoring/--no-monitoring")] = None,
        ebs_optimised: Annotated[bool | None, typer.Option("--ebs-optimised/--no-ebs-optimised")] = None,
        termination_protection: Annotated[
            bool | None, typer.Option("--termination-protection/--no-termination-protection")
        ] = None,
        cpu_credits: Annotated[chosen_by.CreditsChoice | None, typer.Option("--cpu-credits")] = None,
        tag: Annotated[
            list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="Of the instance; repeat it.")
        ] = None,
        clear: Annotated[
            list[str] | None,
            typer.Option("--clear", metavar="SETTING", help="Say nothing of it any more; repeat it."),
        ] = None,
        reset: Annotated[bool, typer.Option("--reset", help="Begin with nothing.")] = False,
        uses_group: Annotated[
            bool | None,
            typer.Option("--with-group/--without-group", help="Whether the group's defaults count for it."),
        ] = None,
        based_on: Annotated[
            int | None,
            typer.Option("--based-on", metavar="REVISION", help="Refuse if another revision stands there."),
        ] = None,
        offline: chosen_by.Offline = False,
        dry_run: chosen_by.DryRun = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Keep settings for a group or a server. AWS stays as it is until `launch-settings apply`.

        What is not given stays. A server's own value counts before its group's. A group that had nothing kept
        begins with: tags copied, started after the launch, no licence of its own.

        \b
        Exit codes: 0 kept (or nothing to change), 3 something is wrong with it; nothing was kept.

        \b
        Examples:
          drs-desktop launch-settings set --group payroll-web --subnet subnet-0a1b2c3d --workspace demo
          drs-desktop launch-settings set --server web-pay-01 --private-ip 10.0.1.25 --workspace demo
          drs-desktop launch-settings set --server web-pay-01 --clear private-ip --workspace demo
        """
        _one_of(group, server)
        values = {
            "subnet_id": subnet,
            "security_group_ids": security_group or None,
            "instance_type": instance_type,
            "instance_profile": instance_profile,
            "static_private_ip": private_ip,
            "right_sizing": right_sizing,
            "disposition": disposition,
            "copy_private_ip": copy_private_ip,
            "copy_tags": copy_tags,
            "os_byol": byol,
            "associate_public_ip": public_ip,
            "detailed_monitoring": monitoring,
            "ebs_optimised": ebs_optimised,
            "termination_protection": termination_protection,
            "cpu_credits": cpu_credits,
            "instance_tags": tag or None,
        }
        edit = chosen_by.edit_of(values, clear, is_reset=reset, uses_group=uses_group, based_on=based_on)

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            report = await _edited(service, group, server, edit, is_dry=dry_run, ask_aws=not offline)
            _say(call, launch_words.edit_lines(report), launch_words.edit_json(report))
            failed = any(one.level is Level.FAILED for one in report.findings)
            return ExitCode.INVALID if failed else ExitCode.DONE

        _perform(new_call(as_json), workspace, work)


async def _edited(
    service: LaunchSettingsApi,
    group: str | None,
    server: str | None,
    edit: SettingsEdit,
    *,
    is_dry: bool,
    ask_aws: bool,
) -> EditReport:
    if group is not None:
        return await service.edit_group(group, edit, is_dry=is_dry, ask_aws=ask_aws)
    return await service.edit_server(server or "", edit, is_dry=is_dry, ask_aws=ask_aws)


def _register_apply(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command()
    def apply(
        group: chosen_by.Groups = None,
        server: chosen_by.Servers = None,
        plan: chosen_by.Plans = None,
        dry_run: chosen_by.DryRun = False,
        yes: chosen_by.Yes = False,
        expect: Annotated[
            str | None,
            typer.Option(
                "--expect", metavar="FINGERPRINT", help="Write only what a dry run with this print showed."
            ),
        ] = None,
        accept_unchecked: Annotated[
            bool,
            typer.Option("--accept-unchecked", help="Write though something could not be checked."),
        ] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Write what is kept to AWS: the DRS launch configuration, then the EC2 launch template.

        Each server is read back. One that fails keeps no other back, and nothing is written to one that
        somebody changed since it was shown.

        \b
        Exit codes: 0 all as wanted, 3 nothing was written, 4 some servers are not as wanted.

        \b
        Example:
          drs-desktop launch-settings apply --group payroll-web --dry-run --workspace demo
        """
        selection = chosen_by.chosen_outright(group, server, plan)

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            preview = await service.preview(selection)
            launch_writing.expect(preview, expect)
            if not await launch_writing.goes_on(call, preview, is_dry=dry_run, is_sure=yes):
                return launch_writing.unwritten(preview)
            report = await service.apply(
                preview, accept_unchecked=accept_unchecked, progress=launch_writing.progress(call)
            )
            return launch_writing.reported(call, preview, report)

        _perform(new_call(as_json), workspace, work)


def _register_restore(settings: typer.Typer, new_call: _NewCall) -> None:
    @settings.command()
    def restore(
        group: chosen_by.Groups = None,
        server: chosen_by.Servers = None,
        plan: chosen_by.Plans = None,
        dry_run: chosen_by.DryRun = False,
        yes: chosen_by.Yes = False,
        force: Annotated[
            bool, typer.Option("--force", help="Put back though somebody else changed it since.")
        ] = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Put back in AWS what stood there before the latest apply; repeat it to go further back.

        What is kept here stays: the next apply would write it again.

        \b
        Exit codes: 0 all put back, 3 nothing was written, 4 some servers could not be.

        \b
        Example:
          drs-desktop launch-settings restore --server web-pay-01 --workspace demo
        """
        selection = chosen_by.chosen_outright(group, server, plan)

        async def work(call: Invocation, service: LaunchSettingsApi) -> ExitCode:
            preview = await service.preview_restore(selection)
            if not await launch_writing.goes_on(call, preview, is_dry=dry_run, is_sure=yes):
                return launch_writing.unwritten(preview)
            report = await service.restore(preview, is_forced=force, progress=launch_writing.progress(call))
            return launch_writing.reported(call, preview, report)

        _perform(new_call(as_json), workspace, work)


# ---- the work


def _perform(call: Invocation, workspace: str | None, work: _Work) -> None:
    async def main(call: Invocation) -> ExitCode:
        async with call.program.open(call.choice(workspace)) as services:
            return await work(call, _service(services))

    call.perform(main)


def _service(services: Services) -> LaunchSettingsApi:
    if services.launch_settings is None:
        raise NotFound(f"Workspace {services.info.name} has no launch settings.")
    return services.launch_settings


def _say(call: Invocation, lines: Iterable[str], body: dict[str, Any]) -> None:
    for line in lines:
        call.say(line)
    if call.as_json:
        write_json_line(call.streams.stdout, body)


def _one_of(group: str | None, server: str | None) -> None:
    if (group is None) == (server is None):
        raise UsageProblem("Give either --group or --server.")
