"""The must-keep checker: one arm of cases against one compressor, or against a control."""

import random
from collections.abc import Iterator, Sequence

from runner.checkers.must_keep.errors import MustKeepError
from runner.checkers.must_keep.params import Params
from runner.compression.calibration import expected_error, reliability, worth
from runner.compression.case import Case, read_cases
from runner.compression.decide import by_budget, named
from runner.compression.metric import chance, content_f1, exact, lexed, rate, seed_exact
from runner.compression.probe import answerable
from runner.core.request import CheckRequest
from runner.core.score import CaseScore

CONTROLS = ("keep_all", "random", "regex_only")
_RANDOM_KEEP = 0.7


def check(request: CheckRequest, params: Params) -> Iterator[CaseScore]:
    """Score a candidate on every case, in the order of the file.

    The candidate answers with its own stored options; `exact_at_budget` and `override_delta` rank
    its plain scores, without and with the override.

    Raises:
        CaseError: malformed cases.
        MustKeepError: no model in the request.
        CompressionError: the candidate cannot be loaded.
    """
    if request.model is None:
        raise MustKeepError("the request names no model; a check of the model needs one")
    cases = read_cases(request.cases)
    scored, keeps = _answers(request, [case.line.text for case in cases], params)
    for case, scores, keep in zip(cases, scored, keeps, strict=True):
        yield _score(case, scores, keep, params)


def controls(request: CheckRequest, params: Params) -> dict[str, list[CaseScore]]:
    """Score the floor and ceiling rows that the request names, without a model and without torch.

    `keep_all` keeps everything (at a budget: truncates), `random` keeps 0.7 of the units,
    `regex_only` keeps what the override's lexer names and nothing else.

    Raises:
        CaseError: malformed cases.
        MustKeepError: an unknown control.
    """
    cases = read_cases(request.cases)
    rows: dict[str, list[CaseScore]] = {}
    for name in request.controls:
        if name not in CONTROLS:
            known = ", ".join(CONTROLS)
            raise MustKeepError(f"control {name!r} is unknown; must_keep has {known}")
        rows[name] = [_control(name, case, request.seed, params) for case in cases]
    return rows


def _answers(
    request: CheckRequest, texts: list[str], params: Params
) -> tuple[list[list[float]], list[list[bool]]]:
    from runner.compression.model import load  # noqa: PLC0415 - controls run without torch

    assert request.model is not None  # noqa: S101 - refused by the caller
    compressor = load(request.model, threads=params.threads, members=request.refs or None)
    scored = compressor.scores(texts)
    return scored, [
        compressor.keep(text, scores) for text, scores in zip(texts, scored, strict=True)
    ]


def _score(case: Case, scores: Sequence[float], keep: Sequence[bool], params: Params) -> CaseScore:
    forced = named(case.pieces, lexed(case.line.text))
    plain = exact(case, by_budget(scores, params.budget))
    helped = exact(case, by_budget(scores, params.budget, forced=forced))
    perfect = exact(case, keep)
    metrics = {
        "exact_pct": perfect,
        "all_kept": float(perfect == 1),
        "keep_rate": rate(keep),
        "exact_at_budget": plain,
        **{
            f"exact_at_budget_{round(100 * budget)}": exact(case, by_budget(scores, budget))
            for budget in params.reports
        },
        "content_f1": content_f1(case, keep),
        "override_delta": helped - plain,
        "lift": perfect - chance(case, sum(keep)),
        "answerable": answerable(case, keep),
        "calibration_error": expected_error(reliability(scores, worth(case))),
        "seed_exact_pct": seed_exact(case, keep),
    }
    return CaseScore(case=case.line.id, slices=case.line.slices, metrics=metrics)


def _control(name: str, case: Case, seed: int, params: Params) -> CaseScore:
    n = len(case.pieces)
    if name == "keep_all":
        return _score(case, [1.0] * n, [True] * n, params)
    if name == "regex_only":
        forced = named(case.pieces, lexed(case.line.text))
        return _score(case, [float(flag) for flag in forced], forced, params)
    draw = random.Random(f"{seed}/{case.line.id}")  # noqa: S311 - a repeatable control
    scores = [draw.random() for _ in case.pieces]
    return _score(case, scores, by_budget(scores, _RANDOM_KEEP), params)
