"""`git-loop stage STAGE`: one stage of an iteration, or the inside of a built-in child."""

import sys
from argparse import Namespace
from pathlib import Path

from runner.cli.progress import progress
from runner.core.errors import LoopError

INVALID = 65  # EX_DATAERR: tells the engine that the candidate is at fault, not the checker


class StageError(LoopError):
    """A stage that was called without what it needs."""


def run(arguments: Namespace) -> int:
    """Run the stage; `maker` and `checker` are the children that the engine starts."""
    if arguments.stage in {"maker", "checker"}:
        return _child(arguments)
    from runner.wiring import staged  # noqa: PLC0415 - a child needs none of the engine
    from runner.wiring.house import enter  # noqa: PLC0415 - likewise

    house = enter(Path.cwd())
    with progress(silent=arguments.json) as told:
        if arguments.stage == "plan":
            if arguments.loop is None:
                raise StageError("stage plan needs --loop NAME")
            print(staged.plan_stage(house, arguments.loop, progress=told))
            return 0
        if arguments.run is None:
            raise StageError(f"stage {arguments.stage} needs --run DIR, which stage plan prints")
        print(staged.stage(house, arguments.stage, Path(arguments.run).resolve(), progress=told))
    return 0


def _child(arguments: Namespace) -> int:
    from runner.checkers.arm import InvalidCandidateError  # noqa: PLC0415 - only in a child
    from runner.wiring import child  # noqa: PLC0415 - likewise

    if arguments.request is None:
        raise StageError(f"stage {arguments.stage} is started by the engine, with --request FILE")
    work = child.run_maker if arguments.stage == "maker" else child.run_checker
    try:
        work(Path(arguments.request))
    except InvalidCandidateError as err:
        print(f"invalid candidate: {err}", file=sys.stderr)
        return INVALID
    return 0
