"""Commands about who is at the console: login, logout, whoami."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from drs_desktop.cli import options
from drs_desktop.cli.credential_words import credential_lines, credentials_json
from drs_desktop.cli.exit_codes import ExitCode
from drs_desktop.cli.invocation import Invocation
from drs_desktop.cli.json_output import write_json_line
from drs_desktop.cli.program import Program, WorkspaceChoice
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.credential_source import BadProfile, CredentialKind, CredentialsInForce
from drs_desktop.domain.sign_in import Flow, Invitation, SignInState, minutes_left
from drs_desktop.services.sign_in_service import SignInView

Session = Annotated[
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        help="The sso-session or profile of ~/.aws/config; without it the chosen profile's, or the only one.",
    ),
]
Device = Annotated[
    bool,
    typer.Option("--device", help="Show a code to approve on any device, instead of opening a browser here."),
]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Print the address; open no browser.")]
Share = Annotated[
    bool,
    typer.Option(
        "--share", help="Also keep the sign-in where the AWS CLI and the SDKs find it (~/.aws/sso/cache)."
    ),
]
KeepPortal = Annotated[
    bool,
    typer.Option("--keep-portal", help="Forget it here only; the sign-in at AWS lives on until it ends."),
]


def register(app: typer.Typer, program: Program, streams: Streams) -> None:
    """Add the commands to the application."""

    @app.command()
    def login(
        session: Session = None,
        device: Device = False,
        no_open: NoOpen = False,
        share: Share = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Sign in to IAM Identity Center.

        A browser opens, and comes back by itself once you have approved. Where none can be opened a code is
        shown, to be approved on any device. The sign-in is kept in the system's keyring, never in plain text;
        a sign-in of the AWS CLI counts without this command.

        \b
        Exit codes:
          0 signed in, 3 which Identity Center is not clear or nothing could keep the sign-in,
          6 denied or nobody approved in time, 9 Identity Center could not be reached.

        \b
        Examples:
          drs-desktop login
          drs-desktop login --session corp --device
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        flow = Flow.DEVICE if device or not (no_open or program.can_open_browser()) else Flow.BROWSER
        call.perform(
            lambda call: _login(
                call, WorkspaceChoice(name=workspace), session, flow, opens=not no_open, share=share
            )
        )

    @app.command()
    def logout(
        session: Session = None,
        keep_portal: KeepPortal = False,
        as_json: options.Json = False,
        workspace: options.Workspace = None,
    ) -> None:
        """Forget the sign-in, and end it at AWS.

        What AWS has started goes on there, and is watched again after the next sign-in. The AWS CLI's own
        sign-in is not touched: `aws sso logout` ends that.

        \b
        Exit codes: 0 signed out, or nobody was signed in; 9 forgotten here, but AWS could not be told.

        \b
        Example:
          drs-desktop logout
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _logout(call, WorkspaceChoice(name=workspace), session, not keep_portal))

    @app.command()
    def whoami(
        session: Session = None, as_json: options.Json = False, workspace: options.Workspace = None
    ) -> None:
        """Show what AWS is reached with, who AWS says that is, and until when.

        For a sign-in to IAM Identity Center also where it is kept, and the roles that it gives. A profile
        that needs the code of an MFA device asks for it.

        \b
        Exit codes: 0 AWS knows who it is, 6 not signed in or no usable credentials, 9 AWS could not be asked.

        \b
        Examples:
          drs-desktop whoami --json
          drs-desktop whoami --session PROFILE
        """
        call = Invocation(program=program, streams=streams, as_json=as_json)
        call.perform(lambda call: _whoami(call, WorkspaceChoice(name=workspace), session))


async def _login(
    call: Invocation,
    choice: WorkspaceChoice,
    name: str | None,
    flow: Flow,
    *,
    opens: bool,
    share: bool,
) -> ExitCode:
    def show(invitation: Invitation) -> None:
        for line in _invitation_lines(invitation):
            call.say(line)
        if opens and invitation.flow is Flow.BROWSER:
            call.program.open_browser(invitation.url)

    async with call.program.open_sign_in(choice) as service:
        session = await service.session_named(name)
        view = await service.sign_in(session, flow, show, share=share, must_last=True)
        return _report(call, view, ExitCode.DONE)


async def _logout(call: Invocation, choice: WorkspaceChoice, name: str | None, revoke: bool) -> ExitCode:
    async with call.program.open_sign_in(choice) as service:
        session = await service.session_named(name)
        was_signed_in = await service.sign_out(session, revoke=revoke)
    end = "Signed out of" if was_signed_in else "Nobody was signed in by this program to"
    call.say(f"{end} {session.title}.")
    if call.as_json:
        body = {"session": session.title, "was_signed_in": was_signed_in, "exit_code": int(ExitCode.DONE)}
        write_json_line(call.streams.stdout, body)
    return ExitCode.DONE


async def _whoami(call: Invocation, choice: WorkspaceChoice, name: str | None) -> ExitCode:
    async with call.program.open_credentials(choice) as gateway:
        found = await gateway.in_force(name) if gateway else None
    if found is not None and not _may_be_sso(found):
        return _report_credentials(call, found)
    async with call.program.open_sign_in(choice) as service:
        view = await service.who(await service.session_named(name))
    in_force = found if found and found.kind.is_sso else None
    if view.problem is not None and view.is_signed_in:
        return _report(call, view, ExitCode(view.problem.exit_code), in_force)
    return _report(call, view, ExitCode.DONE if view.is_signed_in else ExitCode.SIGN_IN_NEEDED, in_force)


def _may_be_sso(found: CredentialsInForce) -> bool:
    """Return whether a sign-in to Identity Center is what it is about: a name may be that of a session."""
    is_unknown = found.kind is CredentialKind.NONE and not isinstance(found.problem, BadProfile)
    return found.kind.is_sso or is_unknown


def _report_credentials(call: Invocation, found: CredentialsInForce) -> ExitCode:
    code = ExitCode(found.problem.exit_code) if found.problem else ExitCode.DONE
    for line in credential_lines(found):
        call.say(line)
    if found.problem is not None:
        call.warn(str(found.problem))
    if call.as_json:
        body = {"credentials": credentials_json(found), "exit_code": int(code)}
        write_json_line(call.streams.stdout, body)
    return code


def _report(
    call: Invocation, view: SignInView, code: ExitCode, in_force: CredentialsInForce | None = None
) -> ExitCode:
    for line in (*(credential_lines(in_force) if in_force else ()), *_lines(view)):
        call.say(line)
    if view.problem is not None:
        call.warn(str(view.problem))
    if call.as_json:
        more = {"credentials": credentials_json(in_force)} if in_force else {}
        write_json_line(call.streams.stdout, {**sign_in_json(view), **more, "exit_code": int(code)})
    return code


def _invitation_lines(invitation: Invitation) -> tuple[str, ...]:
    if invitation.user_code is None:
        return (
            "Approve the sign-in in your browser. If none has opened, open this address here:",
            invitation.url,
        )
    return (
        "Open this address on any device, check that it shows the code, and approve:",
        invitation.url,
        f"Code: {invitation.user_code}",
        f"Where it must be typed: {invitation.bare_url}",
    )


def _lines(view: SignInView) -> list[str]:
    sign_in = view.sign_in
    lines = [f"{sign_in.session.title}: {_state_words(view)}"]
    if sign_in.kept_in:
        lines.append(f"Kept in {sign_in.kept_in}.")
    if view.identity:
        lines.append(f"AWS knows you as {view.identity}")
    lines += [f"  {one.account_id}  {one.account_name}  {one.role_name}" for one in view.roles]
    if not view.is_signed_in:
        lines.append("Sign in with `drs-desktop login`.")
    return lines


def _state_words(view: SignInView) -> str:
    ends_at = view.sign_in.ends_at
    if ends_at is None or view.state in (SignInState.EXPIRED, SignInState.SIGNING_IN):
        return view.state.value
    until = f"until {ends_at:%Y-%m-%d %H:%M} UTC, {minutes_left(timedelta(seconds=view.seconds_left))}"
    return f"{view.state.value} {until}{', renewed by itself' if view.sign_in.renews_itself else ''}"


def sign_in_json(view: SignInView) -> dict[str, Any]:
    """Return who is signed in; no secret is in it."""
    sign_in = view.sign_in
    return {
        "session": sign_in.session.title,
        "start_url": sign_in.session.start_url,
        "region": sign_in.session.region,
        "state": view.state.value,
        "is_signed_in": view.is_signed_in,
        "ends_at": sign_in.ends_at.isoformat() if sign_in.ends_at else None,
        "seconds_left": round(view.seconds_left, 1),
        "renews_itself": sign_in.renews_itself,
        "kept_in": sign_in.kept_in or None,
        "identity": view.identity or None,
        "roles": [
            {"account": one.account_id, "account_name": one.account_name, "role": one.role_name}
            for one in view.roles
        ],
        "problem": str(view.problem) if view.problem else None,
    }
