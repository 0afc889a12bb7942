"""What a search stands on: the surface, the split, the cells, the meta model and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.request import ProposeRequest
from runner.core.trial import Score, Trial
from runner.proposers.case import Scale, read_cases, read_trials, scale_of, worst_of_each
from runner.proposers.edit import Files, check_sections
from runner.proposers.fault import NothingNewError
from runner.proposers.gepa.adapter import World
from runner.proposers.gepa.cell import Cells
from runner.proposers.gepa.inner import Inner, split
from runner.proposers.gepa.params import Params
from runner.proposers.gepa.part import Layout, divided, whole
from runner.proposers.history import History, read_history, refuse_tried
from runner.proposers.meta import Meta
from runner.proposers.prompt import Brief, RoomError, compose
from runner.proposers.suggest import Suggestion, Task, suggest
from runner.proposers.surface import read_surface

SMOKE_CASES = 4


@dataclass(frozen=True, slots=True)
class Ground:
    """What a search stands on.

    Attributes:
        files: The working parent's surface.
        seed: The same in gepa's components.
    """

    files: Files
    seed: dict[str, str]
    layout: Layout
    history: History
    scale: Scale
    params: Params
    inner: Inner
    cells: Cells
    meta: Meta

    def world(self) -> World:
        """Return what gepa's adapter needs."""
        return World(
            seed=self.files,
            layout=self.layout,
            cells=self.cells,
            scale=self.scale,
            frame=self.params,
            reflect=self.reflect,
            objectives=self.params.frontier != "instance",
        )

    def broke(self) -> bool:
        """Tell whether all dollars are spent."""
        dollars = self.cells.cost.usd + self.meta.cost.usd
        return self.params.max_usd is not None and dollars >= self.params.max_usd

    def spent(self) -> bool:
        """Tell whether another round cannot be paid for."""
        return self.broke() or self.cells.left < self.params.round_calls(len(self.inner.val))

    def level(self, files: Files) -> float:
        """Return a candidate's mean on the inner validation cases, from 0 to 1."""
        trials = self.cells.trials(files, self.inner.val)
        return fmean(fmean(map(self.scale.grade, each)) for each in trials)

    def reflect(self, files: Files, trials: Sequence[Trial]) -> Suggestion:
        """Ask the meta model for an edit of a candidate, after a minibatch.

        Raises:
            InvalidCandidateError: none that can be used, or no room or money to ask for one.
            LmError: it does not answer.
        """
        if self.broke():
            raise InvalidCandidateError("max_usd is spent")
        try:
            prompt = compose(self._brief(files, trials))
        except RoomError as err:
            raise InvalidCandidateError(str(err)) from err
        return suggest(self.meta, prompt, Task(files, self.params, veto=self._refuse_seen))

    def _brief(self, files: Files, trials: Sequence[Trial]) -> Brief:
        known = worst_of_each(trials, self.scale)
        grades = [self.scale.grade(each) for each in known]
        return Brief(
            files=files,
            history=self.history,
            scale=self.scale,
            limits=self.params,
            failing=[each for each, grade in zip(known, grades, strict=True) if grade < 1],
            passing=[each for each, grade in zip(known, grades, strict=True) if grade >= 1],
            failures=len(known),
            successes=len(known),
            room=self.params.prompt_bytes,
        )

    def _refuse_seen(self, after: Files) -> None:
        if self.cells.seen(after):
            raise NothingNewError("the search has tried this text already")
        refuse_tried(self.history, self.files, after)


def survey(request: ProposeRequest, params: Params, *, score: Score, meta: Meta) -> Ground:
    """Read what a search stands on; the working parent's known trials are not made again.

    Raises:
        LoopError: too few train cases, or too few metric calls for one round.
    """
    files = read_surface(request)
    check_sections(files, params)
    history = read_history(request.plan)
    cases = read_cases(request)
    inner = split(cases, share=params.val_share, seed=request.seed)
    if request.smoke:
        inner = Inner(inner.train[:SMOKE_CASES], inner.val[:SMOKE_CASES])
    most = params.most_calls(len(inner.val))
    least = params.reps * len(inner.val) + params.round_calls(len(inner.val))
    if most < least:
        raise LoopError(
            f"max_metric_calls is {most}; the working parent and one round can need {least}"
        )
    cells = Cells(score, cases, reps=params.reps, most=most)
    cells.remember(files, read_trials(request))
    proposals = params.generations * params.population
    layout, seed = divided(files, proposals=proposals) if params.merge else whole(files)
    return Ground(
        files=files,
        seed=seed,
        layout=layout,
        history=history,
        scale=scale_of(history),
        params=params,
        inner=inner,
        cells=cells,
        meta=meta,
    )
