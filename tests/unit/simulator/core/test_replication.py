from datetime import timedelta

import pytest

from drs_desktop.simulator.core.replication import Replication, ReplicationState
from tests.unit.simulator.builders import START


@pytest.mark.parametrize(
    ("state", "minutes"),
    [
        (ReplicationState.STALLED, 15),
        (ReplicationState.DISCONNECTED, 15),
        (ReplicationState.BACKLOG, 5),
        (ReplicationState.CONTINUOUS, 5),
    ],
)
def test_lag_grows_only_while_nothing_moves(state: ReplicationState, minutes: int) -> None:
    replication = Replication(state=state, lag=timedelta(minutes=5), measured_at=START)
    assert replication.lag_at(START + timedelta(minutes=10)) == timedelta(minutes=minutes)
