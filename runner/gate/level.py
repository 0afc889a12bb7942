"""The level that one look at a held-out split must beat."""

import math
from statistics import NormalDist
from typing import Final

TOTAL: Final = 0.05  # false accepts allowed between two resets
LOSS: Final = 0.05  # level at which a loss or a guard's drop is seen: a veto needs no correction


def alpha_look(*, patience: int, lines: int, resets: int) -> float:
    """Share the allowed false accepts among the looks that the stop rule permits.

    A line ends after `patience` looks without an accept, so `patience * lines` looks are taken
    between two resets (Bonferroni). Each reset halves what is left for the next period, so the
    total over unlimited resets stays below 2 * 0.05 = 0.10.

    Args:
        patience: Iterations without an accept that end a line, >= 1.
        lines: Lines of hypotheses, >= 1.
        resets: Spec resets plus forced baselines on this held-out digest, >= 0; the ledger of
            looks survives edits of the spec.

    Raises:
        ValueError: an argument out of its range; a level above 0.05 must never come out.
    """
    if patience < 1 or lines < 1 or resets < 0:
        raise ValueError(f"no level for patience {patience}, lines {lines}, resets {resets}")
    return TOTAL / (patience * lines * (1 << resets))


def cross_fitted(alpha: float, *, folds: int) -> float:
    """Return the level that scores joined over folds must beat in place of `alpha`.

    The test takes cases for independent. Out-of-fold scores are not: candidates of two folds share
    train cases, and each was chosen on the cases that the other is scored on. The variance of their
    mean is then larger than it looks, by how much no estimator can tell without bias (Bengio and
    Grandvalet, JMLR 5, 2004). The level is lowered as if the standard error were larger by
    `sqrt(1 + folds / (folds - 1))`, Nadeau and Bengio's correction for repeated splits whose train
    and test parts are as these are (Machine Learning 52, 2003): by half for 5 folds. A heuristic
    for folds; `tests/gate/test_cross_fit.py` simulates what it buys and costs.

    Args:
        alpha: Level of one look at independent cases, in (0, 0.5).
        folds: Number of folds, >= 2.

    Raises:
        ValueError: an argument out of its range.
    """
    if not 0 < alpha < 0.5 or folds < 2:  # noqa: PLR2004 - one fold is no fold
        raise ValueError(f"no level for alpha {alpha}, folds {folds}")
    normal = NormalDist()
    return normal.cdf(normal.inv_cdf(alpha) * math.sqrt(1 + folds / (folds - 1)))
