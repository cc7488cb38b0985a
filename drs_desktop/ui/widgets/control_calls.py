"""What a person decided about an execution, as the call of the service that does it."""

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.api import ExecutionApi
from drs_desktop.ui.models.controls import Decision


async def carry_out(executions: ExecutionApi, execution_id: ExecutionId, decision: Decision) -> None:
    """Ask the service for what was decided; runs on the engine's thread."""
    wave, step = decision.choice.wave, decision.choice.step
    match decision.verb:
        case "note":
            await executions.add_note(execution_id, decision.text)
        case "clean_up":
            await executions.cancel_and_clean_up(execution_id)
        case "stop_watching":
            await executions.stop_watching(execution_id, decision.text)
        case "end_wait" if step is not None:
            await executions.end_wait(execution_id, step)
        case "extend_wait" if step is not None:
            await executions.extend_wait(execution_id, step, decision.by)
        case "resume" if wave is not None:
            hold_id = decision.choice.hold_id
            await executions.resume(execution_id, wave, decision.text, hold_id=hold_id)
        case "retry" if wave is not None:
            await executions.retry(execution_id, wave)
        case "skip" if wave is not None:
            await executions.skip(execution_id, wave, decision.text)
        case _:
            raise ValueError(f"{decision.verb} was decided for nothing")
