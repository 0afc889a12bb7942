"""Cross-fitting: each case of a small set is held out once, from a candidate that never saw it.

A set is dealt into folds. For each fold a candidate is made from the other folds' cases and scored
on the fold's own; the scores together are one arm over all cases. They speak for the procedure that
made the candidates, not for one of them. A candidate that goes on belongs to its fold for ever: its
next edit starts from it and reads the same train cases, or a held-out case has been seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.core.canonical import canonical, digest
from runner.core.errors import LoopError
from runner.evals.model import Eval
from runner.evals.split import Case, read_split, text_key

FEWEST = 2


class FoldError(LoopError):
    """A set that cannot be dealt into folds."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold.

    Attributes:
        number: From 0.
        train: Ids of all cases outside of it, in sorted order.
        heldout: Ids of its own cases, in sorted order; its candidate never sees them.
    """

    number: int
    train: tuple[str, ...]
    heldout: tuple[str, ...]


def split_folds(cases: Sequence[Case], *, folds: int, seed: int) -> tuple[Fold, ...]:
    """Deal a whole set into folds; the same set in any order gives the same folds.

    Another set gives other folds, even where it only grew: a candidate made before then has seen
    cases that are held out now, so a new set is a new version of the eval.

    Args:
        cases: The set, each id once.
        folds: How many, at least 2.
        seed: Seed of the dealing.

    Returns:
        Folds whose sizes differ by at most one, or by at most the largest cluster where cases
        share one. Labels that occur at least `folds` times are spread evenly, too.

    Raises:
        FoldError: fewer than 2 folds, an id twice, or fewer clusters than folds.
    """
    numbers = assign(cases, folds=folds, seed=seed)
    return tuple(
        Fold(
            number=number,
            train=tuple(sorted(name for name, own in numbers.items() if own != number)),
            heldout=tuple(sorted(name for name, own in numbers.items() if own == number)),
        )
        for number in range(folds)
    )


def assign(cases: Sequence[Case], *, folds: int, seed: int) -> dict[str, int]:
    """Return the fold of each case, by id; see `split_folds`.

    Clusters are dealt whole, the largest first, those of one label in a row, otherwise in an order
    drawn from the seed; each goes to the smallest fold so far.

    Raises:
        FoldError: as `split_folds` does.
    """
    clusters = _clusters(cases)
    if folds < FEWEST or len(clusters) < folds:
        raise FoldError(
            f"{folds} folds of {len(clusters)} cases or clusters; give at least {FEWEST} folds, "
            "and a case for each"
        )
    strata = _strata(clusters, folds=folds)

    def order(name: tuple[bool, str]) -> tuple[int, str, str]:
        return -len(clusters[name]), strata[name], digest(canonical([seed, *name]))

    sizes = [0] * folds
    found: dict[str, int] = {}
    for name in sorted(clusters, key=order):
        number = sizes.index(min(sizes))
        sizes[number] += len(clusters[name])
        found |= dict.fromkeys((case.id for case in clusters[name]), number)
    return found


def deal(data: bytes, declared: Eval, *, path: str) -> tuple[Fold, ...]:
    """Deal the cases of an eval's folded file; a new version of the eval deals anew.

    Args:
        data: The file's bytes.
        declared: The eval; its held-out source has `folds`.
        path: What to call the file in messages.

    Raises:
        MalformedError: the file is no split.
        FoldError: two cases ask the same and share no cluster; as `split_folds` does.
    """
    cases = read_split(data, path=path)
    _refuse_echoes(cases)
    return split_folds(cases, folds=declared.folds or 0, seed=declared.version)


def _clusters(cases: Sequence[Case]) -> dict[tuple[bool, str], list[Case]]:
    """Group cases that stand or fall together; one without a cluster is alone."""
    found: dict[tuple[bool, str], list[Case]] = {}
    seen: set[str] = set()
    for case in sorted(cases, key=lambda case: case.id):
        if case.id in seen:
            raise FoldError(f'case "{case.id}" appears twice, so it could be on both sides')
        seen.add(case.id)
        cluster = str(case.data.get("cluster") or "")
        found.setdefault((bool(cluster), cluster or case.id), []).append(case)
    return found


def _refuse_echoes(cases: Sequence[Case]) -> None:
    known: dict[str, Case] = {}
    for case in cases:
        first = known.setdefault(text_key(case), case)
        clusters = [str(each.data.get("cluster") or "") for each in (first, case)]
        if first is not case and (clusters[0] != clusters[1] or not clusters[0]):
            raise FoldError(
                f'case "{case.id}" asks the same as "{first.id}", so a fold could learn its answer '
                "from the other; give both one cluster, or leave one out"
            )


def _strata(
    clusters: Mapping[tuple[bool, str], Sequence[Case]], *, folds: int
) -> dict[tuple[bool, str], str]:
    """Return each cluster's stratum: its first case's label, "" where that is rarer than folds."""
    labels = {name: _label(members[0]) for name, members in clusters.items()}
    counts: dict[str, int] = {}
    for label in labels.values():
        counts[label] = counts.get(label, 0) + 1
    return {name: label if counts[label] >= folds else "" for name, label in labels.items()}


def _label(case: Case) -> str:
    """Spell what of a label can be told apart by its value: lists of a mapping are left out."""
    label = case.data.get("label")
    if isinstance(label, dict):
        label = {name: value for name, value in label.items() if not isinstance(value, list)}
    return canonical(label).decode()
