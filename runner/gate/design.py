"""What a look would see and cost with other numbers of cases and repetitions.

The difference of two candidates on a case varies for two reasons. A change does not do the same to
every case: that part (`change`) only more cases average out. And a repetition is noisy: that part
more repetitions average out as well. With r repetitions on both sides the variance of a difference
is `change + 2 * noise / r`, and n cases see gains in proportion to its root over the root of n.
Source: Searle, Casella and McCulloch, Variance Components (1992); Miller, Adding Error Bars to
Evals, arXiv 2411.00640 (2024), section 3.2, for the same sum of two parts.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from runner.core.row import GateNumbers
from runner.gate.power import CHURN, POWER, cases_needed, mde, mde_graded

ARMS = 2  # candidate and incumbent
MOST_REPS = 64  # more repetitions than this are no advice
ENDLESS = 10**9  # repetitions that leave no noise
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Spread:
    """Why differences of two candidates vary from case to case.

    Attributes:
        change: Variance of what a change truly does to a case, in the metric's unit squared; of
            scores of 0 and 1 the share of cases that it turns.
        noise: Variance of one repetition of one case.
        graded: Scores other than 0 and 1 occur.
    """

    change: float
    noise: float
    graded: bool = False

    def at(self, reps: int) -> float:
        """Return the variance of a difference of means over `reps` repetitions."""
        return self.change + 2 * self.noise / reps


@dataclass(frozen=True, slots=True)
class Design:
    """Cases times repetitions, and what they see.

    Attributes:
        mde: Smallest true gain seen with 80 % power, in the metric's unit; None: no gain is.
        usd: Dollars of a look at most, both arms; None where no price is known.
        seconds: Wall time of a look at most, likewise.
    """

    cases: int
    reps: int
    mde: float | None
    usd: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What one case costs once, on one arm; None where it is not known."""

    usd: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What it takes to see a gain that is worth having.

    Attributes:
        worth: That gain, in the metric's unit.
        here: The look as it is declared.
        limit: What its cases would see with endless repetitions; None: nothing.
        by_cases: The fewest cases at the declared repetitions that see `worth`.
        cheapest: The same at one repetition, which is never dearer.
        by_reps: The fewest repetitions on the declared cases that see it; None: no number does.
    """

    worth: float
    here: Design
    limit: float | None
    by_cases: Design
    cheapest: Design
    by_reps: Design | None

    @property
    def enough(self) -> bool:
        """Whether the look sees the gain as it is."""
        return self.here.mde is not None and self.here.mde <= self.worth


def assumed(*, between: float, noise: float, graded: bool, churn: float = CHURN) -> Spread:
    """Return the spread to reckon with before any change was measured.

    Of scores of 0 and 1 a change turns a fifth of the cases (`CHURN`). Of graded scores it moves
    a fifth of the cases by two standard deviations of the cases: the same where those are 0 and 1
    in equal shares.

    Args:
        between: Variance of the cases' own means.
        noise: Variance of one repetition of one case.
        graded: Scores other than 0 and 1 occur.
        churn: Another share than a fifth.
    """
    change = churn * 4 * between if graded else churn
    return Spread(change=change, noise=noise, graded=graded)


def measured(variances: Sequence[float], *, noise: float, reps: int, graded: bool) -> Spread:
    """Return the spread that looks have shown, their noise taken out.

    Args:
        variances: One per look: of scores of 0 and 1 the share of cases that differed, of graded
            ones the variance of the differences.
        noise: Variance of one repetition of one case.
        reps: Repetitions of those looks.
        graded: Scores other than 0 and 1 occur.
    """
    seen = math.fsum(variances) / len(variances)
    return Spread(change=max(0.0, seen - 2 * noise / reps), noise=noise, graded=graded)


def shown(gate: GateNumbers) -> Spread:
    """Return what the differences of a row's look varied by, noise included.

    `mde` was reckoned from that very spread where scores are graded; of scores of 0 and 1 wins
    and losses tell it.
    """
    whole = math.isclose(gate.d * gate.n, gate.wins - gate.losses, abs_tol=1e-6)
    if whole or gate.mde is None:
        return Spread(change=(gate.wins + gate.losses) / gate.n, noise=0.0)
    edges = _NORMAL.inv_cdf(1 - gate.alpha) + _NORMAL.inv_cdf(POWER)
    return Spread(change=(gate.mde / edges) ** 2 * gate.n, noise=0.0, graded=True)


def visible(cases: int, reps: int, *, spread: Spread, alpha: float) -> float | None:
    """Return the smallest true gain that a look sees with 80 % power; None: no gain is seen."""
    if spread.graded or (reps > 1 and spread.noise):
        return mde_graded(cases, alpha=alpha, spread=math.sqrt(spread.at(reps)))
    seen = mde(cases, alpha=alpha, churn=min(1.0, spread.at(1)))
    if seen is None or seen <= spread.change or not spread.noise:
        return seen
    # a gain turns as many cases itself, and noise comes on top of those
    return mde(cases, alpha=alpha, churn=min(1.0, seen + 2 * spread.noise))


def design(cases: int, reps: int, *, spread: Spread, alpha: float, price: Price) -> Design:
    """Return what so many cases and repetitions see, and cost at most."""
    answers = ARMS * cases * reps
    return Design(
        cases=cases,
        reps=reps,
        mde=visible(cases, reps, spread=spread, alpha=alpha),
        usd=None if price.usd is None else price.usd * answers,
        seconds=None if price.seconds is None else price.seconds * answers,
    )


def table(
    cases: int, reps: int, *, spread: Spread, alpha: float, price: Price
) -> tuple[Design, ...]:
    """Return looks around the declared one: its cases, twice, four and eight times as many.

    Each with the declared repetitions, and where there is noise with 1, 2, 4 and 8 of them.
    """
    rows = sorted({1, 2, 4, 8, reps}) if spread.noise else [reps]
    return tuple(
        design(cases * times, r, spread=spread, alpha=alpha, price=price)
        for times in (1, 2, 4, 8)
        for r in rows
    )


def advise(
    worth: float, cases: int, reps: int, *, spread: Spread, alpha: float, price: Price
) -> Advice:
    """Say what it takes to see a gain of `worth`.

    One repetition on more cases is never dearer than more repetitions: with a cost in proportion
    to both, r repetitions cost `r * change + 2 * noise` for the same power, least at r = 1.
    Repetitions are for cases that cannot be had.

    Raises:
        ValueError: a gain that is not above 0, or above 1 for scores of 0 and 1.
    """

    def at(cases: int, reps: int) -> Design:
        return design(cases, reps, spread=spread, alpha=alpha, price=price)

    few = next(_enough_reps(worth, cases, reps, spread=spread, alpha=alpha), None)
    return Advice(
        worth=worth,
        here=at(cases, reps),
        limit=visible(cases, ENDLESS, spread=spread, alpha=alpha),
        by_cases=at(cases_for(worth, reps, spread=spread, alpha=alpha), reps),
        cheapest=at(cases_for(worth, 1, spread=spread, alpha=alpha), 1),
        by_reps=None if few is None else at(cases, few),
    )


def cases_for(gain: float, reps: int, *, spread: Spread, alpha: float) -> int:
    """Return the fewest cases on which a look sees a gain with 80 % power.

    Raises:
        ValueError: a gain that is not above 0, or above 1 for scores of 0 and 1.
    """
    if not spread.graded and (reps == 1 or not spread.noise):
        return cases_needed(gain, alpha=alpha, churn=min(1.0, spread.at(1)))
    if not gain > 0:
        raise ValueError(f"no number of cases shows a gain of {gain}")
    edges = _NORMAL.inv_cdf(1 - alpha) + _NORMAL.inv_cdf(POWER)
    wanted = math.ceil(edges**2 * spread.at(reps) / gain**2)
    return max(wanted, math.ceil(-math.log2(alpha)))


def _enough_reps(
    worth: float, cases: int, reps: int, *, spread: Spread, alpha: float
) -> Iterator[int]:
    """Yield the numbers of repetitions, above the declared one, at which `worth` is seen."""
    for more in range(reps + 1, MOST_REPS + 1):
        seen = visible(cases, more, spread=spread, alpha=alpha)
        if seen is not None and seen <= worth and spread.noise:
            yield more
