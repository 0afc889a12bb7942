"""How much of a score is noise: one candidate, scored more than once on the same cases.

A case's score is its own mean plus noise of the repetition. Runs of one candidate tell the two
apart (one-way random effects): what differs between runs of a case is noise, what differs between
the means of cases beyond that is the cases. Source: Searle, Casella and McCulloch, Variance
Components (1992), chapter 3.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from runner.core.score import CaseScore
from runner.gate.aggregate import Direction, case_means, penalty
from runner.gate.errors import GateError
from runner.gate.pair import Paired, pair
from runner.gate.significance import evidence

_Z = 1.96  # of a two-sided interval of 95 %
_RULE_OF_THREE = 3  # nothing seen in n cases: at most 3/n, with 95 % confidence


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Noise:
    """What runs of one candidate on the same cases differ by.

    Attributes:
        n: Units (clusters of cases; a case without a cluster is one).
        cases: Cases in them.
        runs: Runs compared, at least 2.
        reps: Repetitions that make one run.
        mean: Mean score over runs, in the metric's unit.
        flips: Share of units whose score differs between two runs, in [0, 1].
        within: Variance of one repetition of one unit, in the metric's unit squared.
        between: Variance of the units' own means, likewise; below 0 is told as 0.
        graded: A score other than 0 and 1 occurred.
        drift: Exact two-sided p-value of the first run against the last: small where runs differ
            as wholes, which noise of single cases does not do.
    """

    n: int
    cases: int
    runs: int
    reps: int
    mean: float
    flips: Estimate
    within: Estimate
    between: float
    graded: bool
    drift: float

    @property
    def deterministic(self) -> bool:
        """Whether no unit differed between any two runs."""
        return self.flips.value == 0


def noise_of(
    runs: Sequence[Sequence[CaseScore]], *, key: str, direction: Direction, on_error: float
) -> Noise:
    """Estimate noise from runs of one candidate, each on the same cases.

    Args:
        runs: Lines of each run; two runs or more.
        key: `metric` or `metric@slice`.
        direction: Whether a higher or a lower score is better; says what a broken case scores.
        on_error: The eval's score of a missing or broken case.

    Raises:
        GateError: fewer than two runs, or no case carries the key.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one run shows no difference
        raise GateError(f"noise shows between two runs or more, not in {len(runs)}")
    pairs = [
        pair(ours, theirs, key=key, direction=direction, on_error=on_error, expected={})
        for ours, theirs in combinations(runs, 2)
    ]
    if not pairs[0].n:
        raise GateError(f"no case carries the metric {key}, so there is nothing to compare")
    whole = pair(runs[0], runs[-1], key=key, direction=direction, on_error=on_error, expected={})
    columns = _columns(runs, key=key, direction=direction, on_error=on_error)
    reps = 1 + max((score.rep for run in runs for score in run), default=0)
    squares = [statistics.variance(scores) for scores in columns]
    means = [math.fsum(scores) / len(scores) for scores in columns]
    spread = statistics.variance(means) if len(means) > 1 else 0.0
    noise = math.fsum(squares) / len(squares)
    return Noise(
        n=len(columns),
        cases=pairs[0].cases,
        runs=len(runs),
        reps=reps,
        mean=math.fsum(means) / len(means),
        flips=_share(_estimate([_flips(scores) for scores in columns])),
        within=_scaled(_estimate(squares), reps),
        between=max(0.0, spread - noise / len(runs)),
        graded=any(each.graded for each in pairs),
        drift=_drift(whole),
    )


def _columns(
    runs: Sequence[Sequence[CaseScore]], *, key: str, direction: Direction, on_error: float
) -> list[list[float]]:
    """Return one list per unit: its mean score in each run, on the gate's grid of 1/1000."""
    lines = [line for run in runs for line in run]
    worst = penalty(lines, key=key, direction=direction, on_error=on_error)
    means = [case_means(run, key=key, on_error=worst) for run in runs]
    units: dict[tuple[bool, str], list[str]] = {}
    clusters = {line.case: line.cluster for line in lines}
    for case in sorted(set().union(*means)):
        cluster = clusters[case]
        units.setdefault((bool(cluster), cluster or case), []).append(case)
    return [[_mean(run, cases, worst) for run in means] for cases in units.values()]


def _mean(run: Mapping[str, float], cases: Sequence[str], worst: float) -> float:
    return round(math.fsum(run.get(case, worst) for case in cases) / len(cases), 3)


def _flips(scores: Sequence[float]) -> float:
    """Return the share of pairs of runs in which a unit's score differs."""
    pairs = list(combinations(scores, 2))
    return sum(a != b for a, b in pairs) / len(pairs)


def _estimate(values: Sequence[float]) -> Estimate:
    """Return a mean over units; where nothing was seen its upper bound is the rule of three."""
    n = len(values)
    mean = math.fsum(values) / n
    if not any(values):
        return Estimate(0.0, 0.0, min(1.0, _RULE_OF_THREE / n))
    half = _Z * statistics.stdev(values) / math.sqrt(n) if n > 1 else mean
    return Estimate(mean, max(0.0, mean - half), mean + half)


def _share(found: Estimate) -> Estimate:
    """Return an interval of the normal kind, cut where no share lies beyond."""
    return Estimate(found.value, found.low, min(1.0, found.high))


def _scaled(found: Estimate, times: float) -> Estimate:
    return Estimate(found.value * times, found.low * times, found.high * times)


def _drift(whole: Paired) -> float:
    found = evidence(whole)
    return min(1.0, 2 * min(found.gain, found.loss))
