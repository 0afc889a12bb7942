"""Which cases a meta model is shown."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from runner.core.trial import Trial
from runner.proposers.case import Scale, slices_of


def failures(
    trials: Iterable[Trial], scale: Scale, *, first: Sequence[str], seed: int
) -> tuple[Trial, ...]:
    """Order the failing trials: the slices in `first`, then one of each kind of failure in turn.

    Args:
        trials: One per case.
        scale: Says which fail: all that are not perfect.
        first: Slices that come before all others, in this order.
        seed: Decides which of a kind comes before another.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    failing = _shuffled((each for each in trials if scale.grade(each) < 1), draw)
    ranks = range(len(first) + 1)
    groups = [[each for each in failing if _rank(each, first) == rank] for rank in ranks]
    return tuple(chain.from_iterable(_spread(group, scale) for group in groups))


def successes(trials: Iterable[Trial], scale: Scale, *, seed: int) -> tuple[Trial, ...]:
    """Order the perfect trials at random."""
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    return tuple(_shuffled((each for each in trials if scale.grade(each) >= 1), draw))


def _shuffled(trials: Iterable[Trial], draw: random.Random) -> list[Trial]:
    found = sorted(trials, key=lambda each: each.score.case)
    draw.shuffle(found)
    return found


def _rank(trial: Trial, first: Sequence[str]) -> int:
    mine = slices_of(trial.case)
    return next((rank for rank, name in enumerate(first) if name in mine), len(first))


def _spread(trials: Sequence[Trial], scale: Scale) -> Iterator[Trial]:
    """Take turns between the kinds of failure, the most frequent first."""
    kinds: dict[str, list[Trial]] = {}
    for trial in trials:
        kinds.setdefault(scale.weakness(trial), []).append(trial)
    order = sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind))
    for turn in zip_longest(*(kinds[kind] for kind in order)):
        yield from (each for each in turn if each is not None)
