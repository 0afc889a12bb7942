"""One bounded call of `gepa.optimize`, without files, progress bars or printing.

Source: the `gepa` library, 0.1.4 (https://github.com/gepa-ai/gepa).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runner.core.errors import LoopError
from runner.proposers.gepa.adapter import Adapter
from runner.proposers.gepa.inner import Inner
from runner.proposers.gepa.params import Params


class Spent(Protocol):
    """What a search has used up."""

    def __call__(self) -> bool:
        """Tell whether another round cannot be paid for."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        best: The components of the candidate that is best on the inner validation cases; of
            several the first.
        lineage: Components of each of its ancestors and of itself, oldest first, the seed aside.
        merges: Merges that joined the pool.
    """

    best: dict[str, str]
    lineage: tuple[dict[str, str], ...]
    merges: int


class _Rounds:
    """Samples gepa's rounds, until they are used up, nothing fails any more, or all is spent."""

    def __init__(self, sampling: Any, adapter: Adapter, *, params: Params, inner: Inner) -> None:  # noqa: ANN401 - gepa's own strategy
        self._sampling = sampling
        self._adapter = adapter
        self._left = params.generations
        # a whole epoch of minibatches without a failing case: there is nothing left to learn
        self._patience = -(-len(inner.train) // params.minibatch)
        self._idle = 0
        self._asked = 0
        self.over = False

    def sample_tasks(self, *args: Any) -> list[Any]:  # noqa: ANN401 - handed on as it comes
        """Return the next round's tasks; none when the search is over."""
        if self._adapter.asked > self._asked:
            self._left, self._idle = self._left - 1, 0
        self._asked = self._adapter.asked
        self.over = self._left == 0 or self._idle == self._patience
        self._idle += 1
        return [] if self.over else self._sampling.sample_tasks(*args)


class _Silent:
    """gepa's log, which tells cases and prompts: both are in the traces already."""

    def log(self, _: str) -> None:
        """Write nothing."""


class _Merges:
    """Counts merges that joined the pool."""

    def __init__(self) -> None:
        self.count = 0

    def on_merge_accepted(self, _: Mapping[str, Any]) -> None:
        """Count one."""
        self.count += 1


def search(
    adapter: Adapter,
    seed: Mapping[str, str],
    inner: Inner,
    *,
    params: Params,
    draw: int,
    spent: Spent,
) -> Found:
    """Search for a better candidate.

    Args:
        adapter: Scores and proposes.
        seed: Components of the working parent.
        inner: Which cases are for what.
        params: How far to search.
        draw: Seed of every draw.
        spent: Tells when no other round can be paid for.

    Raises:
        LmError: a model does not answer.
        LoopError: gepa is not installed, or what a proposal is made of is missing.
    """
    optimize, sampling = _library()
    rounds = _Rounds(sampling(params.population), adapter, params=params, inner=inner)
    merges = _Merges()
    result = optimize(
        seed_candidate=dict(seed),
        trainset=list(inner.train),
        valset=list(inner.val),
        adapter=adapter,
        frontier_type=params.frontier,
        reflection_minibatch_size=min(params.minibatch, len(inner.train)),
        module_selector="all",
        use_merge=params.merge,
        max_merge_invocations=params.generations * params.population,
        merge_val_overlap_floor=1,
        sampling_strategy=rounds,
        stop_callbacks=lambda _: rounds.over or adapter.fault is not None or spent(),
        logger=_Silent(),
        callbacks=[merges],
        track_best_outputs=False,
        seed=draw,
    )
    if adapter.fault is not None:
        raise adapter.fault
    lineage = tuple(result.candidates[index] for index in _line(result.parents, result.best_idx))
    return Found(dict(result.best_candidate), lineage, merges.count)


def _library() -> tuple[Any, Any]:
    try:
        from gepa import optimize  # noqa: PLC0415 - an extra, and a quarter of a second
        from gepa.strategies.proposal_sampling import (  # noqa: PLC0415 - likewise
            IndependentSampling,
        )
    except ImportError as err:
        raise LoopError(f"propose.kind gepa needs {err.name}; install git-loop[lm]") from err
    return optimize, IndependentSampling


def _line(parents: Sequence[Sequence[int | None]], best: int) -> list[int]:
    """Return a candidate and its ancestors but for the seed, oldest first."""
    line: set[int] = set()
    waiting = [best]
    while waiting:
        index = waiting.pop()
        if index not in line | {0}:
            line.add(index)
            waiting.extend(parent for parent in parents[index] if parent is not None)
    return sorted(line)
