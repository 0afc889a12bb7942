"""The stop rule: when a line ends, when a loop rests, and what would start it again."""

import math
from collections.abc import Iterator

from runner.core.head import Head, LineState, Stop
from runner.core.row import Row, StopName
from runner.ledger.budget import left, reserve
from runner.spec.model import Spec, Target

COUNTED = frozenset({"accept", "keep", "reject", "failed"})
_SAME_ERRORS, _ERRORS = 2, 3


def moved(row: Row) -> bool:
    """Tell whether a row gained something: an equal score with a shorter text is no gain.

    Were it one, shortening would buy looks without end at the level that a few were promised.
    """
    return row.verdict == "accept" and (row.gate is None or row.gate.d > 0)


def counted(row: Row) -> bool:
    """Tell whether a row tried something: an error or a lost race did not."""
    return row.kind == "iteration" and row.verdict in COUNTED


def ended(state: LineState, spec: Spec) -> StopName | None:
    """Return the stop that ends a line in this state, or None while it is open.

    Source: the correctable-loop rule of the Kompress post: no shift by clear evidence within
    three iterations.
    """
    if state.stall < spec.stop.patience:
        return None
    return "underpowered" if state.underpowered else "stalled"


def open_lines(head: Head | None, spec: Spec) -> tuple[str, ...]:
    """Return the lines that may still run, in the spec's order.

    A line whose hypotheses are all on the skip list never opens.
    """
    skipped = {skip.id for skip in spec.skip}
    filled = {h.line for h in spec.hypotheses if h.id not in skipped}
    states = {} if head is None else head.lines
    return tuple(
        line
        for line in spec.lines()
        if (line in filled or not spec.hypotheses)
        and ended(states.get(line, LineState()), spec) is None
        and not used_up(states.get(line, LineState()), spec, line=line)
    )


def used_up(state: LineState, spec: Spec, *, line: str) -> bool:
    """Tell whether every edit that a text loop's queue holds for a line has been tried.

    An edit made twice changes nothing, while another seed may make another model.
    """
    queue = {h.id for h in spec.hypotheses if h.line == line} - {skip.id for skip in spec.skip}
    queued = spec.edits_text and spec.propose.kind == "queue"
    return queued and queue <= {*state.tried}


def stop(head: Head | None, spec: Spec) -> Stop | None:
    """Return why the loop rests, or None while it may run; the first rule that holds.

    In order: failing, budget, converged, stalled or underpowered, max_iterations. To be asked
    anew for each plan, not read from `head.stop`: budget, target and limits may have been raised
    since. A monitor is stopped by its budget alone.

    Args:
        head: The fold of all rows; None before the first, when only the budget can stop it.
        spec: The spec as it stands now.
    """
    return next(_reasons(head, spec), None)


def _reasons(head: Head | None, spec: Spec) -> Iterator[Stop]:
    every = (_failing, _budget, _converged, _stalled, _max_iterations)
    # a monitor that fell silent would be taken for good news
    rules = (_budget,) if spec.monitors else every
    yield from (found for rule in rules if (found := rule(head, spec)) is not None)


def _failing(head: Head | None, spec: Spec) -> Stop | None:
    errors = () if head is None else head.errors
    same = len(errors) >= _SAME_ERRORS and errors[-1] == errors[-2]
    if not same and len(errors) < _ERRORS:
        return None
    return Stop(
        name="failing",
        why=f"the same error twice in a row ({errors[-1][:12]})"
        if same
        else "three errors in a row",
        mend="mend the cause that the log tail shows, then run "
        f'`git-loop reset {spec.loop} --reason "..."`',
    )


def _budget(head: Head | None, spec: Spec) -> Stop | None:
    rest, needed = left(head, spec), reserve(head, spec)
    if rest is None or needed <= rest:
        return None
    digits = next((n for n in (2, 4) if f"{needed:.{n}f}" != f"{rest:.{n}f}"), 6)
    more = math.ceil(round((needed - rest) * 100, 4)) / 100  # to the next whole cent
    return Stop(
        name="budget",
        why=f"the next iteration reserves {needed:.{digits}f} USD and {rest:.{digits}f} USD"
        f" of {spec.budget.usd:.2f} USD is left",
        mend=f"raise budget.usd in loops/{spec.loop}.yaml by {more:.2f} or more,"
        " or lower make.minutes",
    )


def _converged(head: Head | None, spec: Spec) -> Stop | None:
    if head is None or head.incumbent is None or not spec.stop.target:
        return None
    if not all(_holds(head.heldout.get(name), goal) for name, goal in spec.stop.target.items()):
        return None
    levels = ", ".join(f"{name} {head.heldout[name]:.3f}" for name in spec.stop.target)
    return Stop(
        name="converged",
        why=f"the target holds on the incumbent: {levels}",
        mend=f"set a higher stop.target in loops/{spec.loop}.yaml",
    )


def _holds(value: float | None, target: Target) -> bool:
    if value is None or (target.min is None and target.max is None):
        return False
    above = target.min is None or value >= target.min
    return above and (target.max is None or value <= target.max)


def _stalled(head: Head | None, spec: Spec) -> Stop | None:
    if head is None or open_lines(head, spec):
        return None
    states = [head.lines.get(line, LineState()) for line in spec.lines()]
    new = "a hypothesis, or another make, propose, surface, gate or eval"
    reset = f'`git-loop reset {spec.loop} --reason "..."`'
    if any(ended(state, spec) == "underpowered" for state in states):
        return Stop(
            name="underpowered",
            why="no line moved the metric, but a look's interval still reaches a gain of"
            f" {spec.gate.worth:g}: the held-out set is too small to tell",
            mend="add held-out cases or reps"
            f" (`git-loop validate loops/{spec.loop}.yaml` says how many),"
            f" inject something new ({new}), or run {reset}",
        )
    if all(used_up(head.lines.get(line, LineState()), spec, line=line) for line in spec.lines()):
        return Stop(
            name="stalled",
            why="the queue holds no edit that has not been tried",
            mend=f"add a hypothesis to loops/{spec.loop}.yaml, or run {reset}",
        )
    return Stop(
        name="stalled",
        why=f"{spec.stop.patience} iterations without an accepted gain"
        f" in each line ({', '.join(spec.lines())})",
        mend=f"inject something new ({new}) or run {reset}",
    )


def _max_iterations(head: Head | None, spec: Spec) -> Stop | None:
    if head is None or head.iterations < spec.stop.max_iterations:
        return None
    return Stop(
        name="max_iterations",
        why=f"{head.iterations} of {spec.stop.max_iterations} iterations are done",
        mend=f"raise stop.max_iterations in loops/{spec.loop}.yaml",
    )
