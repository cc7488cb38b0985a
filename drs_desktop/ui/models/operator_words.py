"""Who is at the console, in words: for the status bar, the banners, and what can be asked for now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.services.operator_api import OperatorView, SignInWay
from drs_desktop.services.views import ActionState, InventoryView
from drs_desktop.ui.models.status_text import Shape, Tone, counted, duration_words, moment_words, tr

SESSION_VERBS = ("sign_in", "sign_out", "elevate", "give_up", "lock", "unlock", "idle")
_MEMORY = "memory"
_REFUSED = tr(
    "AWS no longer accepts the sign-in to {0}. What it was asked to do goes on; nothing new starts."
)
_YES = ActionState(enabled=True)


@dataclass(frozen=True, kw_only=True)
class Banner:
    """One line that stands above everything until what it says is over.

    Attributes:
        key: the same for the same matter; also part of object names.
        action_id: of the action on its button; empty for none.
        is_emergency: whether it is framed twice, as a recovery is.
    """

    key: str
    text: str
    tone: Tone
    shape: Shape
    action_id: str = ""
    action: str = ""
    is_emergency: bool = False


# ---- the status bar


def person(view: OperatorView) -> str:
    """Return the name under which AWS knows them, or the one at this computer."""
    return view.access.principal.rpartition("/")[2] if "/" in view.access.principal else view.operator


def status_words(view: OperatorView) -> str:
    """Return until when who is signed in, with which role; what is cut off first stands last."""
    role = view.access.role.value
    if view.access.elevation is not None:
        role = tr("{0} (emergency)").format(role)
    return " · ".join(part for part in (sign_in_words(view), role, person(view), _account(view)) if part)


def sign_in_words(view: OperatorView) -> str:
    """Return how the sign-in stands, and what becomes of it when the program ends."""
    if view.way is SignInWay.NOT_NEEDED:
        return tr("no sign-in needed")
    if view.way is SignInWay.OTHER:
        name = tr("profile {0}").format(view.profile) if view.profile else tr("own credentials")
        return name if view.access.principal else tr("not signed in")
    return _center_words(view)


def _center_words(view: OperatorView) -> str:
    sign_in = view.sign_in.sign_in if view.sign_in else None
    ends_at = sign_in.ends_at if sign_in else None
    if view.has_ended:
        return tr("sign-in ended at {0}").format(_clock(ends_at))
    if view.is_refused:
        return tr("sign-in refused by AWS")
    if sign_in is None or view.must_sign_in:
        return tr("nobody is signed in")
    words = tr("signed in until {0}").format(_clock(ends_at))
    if sign_in.renews_itself:
        words = tr("signed in, renewed by itself")
    return tr("{0}, in memory only").format(words) if is_in_memory(view) else words


def is_in_memory(view: OperatorView) -> bool:
    """Return whether the sign-in is lost when the program ends."""
    return view.sign_in is not None and view.sign_in.sign_in.kept_in.startswith(_MEMORY)


def tip_words(view: OperatorView) -> str:
    """Return all that is known of who it is, for the tooltip and a screen reader."""
    sign_in = view.sign_in.sign_in if view.sign_in else None
    lines = [
        view.access.principal and tr("AWS knows you as {0}.").format(view.access.principal),
        view.access.source,
        sign_in and sign_in.kept_in and tr("The sign-in is kept in {0}.").format(sign_in.kept_in),
        view.problem,
    ]
    return "\n".join(line for line in lines if line)


def _account(view: OperatorView) -> str:
    parts = view.access.principal.split(":")
    return parts[4] if len(parts) > 5 else ""


def _clock(at: datetime | None) -> str:
    return at.astimezone().strftime("%H:%M") if at else "–"


# ---- banners


def banners(
    view: OperatorView | None, endpoint: Endpoint | None, inventory: InventoryView | None
) -> tuple[Banner, ...]:
    """Return what must stand above everything now, the gravest first."""
    found = [*_endpoint(endpoint)]
    if view is not None:
        found = [*_lock(view), *_emergency(view), *found, *_sign_in(view, inventory)]
    return (*found, *_offline(view, inventory))


def _lock(view: OperatorView) -> Iterator[Banner]:
    if view.lock.is_locked:
        span = duration_words(view.lock.locked_for)
        text = tr("Locked for {0}. Executions go on and are shown; nothing can be changed from here.")
        yield Banner(
            key="lock",
            text=text.format(span),
            tone=Tone.HELD,
            shape=Shape.PAUSE,
            action_id="unlock",
            action=tr("Unlock…"),
        )


def _emergency(view: OperatorView) -> Iterator[Banner]:
    taken = view.access.elevation
    if taken is not None:
        text = tr("EMERGENCY: {0} has taken the role {1} until {2}: {3}")
        yield Banner(
            key="emergency",
            text=text.format(person(view), taken.role, moment_words(taken.until), taken.reason),
            tone=Tone.FAILED,
            shape=Shape.TRIANGLE,
            action_id="give_up",
            action=tr("Give it back"),
            is_emergency=True,
        )


def _endpoint(endpoint: Endpoint | None) -> Iterator[Banner]:
    if endpoint is not None and endpoint.url is not None and not endpoint.is_simulated:
        text = tr("Not the usual address of AWS: {0}. It is no simulation: what is done here may be real.")
        yield Banner(
            key="endpoint",
            text=text.format(endpoint.url),
            tone=Tone.UNKNOWN,
            shape=Shape.QUESTION,
        )


def _sign_in(view: OperatorView, inventory: InventoryView | None) -> Iterator[Banner]:
    words = _missing_sign_in(view) or _refused_reads(view, inventory) or view.warning
    if words:
        yield Banner(
            key="sign-in",
            text=words,
            tone=Tone.HELD,
            shape=Shape.TRIANGLE,
            action_id="sign_in",
            action=tr("Sign in…"),
        )


def _refused_reads(view: OperatorView, inventory: InventoryView | None) -> str:
    """Return that AWS lets nobody read any more: a sign-in can be revoked while its token would count."""
    if view.sign_in is None or not _is_refused_everywhere(inventory):
        return ""
    return _REFUSED.format(view.sign_in.sign_in.session.title)


def _is_refused_everywhere(inventory: InventoryView | None) -> bool:
    scopes = inventory.scopes if inventory else ()
    return bool(scopes) and all(one.condition is ScopeCondition.SIGN_IN_NEEDED for one in scopes)


def _missing_sign_in(view: OperatorView) -> str:
    if not view.must_sign_in or view.sign_in is None:
        return ""
    title = view.sign_in.sign_in.session.title
    if view.has_ended:
        at = _clock(view.sign_in.sign_in.ends_at)
        text = tr("The sign-in to {0} ended at {1}. What AWS was asked to do goes on; nothing new starts.")
        return text.format(title, at)
    if view.is_refused:
        return _REFUSED.format(title)
    return tr("Nobody is signed in to {0}. What is known is shown; nothing can start.").format(title)


def _offline(view: OperatorView | None, inventory: InventoryView | None) -> Iterator[Banner]:
    scopes = inventory.scopes if inventory else ()
    if not scopes or any(scope.is_ok for scope in scopes) or _is_refused_everywhere(inventory):
        return
    if view is not None and view.must_sign_in:
        return
    places = counted(len(scopes), tr("account and Region"), tr("accounts and Regions"))
    if all(scope.condition is ScopeCondition.UNREACHABLE for scope in scopes):
        text = tr("Offline: AWS cannot be reached from here. All that is known is shown with its age ({0}).")
    else:
        text = tr("Nothing could be read of AWS ({0}); Source servers says why. What is shown is older.")
    yield Banner(
        key="offline",
        text=text.format(places),
        tone=Tone.UNKNOWN,
        shape=Shape.QUESTION,
        action_id="refresh",
        action=tr("Try again"),
    )


# ---- what can be asked for now


def session_states(view: OperatorView | None) -> Mapping[str, ActionState]:
    """Return for every verb of the session whether it can be asked for now, and if not, why."""
    if view is None:
        return dict.fromkeys(SESSION_VERBS, _no(tr("The workspace is not open.")))
    is_simple = view.way is SignInWay.NOT_NEEDED
    locked = view.lock.reason
    return {
        "sign_in": _no(tr("In a simulation nobody needs to sign in.")) if is_simple else _YES,
        "sign_out": _sign_out(view),
        "elevate": _no(locked) if locked else _elevate(view),
        "give_up": _no(locked) if locked else _give_up(view),
        "lock": _no(tr("It is locked already.")) if locked else _YES,
        "unlock": _YES if locked else _no(tr("It is not locked.")),
        "idle": view.can_change_settings,
    }


def _no(reason: str) -> ActionState:
    return ActionState(enabled=False, reason=reason)


def _sign_out(view: OperatorView) -> ActionState:
    if view.way is not SignInWay.IDENTITY_CENTER or view.sign_in is None:
        return _no(tr("Nobody is signed in to an Identity Center here."))
    return _YES if view.sign_in.sign_in.ends_at is not None else _no(tr("Nobody is signed in."))


def _elevate(view: OperatorView) -> ActionState:
    if view.access.elevation is not None:
        return _no(tr("An emergency role is in force already."))
    return _YES if view.access.principal else _no(tr("Nobody is signed in, so nobody can take a role."))


def _give_up(view: OperatorView) -> ActionState:
    return _YES if view.access.elevation else _no(tr("No emergency role is in force."))
