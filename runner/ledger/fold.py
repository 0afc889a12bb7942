"""The fold: from rows to the head, one row at a time."""

from collections.abc import Iterable
from typing import Any

from runner.core.canonical import digest
from runner.core.head import Head, LineState
from runner.core.row import RERUN, Row, row_digest
from runner.ledger.chain import ChainError, link
from runner.ledger.reset import eval_part
from runner.ledger.stop import counted, ended, moved, stop
from runner.spec.model import Spec

_RECENT, _TAIL = 3, 3


def fold(head: Head | None, row: Row, spec: Spec) -> Head:
    """Return the head after `row`; folding one by one equals folding all (`fold_all`).

    Args:
        head: The fold of all rows before; None before row 0.
        row: The next row.
        spec: Gives patience, target, budget and limits; what a row did is never read from it.

    Raises:
        ChainError: the row does not follow the head, or moves without a candidate.
    """
    link(row, head)
    before = head if head is not None else _blank(row, spec)
    lines = _lines(before, row)
    after = before.model_copy(
        update={
            "number": row.number,
            "last": row_digest(row),
            **_declared(row),
            "next_seed": row.number + 1,
            "iterations": before.iterations + counted(row),
            "lines": {
                name: state.model_copy(update={"ended": ended(state, spec)})
                for name, state in lines.items()
            },
            "resets": _resets(before, row),
            "errors": _errors(before, row),
            "drifted": _drifted(before, row),
            **_charge(before, row),
            **_moved(row),
            **_noise(row, spec),
        }
    )
    return after.model_copy(update={"stop": stop(after, spec)})


def fold_all(rows: Iterable[Row], spec: Spec) -> Head | None:
    """Fold a whole history, oldest first; None for an empty one.

    Raises:
        ChainError: a row does not follow the one before.
    """
    head = None
    for row in rows:
        head = fold(head, row, spec)
    return head


def _blank(row: Row, spec: Spec) -> Head:
    return Head(
        loop=spec.loop,
        number=0,
        last="",
        spec=row.spec,
        reset_digest=row.reset_digest,
        eval_version=row.eval.version,
        eval_heldout=row.eval.heldout,
    )


def _declared(row: Row) -> dict[str, str]:
    """Take over what a row was declared as; a confirm row leaves a due reset to the next run."""
    if row.kind == "confirm":
        return {}
    return {"spec": row.spec, "reset_digest": row.reset_digest}


def _charge(head: Head, row: Row) -> dict[str, Any]:
    looks, opened = dict(head.looks), dict(head.opened)
    if row.look.spent:
        looks[row.eval.heldout] = looks.get(row.eval.heldout, 0) + 1
    if row.look.spent and row.verdict in {"confirmed", "refuted"}:
        opened.setdefault(row.eval.heldout, row.number)
    ran = () if row.kind in {"reset", "confirm"} else (row.cost,)
    return {
        "spent_usd": head.spent_usd + row.cost.usd,
        "spent_s": head.spent_s + row.cost.wall_s,
        "recent": (*head.recent, *ran)[-_RECENT:],
        "looks": looks,
        "opened": opened,
    }


def _moved(row: Row) -> dict[str, Any]:
    if row.verdict not in {"baseline", "accept", "keep"}:
        return {}
    if row.candidate is None:
        raise ChainError(f"row {row.number} is {row.verdict} but names no candidate")
    dev = {name: after for name, (_, after) in row.dev.items() if after is not None}
    working: dict[str, Any] = {
        "working": row.candidate,
        "working_row": row.number,
        "working_dev": dev,
        "scored_by": eval_part(row.reset_digest),
        "surface": row.surface,
    }
    if row.verdict == "keep":
        return working
    judged = {"eval_version": row.eval.version, "eval_heldout": row.eval.heldout}
    return (
        (judged if row.verdict == "baseline" else {})
        | working
        | {
            "incumbent": row.candidate,
            "incumbent_row": row.number,
            "heldout": {name: score.candidate for name, score in (row.heldout or {}).items()},
        }
    )


def _noise(row: Row, spec: Spec) -> dict[str, Any]:
    """Take the noise floor from a baseline: its own score and those of its re-runs."""
    if row.verdict != "baseline":
        return {}
    key, arms = spec.gate.primary, row.controls or {}
    own = [score.candidate for name, score in (row.heldout or {}).items() if name == key]
    again = [arms[name][key] for name in sorted(arms) if name.startswith(RERUN)]
    return {"noise": (*own, *again) if again else ()}


def _lines(head: Head, row: Row) -> dict[str, LineState]:
    """Count, per line, what was counted since its last gain, baseline or reset: its stall."""
    if row.kind == "reset":
        known = {name: _known(state) for name, state in head.lines.items()}
        return {name: LineState(earlier=ids) for name, ids in known.items() if ids}
    if row.verdict == "baseline":
        return {}
    if not counted(row):
        return head.lines
    state = head.lines.get(row.line, LineState())
    tried = state.tried
    if row.hypothesis is not None and row.hypothesis not in tried:
        tried = (*tried, row.hypothesis)
    if moved(row):
        return head.lines | {row.line: LineState(tried=tried, earlier=state.earlier)}
    return head.lines | {
        row.line: LineState(
            stall=state.stall + 1,
            tried=tried,
            earlier=state.earlier,
            underpowered=state.underpowered or row.look.underpowered,
        )
    }


def _known(state: LineState) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*state.earlier, *state.tried)))


def _resets(head: Head, row: Row) -> dict[str, int]:
    # A baseline after the first re-opens the held-out split just as a reset does: it costs the
    # same halving of alpha.
    forced = row.verdict == "baseline" and head.incumbent is not None
    if row.kind != "reset" and not forced:
        return head.resets
    return head.resets | {row.eval.heldout: head.resets.get(row.eval.heldout, 0) + 1}


def _drifted(head: Head, row: Row) -> int | None:
    """Return the check that first saw the present drift; a new reference has none."""
    if row.verdict in {"baseline", "steady"}:
        return None
    return row.number if row.verdict == "drifted" and head.drifted is None else head.drifted


def _errors(head: Head, row: Row) -> tuple[str, ...]:
    # A baseline that fails leaves nothing to compare with, so it counts as an error here:
    # otherwise it would be tried for ever. A lost race says nothing about the cause either way, nor
    # does a lock-box or a monitor's check about what makes candidates.
    if row.verdict == "superseded" or row.kind in {"confirm", "check"}:
        return head.errors
    broken = row.verdict == "error" or (row.kind == "baseline" and row.verdict == "failed")
    if not broken:
        return ()
    mark = row.error.fingerprint if row.error is not None else digest(row.reason.encode())
    return (*head.errors, mark)[-_TAIL:]
