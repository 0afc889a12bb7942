"""A row's traces as a log of inspect_ai, for its viewer and its analyses."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from runner.core.errors import LoopError
from runner.trace.span import SPLIT
from runner.wiring.trace import Found, Traces
from runner.wiring.trace_sample import calls_of, model_of, sample_of

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SUFFIXES = (".eval", ".json")
NO_MODEL = "none/none"


class ExportError(LoopError):
    """Traces that cannot be written as a log."""


def export(traces: Traces, into: Path) -> int:
    """Write one arm's traces as a log, and return how many samples it has.

    Args:
        traces: Of one arm.
        into: A new file, `.eval` or `.json`; inspect_ai knows both by their suffix.

    Raises:
        ExportError: several arms, nothing to write, a file that is there already, or no inspect_ai.
        LoopError: the traces cannot be read.
    """
    _check(traces, into)
    try:
        from inspect_ai.log import write_eval_log  # noqa: PLC0415 - an extra, and three seconds
    except ImportError as err:
        raise ExportError(
            "trace export needs inspect_ai; install the extra: pip install 'git-loop[inspect]'"
        ) from err
    log = log_of(traces)
    try:
        write_eval_log(log, str(into))
    except OSError as err:
        raise ExportError(f"{into}: {err.strerror or err}") from err
    return len(log.samples or ())


def _check(traces: Traces, into: Path) -> None:
    arms = [pack.arm for pack in traces.packs]
    if len(arms) != 1:
        raise ExportError(
            f"a log holds one arm, and {traces.loop} {traces.row.number} has "
            f"{', '.join(arms) or 'none to read'}; name one with --arm"
        )
    if into.suffix not in SUFFIXES:
        raise ExportError(f"{into}: expected a file name that ends in .eval or .json")
    if into.exists():
        raise ExportError(f"{into} is there already; name a new file")


def log_of(traces: Traces) -> "EvalLog":
    """Return one arm's traces as inspect_ai has them; an epoch is a repetition, from 1."""
    from inspect_ai.log import EvalLog  # noqa: PLC0415 - an extra, and three seconds

    (pack,) = traces.packs
    found = sorted(
        traces.read(pack, traces.cases(pack)), key=lambda each: (each.case.id, each.case.rep)
    )
    row, ids = traces.row, list(dict.fromkeys(each.case.id for each in found))
    models = [model_of(span) for each in found for span in calls_of(each.trace)]
    spec = {
        "eval_id": f"{row.run[:16]}-{pack.arm.replace('/', '-')}",
        "run_id": row.run[:16],
        "created": row.started,
        "task": f"{traces.loop}/{pack.arm}",
        "task_id": f"{traces.loop}-{row.eval.id}",
        "task_version": row.eval.version,
        "dataset": {"name": f"{row.eval.id}/{pack.split}", "samples": len(ids), "sample_ids": ids},
        "model": models[0] if models else NO_MODEL,
        "config": {"epochs": 1 + max((each.case.rep for each in found), default=0)},
        "metadata": {"loop": traces.loop, "row": row.number, "arm": pack.arm, SPLIT: pack.split}
        | {"candidate": pack.candidate, "verdict": row.verdict},
    }
    return EvalLog.model_validate(
        {
            "status": "success",
            "eval": spec,
            "results": _results(found),
            "stats": {"started_at": row.started, "completed_at": row.finished},
            "samples": [sample_of(each.trace, each.case, split=each.pack.split) for each in found],
        }
    )


def _results(found: Sequence[Found]) -> dict[str, Any]:
    names = sorted({name for each in found for name in each.case.scores})
    means = {
        name: fmean(each.case.scores[name] for each in found if name in each.case.scores)
        for name in names
    }
    done = sum(bool(each.case.scores) for each in found)
    return {
        "total_samples": len(found),
        "completed_samples": done,
        "scores": [
            {"name": name, "scorer": name, "metrics": {"mean": {"name": "mean", "value": value}}}
            for name, value in means.items()
        ],
    }
