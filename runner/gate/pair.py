"""Two arms side by side, case by case: the differences that every test of the gate reads."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.core.score import CaseScore
from runner.gate.aggregate import Direction, penalty, split_key, value
from runner.gate.errors import GateError

UNITS = 1000  # scores are tested on a grid of 1e-3 (design: exact sign-flip on rounded scores)

_Lines = dict[str, dict[int, CaseScore]]


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences candidate - incumbent of one key, oriented so that higher is better.

    Attributes:
        key: `metric` or `metric@slice`.
        ids: Cases compared.
        differences: One per cluster, sorted: the sum over its cases of the mean over repetitions.
        units: The same on the grid of 1/1000, rounded per arm before subtracting.
        graded: A score other than 0 and 1 occurred (repetitions that disagree make one).
        lost: Cases on which the candidate is worse.
        missing: Share of (case, repetition) without a line, of the arm that lacks more, in [0, 1].
    """

    key: str
    ids: frozenset[str]
    differences: tuple[float, ...]
    units: tuple[int, ...]
    graded: bool
    lost: frozenset[str]
    missing: float

    @property
    def cases(self) -> int:
        """Cases compared; more than `n` where clusters hold several."""
        return len(self.ids)

    @property
    def n(self) -> int:
        """Clusters compared: the units that are drawn independently."""
        return len(self.differences)

    @property
    def wins(self) -> int:
        """Clusters on which the candidate is better on the grid."""
        return sum(unit > 0 for unit in self.units)

    @property
    def losses(self) -> int:
        """Clusters on which the candidate is worse on the grid."""
        return sum(unit < 0 for unit in self.units)

    @property
    def finite(self) -> bool:
        """Whether there is anything to compare, and every score is a number."""
        return bool(self.differences) and all(map(math.isfinite, self.differences))

    @property
    def mean(self) -> float:
        """Mean difference per case; NaN without cases. Rounded to 1e-12 against float dust."""
        if not self.cases:
            return math.nan
        return round(math.fsum(self.differences) / self.cases, 12)

    @property
    def constant(self) -> bool:
        """Whether every cluster differs by one and the same amount other than zero."""
        return self.n > 1 and len(set(self.units)) == 1 and self.units[0] != 0


@dataclass(frozen=True, slots=True)
class Means:
    """Each arm's mean over repetitions, by case; both have the same cases, in sorted order.

    Attributes:
        missing: As of `Paired`.
    """

    candidate: Mapping[str, float]
    incumbent: Mapping[str, float]
    missing: float


def pair(
    candidate: Sequence[CaseScore],
    incumbent: Sequence[CaseScore],
    *,
    key: str,
    direction: Direction,
    on_error: float,
    expected: Mapping[str, Sequence[str]],
) -> Paired:
    """Subtract the incumbent from the candidate on every expected case.

    A case or repetition that an arm lacks, and one that it broke on, scores `on_error` on that arm
    alone. A case on which both arms ran and neither reports the metric is outside the comparison.

    Args:
        candidate: Lines of the candidate's arm, in any order.
        incumbent: Lines of the incumbent's arm, in any order.
        key: `metric` or `metric@slice`.
        direction: Whether a higher or a lower score of the metric is better.
        on_error: Score of a missing or broken case, in the metric's own direction; where less is
            better it is never below the worst score seen.
        expected: Every held-out case id and its slices; empty for a foreign check, whose cases are
            those that either arm reports.

    Raises:
        GateError: an arm reports a (case, repetition) twice, or a case that was not asked for.
    """
    found = means(
        candidate,
        incumbent,
        key=key,
        direction=direction,
        on_error=on_error,
        expected=expected,
    )
    clusters = _clusters((*candidate, *incumbent))
    return _difference(
        [found.candidate, found.incumbent],
        clusters=clusters,
        key=key,
        sign=_sign(direction),
        share=found.missing,
    )


def means(
    candidate: Sequence[CaseScore],
    incumbent: Sequence[CaseScore],
    *,
    key: str,
    direction: Direction,
    on_error: float,
    expected: Mapping[str, Sequence[str]],
) -> Means:
    """Return what `pair` subtracts: each arm's score of each case, in the metric's own unit.

    Args:
        candidate: As for `pair`, and so are all others.
        incumbent: Likewise.
        key: Likewise.
        direction: Likewise.
        on_error: Likewise.
        expected: Likewise.

    Raises:
        GateError: as `pair` does.
    """
    arms = (_by_case(candidate, "candidate"), _by_case(incumbent, "incumbent"))
    both = (*candidate, *incumbent)
    slices = _slices(both, expected)
    reps = 1 + max((line.rep for line in both), default=0)
    metric, name = split_key(key)
    cases = [c for c in sorted(slices) if not name or name in slices[c]]
    cases = [c for c in cases if not _silent(c, arms, reps, metric)]
    worst = penalty(both, key=key, direction=direction, on_error=on_error)
    ours, theirs = (
        {c: _mean(arm.get(c, {}), reps=reps, metric=metric, on_error=worst) for c in cases}
        for arm in arms
    )
    missing = max(_missing(arm, cases, reps, metric) for arm in arms)
    return Means(candidate=ours, incumbent=theirs, missing=missing)


def _by_case(scores: Iterable[CaseScore], arm: str) -> _Lines:
    lines: _Lines = {}
    for score in scores:
        reps = lines.setdefault(score.case, {})
        if score.rep in reps:
            raise GateError(
                f"the {arm} reports case {score.case!r}, repetition {score.rep}, twice; "
                "a checker writes one line per case and repetition"
            )
        reps[score.rep] = score
    return lines


def _slices(
    lines: Iterable[CaseScore], expected: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]]:
    if expected:
        stray = sorted({line.case for line in lines} - set(expected))
        if stray:
            raise GateError(
                f"the checker scored case {stray[0]!r} ({len(stray)} in all), which is not among "
                f"the {len(expected)} cases that it was given"
            )
        return {case: frozenset(names) for case, names in expected.items()}
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        found[line.case] = found.get(line.case, frozenset()) | frozenset(line.slices)
    return found


def _silent(case: str, arms: Sequence[_Lines], reps: int, metric: str) -> bool:
    """Say whether both arms ran a case whole and neither reports the metric on it."""
    lines = [line for arm in arms for line in arm.get(case, {}).values()]
    whole = len(lines) == len(arms) * reps
    return whole and not any(line.failed or metric in line.metrics for line in lines)


def _mean(lines: Mapping[int, CaseScore], *, reps: int, metric: str, on_error: float) -> float:
    found = (
        value(lines[rep], metric=metric, on_error=on_error) if rep in lines else None
        for rep in range(reps)
    )
    return math.fsum(on_error if score is None else score for score in found) / reps


def _missing(arm: _Lines, cases: Sequence[str], reps: int, metric: str) -> float:
    """Return the share of lines that an arm lacks; 1 if none of its lines knows the metric."""
    lines = [line for case in cases for line in arm.get(case, {}).values()]
    if not any(line.failed or metric in line.metrics for line in lines):
        return 1.0
    return round(1 - len(lines) / (len(cases) * reps), 12)


def _clusters(lines: Iterable[CaseScore]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        found[line.case] = max(found.get(line.case, ""), line.cluster)
    return found


def _sign(direction: Direction) -> int:
    return 1 if direction == "max" else -1


def _difference(
    means: Sequence[Mapping[str, float]],
    *,
    clusters: Mapping[str, str],
    key: str,
    sign: int,
    share: float,
) -> Paired:
    ours, theirs = means
    parts: dict[tuple[bool, str], list[tuple[float, int]]] = {}
    for case in ours:
        cluster = clusters.get(case, "")
        step = sign * (ours[case] - theirs[case])
        unit = sign * (_unit(ours[case]) - _unit(theirs[case]))
        parts.setdefault((bool(cluster), cluster or case), []).append((step, unit))
    return Paired(
        key=key,
        ids=frozenset(ours),
        differences=tuple(sorted(math.fsum(d for d, _ in part) for part in parts.values())),
        units=tuple(sorted(sum(u for _, u in part) for part in parts.values())),
        graded=any(score not in (0, 1) for arm in means for score in arm.values()),
        lost=frozenset(case for case in ours if sign * (ours[case] - theirs[case]) < 0),
        missing=share,
    )


def _unit(score: float) -> int:
    return round(score * UNITS) if math.isfinite(score) else 0
