"""What `gepa` asks while it searches: scores of a candidate, and another candidate.

gepa swallows what fails while a proposal is made, and asks again; so a fault is kept here, every
later proposal is empty, and whoever began the search raises it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.trial import Trial
from runner.proposers.case import Scale
from runner.proposers.edit import Files, check_files
from runner.proposers.gepa.cell import Cells, Key, key_of
from runner.proposers.gepa.part import Candidate, Layout
from runner.proposers.limit import Frame
from runner.proposers.suggest import Suggestion

Reflect = Callable[[Files, Sequence[Trial]], Suggestion]
EPSILON = 1e-9
"""Added to every score: gepa draws ancestors by their scores and fails where all are 0."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A candidate's scores in gepa's shape.

    Attributes:
        outputs: Per case, what was answered; gepa does not look into it.
        scores: Per case, from 0 to 1, higher is better.
        trajectories: Per case, its trials.
        objective_scores: Per case, metric to score, higher is better; None where unused.
        num_metric_calls: Trials that were made for it; the rest was known.
    """

    outputs: list[str]
    scores: list[float]
    trajectories: list[list[Trial]]
    objective_scores: list[dict[str, float]] | None
    num_metric_calls: int


@dataclass(frozen=True, slots=True)
class World:
    """What a search is about.

    Attributes:
        seed: The surface that it begins with.
        reflect: Asks the meta model for an edit of a surface, after trials of it.
        objectives: Tell gepa each metric by itself.
    """

    seed: Files
    layout: Layout
    cells: Cells
    scale: Scale
    frame: Frame
    reflect: Reflect
    objectives: bool


class Adapter:
    """gepa's adapter over the port and the meta model.

    Attributes:
        asked: Proposals that the meta model was asked for.
        failed: Those of them that could not be used.
        reason: Why the last of them could not; "" without any.
        fault: What ended the search; None while nothing has.
        whys: Surface to what the edit that led to it is for.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: tuple[str, ...] | None = None
        self.asked = 0
        self.failed = 0
        self.reason = ""
        self.fault: LoopError | None = None
        self.whys: dict[Key, str] = {}

    def evaluate(
        self,
        batch: Sequence[str],
        candidate: Candidate,
        **_: bool,  # whether gepa wants the trajectories, which are there anyway
    ) -> Batch:
        """Score a candidate on cases; a broken one has 0 everywhere and costs nothing.

        Raises:
            LmError: the task model does not answer.
        """
        world = self._world
        files = world.layout.join(candidate)
        if not self._sound(files):
            return Batch([""] * len(batch), [0.0] * len(batch), [], self._zeros(len(batch)), 0)
        before = world.cells.calls
        trials = world.cells.trials(files, batch)
        return Batch(
            outputs=[each[0].output for each in trials],
            scores=[fmean(map(world.scale.grade, each)) + EPSILON for each in trials],
            trajectories=trials,
            objective_scores=self._objectives(trials) if world.objectives else None,
            num_metric_calls=world.cells.calls - before,
        )

    def make_reflective_dataset(
        self,
        _: Candidate,
        eval_batch: Batch,
        components_to_update: Sequence[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the trials, the same for every component: an edit may be anywhere."""
        records = [{"trial": trial} for trials in eval_batch.trajectories for trial in trials]
        return dict.fromkeys(components_to_update, records)

    def propose_new_texts(
        self,
        candidate: Candidate,
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: Sequence[str],
    ) -> dict[str, str]:
        """Return the components that the meta model changes; none where it failed."""
        if self.fault is not None:
            return {}
        number, self.asked = self.asked, self.asked + 1
        files = self._world.layout.join(candidate)
        trials = [record["trial"] for record in reflective_dataset[components_to_update[0]]]
        try:
            made = self._world.reflect(files, trials)
        except InvalidCandidateError as err:
            self.failed, self.reason = self.failed + 1, str(err)
            return {}
        except LoopError as err:
            self.fault = err
            return {}
        self.whys[key_of(made.files)] = made.why
        return self._world.layout.moved(candidate, made.changes, proposal=number)

    def _sound(self, files: Files) -> bool:
        try:
            check_files(self._world.seed, files, self._world.frame)
        except InvalidCandidateError:
            return False
        return True

    def _objectives(self, trials: Sequence[Sequence[Trial]]) -> list[dict[str, float]]:
        """Return each metric by case; 0 where a failed trial has none."""
        found = [[self._world.scale.fractions(trial) for trial in each] for each in trials]
        if self._names is None:
            self._names = tuple(sorted({name for each in found for one in each for name in one}))
        return [
            {name: fmean(one.get(name, 0.0) for one in each) for name in self._names}
            for each in found
        ]

    def _zeros(self, count: int) -> list[dict[str, float]] | None:
        names = self._names or ()
        return [dict.fromkeys(names, 0.0)] * count if self._world.objectives else None
