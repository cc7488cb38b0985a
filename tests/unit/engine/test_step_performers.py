"""Which instance a step looks at."""

from dataclasses import replace

from drs_desktop.domain.ids import RecoveryInstanceId
from drs_desktop.domain.steps import TCP_PROBE, StepSpec
from drs_desktop.engine.settings import EngineSettings
from drs_desktop.engine.step_performers import StepTools, TcpProbe
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, Play, a_frozen_wave, a_key, an_instance
from tests.helpers.fakes import FakeAws, FakeClock


@on_loop
async def test_a_probe_asks_the_instance_that_we_launched_and_no_other_of_the_server() -> None:
    aws, asked = FakeAws(), []
    ours = replace(an_instance(a_key(1), "drsjob-1"), private_ip="10.0.0.1")
    other = replace(ours, recovery_instance_id=RecoveryInstanceId("i-other"), private_ip="10.9.9.9")
    aws.drs(SCOPE).instances = [ours, other]
    play = Play(
        [
            a_frozen_wave(
                1,
                [a_key(1)],
                steps_after=(StepSpec(kind=TCP_PROBE, name="port", settings=(("port", "443"),)),),
            )
        ]
    )
    play.accept()
    play.end_job()
    play.see_instances()
    (step,) = play.wave().steps.values()

    class OnlyTheOther:
        async def can_connect(self, address: str, port: int) -> bool:
            asked.append(address)
            return address == "10.9.9.9"

    tools = StepTools(aws=aws, clock=FakeClock(), prober=OnlyTheOther(), settings=EngineSettings())
    outcome = await TcpProbe().perform(step, play.state, tools)
    assert asked == ["10.0.0.1"]
    assert not outcome.is_done
