"""The inner split: train cases to reflect on, and train cases to choose by."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.core.errors import LoopError

LEAST = 2
"""Train cases, or clusters of them, without which there is nothing to split."""


@dataclass(frozen=True, slots=True)
class Inner:
    """Ids of train cases, each part in the order of the draw.

    Attributes:
        train: Shown to the meta model.
        val: Never shown; they decide which candidate is best.
    """

    train: tuple[str, ...]
    val: tuple[str, ...]


def split(cases: Sequence[Mapping[str, Any]], *, share: float, seed: int) -> Inner:
    """Split the cases; those of one cluster stay together.

    Args:
        cases: The train split, in any order.
        share: Of the clusters that go to the validation part; at least one does, and one does not.
        seed: Decides which.

    Raises:
        LoopError: there are fewer than `LEAST` clusters.
    """
    clusters: dict[str, list[str]] = {}
    for case in sorted(cases, key=lambda case: str(case["id"])):
        clusters.setdefault(str(case.get("cluster") or f"case {case['id']}"), []).append(case["id"])
    if len(clusters) < LEAST:
        raise LoopError(
            f"gepa needs {LEAST} train cases that are not of one cluster, got {len(clusters)}"
        )
    order = list(clusters.values())
    random.Random(seed).shuffle(order)  # noqa: S311 - a split, no secret
    count = min(max(round(share * len(order)), 1), len(order) - 1)
    val = [case for cluster in order[:count] for case in cluster]
    train = [case for cluster in order[count:] for case in cluster]
    return Inner(tuple(train), tuple(val))
