"""A bounded search among edits of the surface, on train cases only.

Source: the agent-eval distillation post (reflective search toward gold labels); the `gepa` library.
"""

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.request import Proposed, ProposeRequest
from runner.core.row import total
from runner.core.trial import Score
from runner.proposers.answer import one_line
from runner.proposers.edit import Files, check_files
from runner.proposers.fault import NothingNewError, ProposalError
from runner.proposers.gepa.adapter import Adapter
from runner.proposers.gepa.cell import key_of
from runner.proposers.gepa.ground import Ground, survey
from runner.proposers.gepa.params import Params
from runner.proposers.gepa.search import Found, search
from runner.proposers.history import refuse_tried
from runner.proposers.meta import Meta, open_meta
from runner.proposers.surface import write_surface


def propose(request: ProposeRequest, params: Params, score: Score | None) -> Proposed:
    """Search for a better surface and write the best one found.

    Args:
        request: What to improve, and what is known of it.
        params: How far to search.
        score: Answers and scores train cases.

    Raises:
        ProposalError: nothing found is better than the working parent on the inner validation
            cases, or what is was tried before.
        LoopError: the request lacks what a search is made of.
        LmError: the task model or the meta model does not answer; the search ends at once.
    """
    if score is None:
        raise LoopError(
            "gepa scores candidates on train cases, and the eval's checker cannot; use a built-in "
            "checker that asks a model"
        )
    with open_meta(request, params) as meta:
        return optimise(request, params, score=score, meta=meta)


def optimise(request: ProposeRequest, params: Params, *, score: Score, meta: Meta) -> Proposed:
    """Search with a model that is open; see `propose`.

    Raises:
        LoopError: as `survey`; a `ProposalError` says what a search that led nowhere cost.
    """
    limited = params.smallest() if request.smoke else params
    ground = survey(request, limited, score=score, meta=meta)
    adapter = Adapter(ground.world())
    found = search(
        adapter, ground.seed, ground.inner, params=limited, draw=request.seed, spent=ground.spent
    )
    after = ground.layout.join(found.best)
    cost = total((ground.cells.cost, meta.cost))
    try:
        _check(ground, after, adapter)
    except InvalidCandidateError as err:
        raise ProposalError(str(err), cost=cost) from err
    write_surface(request, ground.files, after)
    whys = [adapter.whys.get(key_of(ground.layout.join(each)), "") for each in found.lineage]
    return Proposed(
        why=one_line("; ".join(why for why in whys if why)),
        figures=_figures(ground, adapter, found, after),
        cost=cost,
    )


def _check(ground: Ground, after: Files, adapter: Adapter) -> None:
    if after == ground.files:
        reason = f"; the last that could not be used: {adapter.reason}" if adapter.reason else ""
        raise NothingNewError(
            f"none of {adapter.asked} proposals does better than the working parent on "
            f"{len(ground.inner.val)} train cases set aside ({adapter.failed} of them could not "
            f"be used{reason})"
        )
    check_files(ground.files, after, ground.params)
    refuse_tried(ground.history, ground.files, after)


def _figures(
    ground: Ground, adapter: Adapter, found: Found, after: Files
) -> dict[str, float | int | str]:
    return {
        "metric calls": ground.cells.calls,
        "candidates tried": adapter.asked - adapter.failed,
        "failed proposals": adapter.failed,
        "merges": found.merges,
        "inner val before": ground.level(ground.files),
        "inner val after": ground.level(after),
        "meta_model": ground.meta.name,
    }
