"""One narrow edit per iteration, from what the working parent answered on train cases.

Source: the Optimisation Loops post: one file, raw traces, one change at a time, then broader ones.
"""

from collections.abc import Sequence

from runner.core.errors import InvalidCandidateError
from runner.core.request import Proposed, ProposeRequest
from runner.core.row import Cost, total
from runner.core.trial import Score, Trial
from runner.proposers.case import scale_of, seen_trials, worst_of_each
from runner.proposers.choose import failures, successes
from runner.proposers.edit import Files, check_sections
from runner.proposers.fault import ProposalError
from runner.proposers.history import History, read_history, refuse_tried
from runner.proposers.meta import Meta, open_meta
from runner.proposers.prompt import Brief, compose
from runner.proposers.reflect.params import WIDER_FAILURES, Params
from runner.proposers.suggest import Task, Veto, suggest
from runner.proposers.surface import read_surface, write_surface

SMOKE_CASES = 2


def propose(request: ProposeRequest, params: Params, score: Score | None) -> Proposed:
    """Ask the meta model for an edit and make it.

    Args:
        request: What to improve, and what is known of it.
        params: How to ask.
        score: Answers train cases where the working parent's trials are unknown.

    Raises:
        ProposalError: no failing case to learn from, or no usable answer.
        LoopError: the request lacks what a proposal is made of.
        LmError: the meta model does not answer.
    """
    with open_meta(request, params) as meta:
        return reflect(request, params, score=score, meta=meta)


def reflect(
    request: ProposeRequest, params: Params, *, score: Score | None, meta: Meta
) -> Proposed:
    """Propose with a model that is open; see `propose`."""
    files = read_surface(request)
    check_sections(files, params)
    seen = seen_trials(request, files, score)
    history = read_history(request.plan)
    brief = _brief(request, params, files=files, history=history, trials=seen.trials)
    prompt = compose(brief)
    made = suggest(meta, prompt, Task(files, brief.limits, veto=_veto(brief)))
    write_surface(request, files, made.files)
    figures: dict[str, float | int | str] = {
        "failures shown": prompt.failures,
        "successes shown": prompt.successes,
        "left out": prompt.left_out,
        "edits": len(made.changes),
        "lines changed": made.lines,
        "broadened": int(params.broadened(history.fruitless())),
        "meta_model": meta.name,
    }
    return Proposed(why=made.why, figures=figures, cost=total((seen.cost, meta.cost)))


def _brief(
    request: ProposeRequest,
    params: Params,
    *,
    files: Files,
    history: History,
    trials: Sequence[Trial],
) -> Brief:
    """Choose what the model is shown.

    Raises:
        ProposalError: there is nothing to learn from.
    """
    scale = scale_of(history)
    known = worst_of_each(trials, scale)
    failing = failures(known, scale, first=params.first, seed=request.seed)
    if not failing and not params.shorten:
        raise ProposalError(
            f"proposes nothing new: none of {len(known)} train cases fails, so there is nothing to "
            "learn from",
            cost=Cost(),
        )
    fruitless = history.fruitless()
    most = params.failures * (WIDER_FAILURES if params.broadened(fruitless) else 1)
    return Brief(
        files=files,
        history=history,
        scale=scale,
        limits=params.limits(fruitless=fruitless),
        failing=failing,
        passing=successes(known, scale, seed=request.seed),
        failures=min(most, SMOKE_CASES) if request.smoke else most,
        successes=0 if request.smoke else params.successes,
        room=params.prompt_bytes,
        shorten=not failing,
    )


def _veto(brief: Brief) -> Veto:
    """Return what refuses an edit that was tried before, or that is not the shorter one asked."""

    def refuse(after: Files) -> None:
        refuse_tried(brief.history, brief.files, after)
        if brief.shorten and _bytes(after) >= _bytes(brief.files):
            raise InvalidCandidateError("the edit makes the instructions no shorter")

    return refuse


def _bytes(files: Files) -> int:
    return sum(len(text.encode()) for text in files.values())
