"""What happens to consoles: killed, stopped, followed, locked out of the database, pointed at another AWS."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from drs_desktop.domain.errors import AnotherDriver, StorageError, WrongEndpoint
from tests.helpers.engine_rig import Console
from tests.simulation.machine.base import EXPECTED, SECOND, Machine


class Processes(Machine):
    """Everything that may become of a console."""

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), decided=st.booleans())
    def console_is_killed_and_another_takes_over(self, data: Any, decided: bool) -> None:
        self.done("kill")
        console = data.draw(st.sampled_from(self.alive), "console")
        self.run(console.kill())
        self.open_and_drive(decided=decided)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), points=st.integers(1, 30))
    def console_is_killed_in_the_middle(self, data: Any, points: int) -> None:
        """Kill it at its n-th port call from now on."""
        console = data.draw(st.sampled_from(self.alive), "console")
        left = points

        def count(where: Console, _name: str) -> None:
            nonlocal left
            if where is console:
                left -= 1
                if left == 0:
                    where.strike()

        async def work() -> None:
            self.rig.on_point = count
            await self.rig.clock.advance(timedelta(minutes=1))
            self.rig.on_point = None
            await console.kill()

        self.run(work())
        self.done("kill in the middle")
        self.open_and_drive(decided=True)

    @precondition(lambda self: len(self.alive) < 3)
    @rule(decided=st.booleans(), host=st.sampled_from(["host-1", "host-2"]))
    def another_console_wants_the_seat(self, decided: bool, host: str) -> None:
        was_driven = [e for e in self.rig.execution_ids if self.is_driven(e)]
        self.done("second driver while the first drives" if was_driven else "second driver")
        self.open_and_drive(decided=decided, host=host)

    def open_and_drive(self, *, decided: bool, host: str = "host-1") -> None:
        async def work() -> None:
            console = await self.rig.console(f"driver-{len(self.rig.consoles) + 1}", host=host)
            for execution_id in self.rig.execution_ids:
                try:
                    await console.drive(execution_id, decided=decided)
                except AnotherDriver:
                    self.done("driver kept out")
                except EXPECTED:
                    continue

        self.run(work())

    @precondition(lambda self: self.awake)
    @rule(data=st.data())
    def process_is_stopped(self, data: Any) -> None:
        self.done("SIGSTOP")
        data.draw(st.sampled_from(self.awake), "console").stop()

    def stopped_processes_go_on(self) -> None:
        for console in self.alive:
            console.go_on()
        self.advance(SECOND)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def database_refuses_writes(self, data: Any) -> None:
        self.done("write error")
        data.draw(st.sampled_from(self.alive), "console").journal.write_error = StorageError("disk full")

    def database_writes_again(self) -> None:
        for console in self.rig.consoles:
            console.journal.write_error = None

    @precondition(lambda self: not self.was_elsewhere)
    @rule()
    def console_of_another_aws_is_refused(self) -> None:
        async def work() -> None:
            console = await self.rig.console("driver-elsewhere", host="host-3", fingerprint="another")
            for execution_id in self.rig.execution_ids:
                with pytest.raises((WrongEndpoint, AnotherDriver)):
                    await console.drive(execution_id)
            await console.close()

        self.was_elsewhere = True
        if not any(console.journal.write_error for console in self.rig.consoles):
            self.done("wrong endpoint")
            self.run(work())
