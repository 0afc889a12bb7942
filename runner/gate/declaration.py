"""What a gate asks of its eval: checked when a spec is read, before anything is spent."""

from runner.evals.model import Eval
from runner.gate.aggregate import Direction, split_key
from runner.gate.check.declaration import check_problems
from runner.gate.errors import GateError
from runner.spec.model import Gate


def problems(gate: Gate, eval_: Eval) -> tuple[str, ...]:
    """List, as messages for the spec's author, why a gate and an eval do not fit.

    Whether a metric is graded shows in its scores; what is known beforehand is refused here, the
    rest by `require_min_delta` at the baseline.
    """
    known = ", ".join(sorted(eval_.metrics))
    keys = {"gate.primary": gate.primary} | {f"gate.guards.{key}": key for key in gate.guards}
    found = [
        f"{where}: metric {split_key(key)[0]!r} is not in eval {eval_.eval}, which has {known}"
        for where, key in keys.items()
        if split_key(key)[0] not in eval_.metrics
    ]
    found += [
        f"gate.guards.{key}: an empty guard guards nothing; give max, min or tolerance"
        for key, guard in gate.guards.items()
        if guard.max is None and guard.min is None and guard.tolerance is None
    ]
    if gate.kind == "scalar" and eval_.critical:
        found.append("gate.kind: scalar judges one number per run and cannot watch critical cases")
    graded = gate.kind == "scalar" or (gate.kind == "paired" and eval_.reps > 1)
    if graded and not gate.min_delta > 0:
        found.append(_min_delta(gate))
    return (*found, *check_problems(gate, eval_))


def require_min_delta(gate: Gate, *, graded: bool) -> None:
    """Refuse a graded metric without a smallest gain that counts.

    On a fine grid the test finds gains too small to be worth a pull request, so the author says
    which size is.

    Raises:
        GateError: the scores are graded and `min_delta` is 0.
    """
    if graded and not gate.min_delta > 0:
        raise GateError(_min_delta(gate))


def direction_of(eval_: Eval, key: str) -> Direction:
    """Return whether more or less of a key is better.

    Raises:
        GateError: the eval does not declare the metric.
    """
    metric = eval_.metrics.get(split_key(key)[0])
    if metric is None:
        known = ", ".join(sorted(eval_.metrics))
        raise GateError(f"metric {key} is not in eval {eval_.eval}, which has {known}")
    return metric.direction


def _min_delta(gate: Gate) -> str:
    return (
        f"gate.min_delta: {gate.primary} is graded (not only 0 and 1), so the smallest gain that "
        f"counts must be above 0, got {gate.min_delta:g}"
    )
