"""Groups and plans as hypothesis draws them: whatever a plan file may hold."""

from datetime import timedelta

from hypothesis import strategies as st

from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Region, Scope, ServerKey, SourceServerId
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.domain.steps import StepSpec

_slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
_words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
_texts = st.one_of(st.just(""), _words)
_lengths = st.none() | st.integers(min_value=1, max_value=34_560_000).map(lambda s: timedelta(seconds=s))
_scopes = st.builds(
    Scope,
    account_id=st.from_regex(r"[0-9]{12}", fullmatch=True).map(AccountId),
    region=st.sampled_from(["eu-west-1", "us-gov-east-1"]).map(Region),
)
_keys = st.builds(
    ServerKey,
    account_id=st.sampled_from(["012345678901", "000000000000"]).map(AccountId),
    region=st.sampled_from(["eu-west-1", "eu-central-1"]).map(Region),
    source_server_id=st.from_regex(r"s-[0-9a-f]{17}", fullmatch=True).map(SourceServerId),
)
_steps = st.builds(
    StepSpec,
    kind=_words,
    name=_words,
    settings=st.dictionaries(_words, _texts | st.integers().map(str), max_size=3).map(
        lambda d: tuple(d.items())
    ),
    instruction=_texts,
    time_limit=_lengths,
    retries=st.integers(0, 100),
    is_critical=st.booleans(),
)


@st.composite
def _groups(draw: st.DrawFn, group_id: str) -> ProtectionGroup:
    fields = {"name": draw(_words), "description": draw(_texts), "owner": draw(_texts)}
    if draw(st.booleans()):
        keys = tuple(draw(st.lists(_keys, min_size=1, max_size=6, unique=True)))
        return ProtectionGroup(
            group_id=GroupId(group_id),
            selection=SelectionKind.LIST,
            scopes=tuple(dict.fromkeys(key.scope for key in keys)),
            server_keys=keys,
            **fields,
        )
    return ProtectionGroup(
        group_id=GroupId(group_id),
        selection=SelectionKind.TAGS,
        scopes=tuple(draw(st.lists(_scopes, min_size=1, max_size=3, unique=True))),
        tags=tuple(draw(st.dictionaries(_words, _texts, min_size=1, max_size=3)).items()),
        **fields,
    )


@st.composite
def _waves(draw: st.DrawFn, number: int) -> Wave:
    return Wave(
        number=number,
        name=draw(_words),
        description=draw(_texts),
        group_ids=tuple(GroupId(one) for one in draw(st.lists(_slugs, min_size=1, max_size=3))),
        depends_on=draw(st.none() | st.lists(st.integers(1, 9), max_size=3).map(tuple)),
        pause_before=draw(st.booleans()),
        instruction=draw(_texts),
        failure_policy=draw(st.sampled_from(FailurePolicy)),
        success_threshold=draw(st.floats(0.01, 1.0)),
        time_limit=draw(_lengths),
        optional_servers=draw(st.frozensets(_keys, max_size=3)),
        steps_before=tuple(draw(st.lists(_steps, max_size=2))),
        steps_after=tuple(draw(st.lists(_steps, max_size=2))),
    )


@st.composite
def _plans(draw: st.DrawFn, plan_id: str) -> RecoveryPlan:
    count = draw(st.integers(1, 3))
    return RecoveryPlan(
        plan_id=PlanId(plan_id),
        name=draw(_words),
        description=draw(_texts),
        owner=draw(_texts),
        notes=draw(_texts),
        recovery_time=draw(_lengths),
        recovery_point=draw(_lengths),
        waves=tuple(draw(_waves(number)) for number in range(1, count + 1)),
    )


@st.composite
def plan_documents(draw: st.DrawFn) -> PlanDocument:
    """Draw groups and plans, with every text, list and number that a file may hold."""
    group_ids = draw(st.lists(_slugs, max_size=3, unique=True))
    plan_ids = draw(st.lists(_slugs, max_size=2, unique=True))
    return PlanDocument(
        groups=tuple(draw(_groups(one)) for one in group_ids),
        plans=tuple(draw(_plans(one)) for one in plan_ids),
    )
