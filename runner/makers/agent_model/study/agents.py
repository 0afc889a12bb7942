"""Studies that train nothing: who does what, under which harness, and how habits change."""

from collections.abc import Sequence
from typing import Literal

from runner.core.chat import Player
from runner.core.episode import Episode
from runner.core.request import Studied, StudyRequest
from runner.harness.params import Harness
from runner.harness.trial import Wanted, attempted
from runner.makers.agent_model.params import Params
from runner.makers.agent_model.study.bench import Bench, bench, studied
from runner.makers.agent_model.task import jobs
from runner.report.experience.attempt import Turn
from runner.report.experience.curve import curve
from runner.report.experience.drift import drifts
from runner.report.experience.findings import Findings
from runner.report.experience.kind import kinds
from runner.report.experience.standing import harnessed, standing
from runner.worlds.office.player import Idle, first_hit_player, noisy_player, reference_player
from runner.worlds.office.world import WRITING

NOISE = 0.3
"""Of the scripted agent that errs."""
_MODES: tuple[Literal["native", "one_action"], ...] = ("native", "one_action")


def agents(request: StudyRequest, params: Params) -> Studied:
    """Set the loop's models beside scripted agents: what each scores, and what a task costs."""
    at = bench(request, params)
    players = (reference_player(), noisy_player(NOISE), first_hit_player(), Idle())
    scripted = [at.grouped(each.name, _played(at, each)) for each in players]
    models = _models(at)
    return studied(
        Findings(
            standings=tuple(map(standing, [*scripted, *models])),
            curves=tuple(map(curve, models)),
        )
    )


def harnesses(request: StudyRequest, params: Params) -> Studied:
    """Let agents act in a conversation of their own, and one action at a time."""
    at = bench(request, params)
    free, bound = (at.harness.model_copy(update={"mode": mode}) for mode in _MODES)
    found = [
        harnessed(
            at.turn(f"row {number}", folder, harness=free),
            at.turn(f"row {number}, one action", folder, harness=bound),
        )
        for number, folder in request.candidates.items()
    ]
    reference = reference_player()
    both = (at.grouped("reference", _played(at, reference, each)) for each in (free, bound))
    return studied(Findings(harnesses=(*found, harnessed(*both))))


def drift(request: StudyRequest, params: Params) -> Studied:
    """Say how the habits of the loop's models change from one accepted to the next."""
    at = bench(request, params)
    return studied(Findings(drifts=drifts(_models(at), writing=WRITING)))


def templates(request: StudyRequest, params: Params) -> Studied:
    """Say which kinds of task the newest model does better than the baseline, and which not."""
    at = bench(request, params)
    before, after = at.turn("base", at.base), at.turn("newest", at.newest)
    return studied(Findings(kinds=kinds(after, before)))


def _models(at: Bench) -> list[Turn]:
    return [at.turn(f"row {number}", path) for number, path in at.request.candidates.items()]


def _played(at: Bench, player: Player, harness: Harness | None = None) -> Sequence[Episode]:
    wanted = Wanted(
        harness=harness or at.harness,
        decoding=at.decoding,
        samples=at.samples,
        seed=at.request.seed,
    )
    return attempted(player, jobs(at.dev), wanted)
