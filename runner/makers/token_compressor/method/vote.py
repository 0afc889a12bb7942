"""An ensemble of earlier candidates, each held to a floor of quality before it may vote.

Source: the Kompress post, whose vote fell to 0.931 with a member of noisy labels, below the 0.961
of its better members.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from runner.compression.case import Case, read_cases
from runner.compression.decide import force, named
from runner.compression.ensemble import EnsembleScorer
from runner.compression.lexer import lex
from runner.compression.metric import exact, rate
from runner.compression.model import Compressor
from runner.compression.options import Ensemble, Options
from runner.core.errors import InvalidCandidateError
from runner.makers.token_compressor.draft import Draft, Figures, Job, nothing
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.params import Floor, Vote, role_of
from runner.makers.token_compressor.text import NATURAL


@dataclass(frozen=True, slots=True)
class Measured:
    """A member on dev, with its own options; means over cases.

    Attributes:
        exact: `exact_pct`.
        delta: What the override of lexed spans adds to that: 0 where it is on, or learned.
        keep_rate: On the natural slice, where there is one.
    """

    exact: float
    delta: float
    keep_rate: float


def vote(job: Job) -> Draft:
    """Make an ensemble of the members that reach the floor.

    Raises:
        TokenCompressorError: no dev split to measure on.
        InvalidCandidateError: fewer than `keep_if` members reach the floor.
    """
    wanted = job.params.ensemble
    if wanted is None:
        raise TokenCompressorError("no ensemble is named")
    models = {role_of(row): job.other(role_of(row)) for row in wanted.members}
    _refuse_nested(models)
    found = measure_all(job, models)
    roles = chosen(wanted, found)
    job.phases.told(f"ensemble: {', '.join(roles)} of {', '.join(models)}")
    scorer = EnsembleScorer(tuple(models[role].scorer for role in roles), wanted.keep_if)
    options = Options(ensemble=Ensemble(members=tuple(roles), keep_if=wanted.keep_if))
    return Draft(
        model=Compressor(scorer, models[roles[0]].tokenizer, options),
        write=nothing,
        threshold=options.threshold,
        auto=True,
        figures=_figures(found, roles),
        refs={role: role for role in roles},
    )


def _refuse_nested(models: Mapping[str, Compressor]) -> None:
    for role, model in models.items():
        if model.options.ensemble is not None:
            raise TokenCompressorError(f"{role} is an ensemble itself; name its own members")


def measure_all(job: Job, models: Mapping[str, Compressor]) -> dict[str, Measured]:
    """Measure every member on dev.

    Raises:
        TokenCompressorError: there is no dev split.
        CaseError: a dev case is malformed.
    """
    if job.request.dev is None:
        raise TokenCompressorError("ensemble: the request has no dev split to measure members on")
    cases = read_cases(job.request.dev)
    return {role: measure(model, cases) for role, model in models.items()}


def measure(model: Compressor, cases: Sequence[Case]) -> Measured:
    """Measure one member with its own options."""
    texts = [case.line.text for case in cases]
    keeps = [
        model.keep(text, scores) for text, scores in zip(texts, model.scores(texts), strict=True)
    ]
    pairs = list(zip(cases, keeps, strict=True))
    natural = [keep for case, keep in pairs if NATURAL in case.line.slices]
    return Measured(
        exact=fmean(exact(case, keep) for case, keep in pairs),
        delta=fmean(_helped(case, keep) - exact(case, keep) for case, keep in pairs),
        keep_rate=fmean(map(rate, natural or keeps)),
    )


def _helped(case: Case, keep: Sequence[bool]) -> float:
    return exact(case, force(keep, named(case.pieces, lex(case.line.text))))


def chosen(wanted: Vote, found: Mapping[str, Measured]) -> list[str]:
    """Return the members that may vote, the most exact first.

    Raises:
        InvalidCandidateError: fewer than `keep_if` may; names each that may not, with its numbers.
    """
    ranks = sorted(found, key=lambda role: -found[role].exact)
    if wanted.floor == "off":
        return ranks
    best = found[ranks[0]].exact
    faults = {role: fault for role in ranks if (fault := below(found[role], wanted.floor, best))}
    left = [role for role in ranks if role not in faults]
    if len(left) < wanted.keep_if:
        told = "; ".join(f"{role} {fault}" for role, fault in sorted(faults.items()))
        raise InvalidCandidateError(
            f"ensemble: {len(left)} of {len(ranks)} members reach the floor, not {wanted.keep_if}: "
            f"{told}"
        )
    return left


def below(member: Measured, floor: Floor, best: float) -> str | None:
    """Say where a member is below the floor, or None; written so that NaN is below."""
    least = best - floor.below_best
    parts = [
        None
        if member.delta <= floor.delta
        else f"override adds {member.delta:.3f} > {floor.delta:g}",
        None if member.exact >= least else f"exact_pct {member.exact:.3f} < {least:.3f}",
        None
        if member.keep_rate <= floor.keep_rate
        else f"keep_rate {member.keep_rate:.3f} > {floor.keep_rate:g}",
    ]
    return ", ".join(part for part in parts if part) or None


def _figures(found: Mapping[str, Measured], roles: Sequence[str]) -> Figures:
    figures: Figures = {
        "members": " ".join(roles),
        "refused": " ".join(role for role in found if role not in roles),
    }
    for role, member in found.items():
        name = role.replace("-", "_")
        figures |= {
            f"{name}_exact_pct": member.exact,
            f"{name}_override_adds": member.delta,
            f"{name}_keep_rate": member.keep_rate,
        }
    return figures
