"""What stands in the way of a change to groups and plans: the one validator of every save and every import.

It looks at the groups and plans as they would be after the change, so that a file may bring a plan together
with the groups that the plan needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from drs_desktop.domain.document_versions import Document, DocumentChange, id_of
from drs_desktop.domain.group_conflicts import doubled_machines, group_problems, name_problem, overlaps
from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.protection_group import ProtectionGroup, missing_members
from drs_desktop.domain.recovery_plan import RecoveryPlan, plan_problems
from drs_desktop.domain.source_server import SourceServer


@dataclass(frozen=True, kw_only=True)
class ServersKnown:
    """The servers that could be read, and where none could.

    Attributes:
        servers: every server known, of whatever age.
        scopes: the accounts and Regions of this workspace.
        unread: those of which the present servers are not known, with the reason.
    """

    servers: tuple[SourceServer, ...] = ()
    scopes: frozenset[Scope] = frozenset()
    unread: Mapping[Scope, str] = field(default_factory=dict)


def after_changes(shelf: PlanDocument, changes: Sequence[DocumentChange]) -> PlanDocument:
    """Return the groups and plans as they would be."""
    groups = {group.group_id: group for group in shelf.groups}
    plans = {plan.plan_id: plan for plan in shelf.plans}
    for change in changes:
        document = change.document
        if isinstance(document, ProtectionGroup):
            groups.pop(document.group_id, None)
            groups |= {} if change.is_removal else {document.group_id: document}
        else:
            plans.pop(document.plan_id, None)
            plans |= {} if change.is_removal else {document.plan_id: document}
    return PlanDocument(groups=tuple(groups.values()), plans=tuple(plans.values()))


def change_problems(
    shelf: PlanDocument,
    changes: Sequence[DocumentChange],
    known: ServersKnown,
    live: Mapping[str, ExecutionId],
) -> tuple[str, ...]:
    """Return why a change cannot be made, a sentence each.

    Args:
        shelf: the groups and plans as they are.
        live: the live execution of each plan that has one, by the plan's name.
    """
    after = after_changes(shelf, changes)
    saved = [change.document for change in changes if not change.is_removal]
    return (
        *_in_use(shelf, changes, live),
        *_still_referred_to(after, changes),
        *(problem for document in saved for problem in _own_problems(document, after, known)),
        *_server_problems(after, [one for one in saved if isinstance(one, ProtectionGroup)], known),
    )


def unchecked(changes: Sequence[DocumentChange], known: ServersKnown) -> tuple[str, ...]:
    """Return what could not be checked because servers could not be read; that is no passed check."""
    groups = [one.document for one in changes if isinstance(one.document, ProtectionGroup)]
    changed = [group for group in groups if not _is_removed(group, changes)]
    return tuple(
        f"Group {group.name}: whether its servers exist and are in no other group could not be checked in "
        f"{scope}: {known.unread[scope]}"
        for group in changed
        for scope in group.scopes
        if scope in known.unread
    )


def _is_removed(document: Document, changes: Sequence[DocumentChange]) -> bool:
    return any(change.is_removal and change.document is document for change in changes)


def why_not_edit(
    document: Document, plans: Iterable[RecoveryPlan], live: Mapping[str, ExecutionId]
) -> tuple[str, ...]:
    """Return why a group or plan cannot be changed now: a paused execution holds it too."""
    kind = "Plan" if isinstance(document, RecoveryPlan) else "Group"
    return tuple(
        f"{kind} {document.name} is in use: execution {live[plan.name]} of plan {plan.name} is live. "
        "Change it once that has ended."
        for plan in plans
        if plan.name in live and _belongs_to(document, plan)
    )


def why_not_remove(
    document: Document, plans: Iterable[RecoveryPlan], live: Mapping[str, ExecutionId]
) -> tuple[str, ...]:
    """Return why a group or plan cannot be removed now."""
    held = tuple(plans)
    return (*why_not_edit(document, held, live), *_referred_to(document, held))


def _in_use(
    shelf: PlanDocument, changes: Sequence[DocumentChange], live: Mapping[str, ExecutionId]
) -> Iterable[str]:
    for change in changes:
        yield from why_not_edit(change.document, shelf.plans, live)


def _belongs_to(document: Document, plan: RecoveryPlan) -> bool:
    if isinstance(document, RecoveryPlan):
        return document.plan_id == plan.plan_id
    return any(document.group_id in wave.group_ids for wave in plan.waves)


def _still_referred_to(after: PlanDocument, changes: Sequence[DocumentChange]) -> Iterable[str]:
    for change in changes:
        if change.is_removal:
            yield from _referred_to(change.document, after.plans)


def _referred_to(document: Document, plans: Iterable[RecoveryPlan]) -> Iterable[str]:
    users = [plan.name for plan in plans if _belongs_to(document, plan)]
    if isinstance(document, ProtectionGroup) and users:
        yield (
            f"Group {document.name} cannot be removed: it is in {', '.join(sorted(users))}. "
            "Take it out of there first."
        )


def _own_problems(document: Document, after: PlanDocument, known: ServersKnown) -> Iterable[str]:
    if isinstance(document, ProtectionGroup):
        yield from group_problems(document, after.groups)
        yield from (
            f"Group {document.name} looks into {scope}, which is not registered in this workspace."
            for scope in document.scopes
            if scope not in known.scopes
        )
        return
    taken = [plan.name for plan in after.plans if id_of(plan) != document.plan_id]
    yield from filter(None, (name_problem("plan", document.name, taken),))
    yield from (f"Plan {document.name}: {problem}" for problem in plan_problems(document))
    groups = {group.group_id for group in after.groups}
    for wave in document.waves:
        yield from (
            f"Plan {document.name}: wave {wave.number} ({wave.name}) names the group {group_id}, "
            "which does not exist."
            for group_id in wave.group_ids
            if group_id not in groups
        )


def _server_problems(
    after: PlanDocument, changed: Sequence[ProtectionGroup], known: ServersKnown
) -> Iterable[str]:
    if not changed:
        return
    names = {group.name for group in changed}
    for overlap in overlaps(after.groups, known.servers):
        if names & set(overlap.group_names):
            yield overlap.sentence
    for machine in doubled_machines(after.groups, known.servers):
        if names & machine.group_names:
            yield machine.sentence
    for group in changed:
        for key in missing_members(group, known.servers):
            if key.scope in known.scopes and key.scope not in known.unread:
                yield f"Group {group.name} lists {key}, which DRS does not have."
