"""One stage at a time, each in a process or job of its own, over one run directory."""

from collections.abc import Callable
from pathlib import Path

from runner.core.errors import LoopError
from runner.core.frozen import Frozen
from runner.core.progress import Progress
from runner.core.receipt import Campaign, CheckReceipt, MakeReceipt, Plan, Refusal
from runner.iteration.folder import RunFolder
from runner.iteration.plan import plan
from runner.iteration.run import Run
from runner.wiring.house import House
from runner.wiring.work import Bench, started, work_on

STAGES: dict[str, Callable[[Run], Frozen]] = {
    "make": Run.make,
    "check": Run.check,
    "gate": Run.gate,
    "record": Run.record,
    "publish": Run.publish,
}


class NotARunError(LoopError):
    """A folder that holds no plan."""


def plan_stage(house: House, name: str, *, progress: Progress) -> str:
    """Plan a loop's next run and return its directory, or why the loop rests."""
    with work_on(house, name, progress=progress, publish=True) as bench:
        campaign = bench.campaign()
        planned = campaign if isinstance(campaign, Refusal) else _planned(bench, campaign)
        if isinstance(planned, Refusal):
            return f"{name} rests ({planned.stop.name}): {planned.stop.why}"
        return str(started(bench, planned).folder.path)


def stage(house: House, stage_name: str, path: Path, *, progress: Progress) -> str:
    """Run one stage of a run directory; a stage that is not due says so and changes nothing.

    Raises:
        NotARunError: there is no plan in `path`.
        LoopError: an earlier stage is missing.
    """
    folder = RunFolder(path)
    planned = folder.read("plan", Plan)
    if planned is None:
        raise NotARunError(f"{path} holds no plan.json; git-loop stage plan makes one")
    with work_on(house, planned.loop, progress=progress, publish=True) as bench:
        return _stage(started(bench, planned), stage_name)


def _planned(bench: Bench, campaign: Campaign) -> Plan | Refusal:
    return plan(bench.parts, bench.declared, campaign)


def _stage(run: Run, name: str) -> str:
    made = run.folder.read("make", MakeReceipt)
    checked = run.folder.read("check", CheckReceipt)
    if name == "check" and made is not None and made.outcome != "candidate":
        return f"check: nothing to do, make came to {made.outcome}"
    if name == "gate" and (checked is None or checked.outcome != "arms"):
        return "gate: nothing to do, there are no arms"
    receipt = STAGES[name](run)
    return f"{name}: {receipt.model_dump_json(exclude_defaults=True)[:200]}"
