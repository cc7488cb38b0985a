"""The pages of the simulated access portal: what a browser is shown, without a line of script."""

from collections.abc import Iterable
from html import escape

from drs_desktop.simulator.core.sso_directory import SsoUser
from drs_desktop.simulator.core.sso_grants import SignInRequest
from drs_desktop.simulator.wire.answers import Answer
from drs_desktop.simulator.wire.sso_requests import SIGN_IN_PAGE

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self' http://127.0.0.1:*",  # a browser is sent back to the client's own port
    )
)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1f2937;
  background: repeating-linear-gradient(45deg, #f3f4f6 0 14px, #e9e5f5 14px 28px) }
main { max-width: 30rem; margin: 12vh auto; padding: 2rem; background: #fff; border: 2px solid #6d28d9 }
.code { font: 700 1.6rem/1 ui-monospace, monospace; letter-spacing: .1em }
button, select, input { font: inherit; padding: .4rem .9rem; margin: .2rem .4rem .2rem 0 }
"""


def decision_page(request: SignInRequest, users: Iterable[SsoUser]) -> Answer:
    """Show who asks, and let a person approve or deny."""
    options = "".join(f'<option value="{escape(u.name)}">{escape(u.full_name)}</option>' for u in users)
    shown = f'<p>The program must show this code:</p><p class="code">{escape(request.user_code or "")}</p>'
    return page(
        200,
        "Sign in",
        f"<p><strong>{escape(request.client.name)}</strong> asks to be signed in.</p>"
        f"{shown if request.is_device else ''}"
        f'<form method="post" action="{SIGN_IN_PAGE}">'
        f'<input type="hidden" name="request" value="{escape(request.request_id)}">'
        f'<p><label>Sign in as <select id="user" name="user">{options}</select></label></p>'
        '<button id="approve" name="decision" value="approve">Approve</button>'
        '<button id="deny" name="decision" value="deny">Deny</button></form>',
    )


def code_page() -> Answer:
    """Ask for the code that the program shows."""
    return page(
        200,
        "Sign in",
        f'<form method="get" action="{SIGN_IN_PAGE}"><p><label>Code '
        '<input id="user_code" name="user_code" autocomplete="off" autofocus></label></p>'
        "<button>Go on</button></form>",
    )


def message_page(status: int, title: str, text: str) -> Answer:
    """Show one sentence."""
    return page(status, title, f"<p>{escape(text)}</p>")


def page(status: int, title: str, content: str) -> Answer:
    """Return a page that says it belongs to a simulation; `content` is HTML."""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)} (simulation)</title>'
        f"<style>{_STYLE}</style><main><p>SIMULATION, not AWS</p><h1>{escape(title)}</h1>{content}</main>"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    return Answer(status=status, body=body.encode(), headers=headers)


def sent_to(address: str) -> Answer:
    """Send the browser elsewhere."""
    headers = (("Location", address), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"))
    return Answer(status=303, body=b"", headers=headers)
