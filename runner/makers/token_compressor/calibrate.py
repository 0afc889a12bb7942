"""Options read off dev: a threshold under a cap, and budgets per domain above a floor."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from runner.compression.case import Case
from runner.compression.decide import by_budget
from runner.compression.domain import classify
from runner.compression.metric import exact
from runner.compression.model import Compressor
from runner.compression.options import Domain, DomainOptions
from runner.core.errors import InvalidCandidateError

_DIGITS = 10_000
_LEAST, _MOST, _STEP = 30, 100, 1


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A threshold, and the share of units that it keeps of each text."""

    threshold: float
    rates: tuple[float, ...]

    @property
    def keep_rate(self) -> float:
        """Return the mean over texts."""
        return fmean(self.rates)


def smallest_threshold(model: Compressor, texts: Sequence[str], *, cap: float) -> Calibrated:
    """Return the smallest threshold that keeps at most `cap`, so that a guard holds by its making.

    Args:
        model: Its override counts, its threshold does not.
        texts: Texts without annotations: nothing of what must be kept is looked at.
        cap: Most units kept / units, mean over texts.

    Raises:
        InvalidCandidateError: what the override forces is more than that already.
    """
    scored = model.scores(list(texts))
    must = [only_forced(model, text, scores) for text, scores in zip(texts, scored, strict=True)]
    rows = [
        [math.inf if flag else score for score, flag in zip(scores, flags, strict=True)]
        for scores, flags in zip(scored, must, strict=True)
    ]
    levels = sorted({0.0, *(score for row in rows for score in row if score < math.inf)})
    place = bisect_left(levels, -cap, key=lambda level: -kept_above(rows, level))
    if place == len(levels):
        raise InvalidCandidateError(
            f"no threshold keeps at most {cap:g} of dev: the override alone keeps "
            f"{kept_above(rows, 1.0):.3f}"
        )
    threshold = min(1.0, math.ceil(levels[place] * _DIGITS) / _DIGITS)
    return Calibrated(threshold, tuple(_kept(row, threshold) for row in rows))


def kept_above(rows: Sequence[Sequence[float]], threshold: float) -> float:
    """Return the share of units above a threshold, mean over texts; 1 for an empty text."""
    return fmean(_kept(row, threshold) for row in rows)


def _kept(row: Sequence[float], threshold: float) -> float:
    return sum(score > threshold for score in row) / len(row) if row else 1.0


def clustered_error(values: Sequence[float], clusters: Sequence[str]) -> float:
    """Return the standard error of a mean whose values come in clusters, such as files.

    Texts of one file are alike: taken for independent, they promise a mean that other files do not
    keep.
    """
    middle, sums = fmean(values), dict.fromkeys(clusters, 0.0)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - middle
    return math.sqrt(sum(total**2 for total in sums.values())) / len(values)


def only_forced(model: Compressor, text: str, scores: list[float]) -> list[bool]:
    """Return which units the model's override forces, whatever their scores."""
    update = {"threshold": 1.0, "domains": {}}
    blind = replace(model, options=model.options.model_copy(update=update))
    return blind.keep(text, [0.0] * len(scores))


def smallest_budgets(
    model: Compressor, cases: Sequence[Case], *, least: float
) -> dict[Domain, DomainOptions]:
    """Return for each domain on dev the smallest budget whose `exact_at_budget` is `least`.

    Budgets and not thresholds: scores of a model trained on its own labels crowd at both ends, and
    a threshold between them moves little.

    Args:
        model: Its override counts, as it will when it decides.
        cases: Dev, annotated.
        least: Share of must spans kept whole, mean over the cases of a domain.
    """
    texts = [case.line.text for case in cases]
    groups: dict[Domain, list[tuple[Case, list[float], list[bool]]]] = {}
    for case, text, scores in zip(cases, texts, model.scores(texts), strict=True):
        entry = (case, scores, only_forced(model, text, scores))
        groups.setdefault(classify(text), []).append(entry)
    return {
        domain: DomainOptions(budget=_smallest(group, least))
        for domain, group in sorted(groups.items())
    }


def _smallest(group: Sequence[tuple[Case, list[float], list[bool]]], least: float) -> float:
    for percent in range(_LEAST, _MOST, _STEP):
        budget = percent / 100
        reached = fmean(
            exact(case, by_budget(scores, budget, forced=must)) for case, scores, must in group
        )
        if reached >= least:
            return budget
    return 1.0
