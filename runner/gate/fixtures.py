"""`kind: fixtures`: a handful of visible cases; guards against regressions, claims nothing more."""

from collections.abc import Sequence

from runner.core.row import GateNumbers, Look
from runner.core.score import CaseScore
from runner.gate.aggregate import split_key, value
from runner.gate.compare import UNMEASURED, compare, measured, shorter
from runner.gate.condition import Conditions, conditions
from runner.gate.declaration import direction_of
from runner.gate.errors import GateError
from runner.gate.heldout import heldout_scores
from runner.gate.pair import Paired
from runner.gate.paired import void
from runner.gate.question import Decision, Question
from runner.gate.rule import Outcome
from runner.gate.significance import binomial

FEWEST, MOST = 3, 20
PASS = 0.5  # a repetition passes at or beyond it, in the metric's direction


def decide_fixtures(question: Question) -> Decision:
    """Accept if no fixture regresses and at least one passes anew; else reject.

    A fixture passes if more than half of its repetitions do; a missing one fails. Fixtures are
    visible to the maker, so there is no look to spend, no level (alpha 1) and no interval.

    Raises:
        GateError: fewer than 3 or more than 20 fixtures, or malformed scores.
    """
    compared = compare(question)
    missing = void(question, compared)
    if missing is not None:
        return missing
    if not FEWEST <= compared.cases <= MOST:
        raise GateError(
            f"kind: fixtures takes {FEWEST} to {MOST} cases, found {compared.cases}; "
            "use kind: paired with a held-out split for more"
        )
    ours, theirs = (
        _passing(arm, question=question, cases=compared.ids)
        for arm in (question.candidate, question.incumbent)
    )
    met = conditions(question)
    numbers = GateNumbers(
        n=compared.cases,
        wins=len(ours - theirs),
        losses=len(theirs - ours),
        d=(len(ours) - len(theirs)) / compared.cases,
        interval=None,
        p=binomial(len(ours - theirs), len(theirs - ours)),
        alpha=1.0,
        looks=question.looks,
        mde=None,
        guards=met.states,
    )
    verdict, why = _judge(question, compared, numbers, met=met)
    reason = (
        f"{why} ({len(ours)} of {compared.cases} fixtures pass, {len(theirs)} before); the "
        "fixtures are visible, so this claims no generalisation"
    )
    detail = reason + met.seen
    found = heldout_scores(question.candidate, question.incumbent, eval_=question.eval)
    told = detail if verdict == "accept" else reason
    return Decision(verdict, told, detail, numbers, found, Look())


def _judge(
    question: Question, compared: Paired, numbers: GateNumbers, *, met: Conditions
) -> tuple[Outcome, str]:
    if not met.hold:
        return "reject", met.veto
    if not measured(question):
        return "reject", UNMEASURED
    if numbers.losses:
        return "reject", f"{numbers.losses} fixtures that passed now fail"
    if numbers.wins:
        return "accept", f"no regression and {numbers.wins} new"
    if shorter(question) and compared.mean >= 0:
        return "accept", "the same fixtures pass with a shorter surface"
    return "reject", "no fixture passes that did not pass before"


def _passing(
    scores: Sequence[CaseScore], *, question: Question, cases: frozenset[str]
) -> frozenset[str]:
    """Return the cases on which more than half of the repetitions pass."""
    metric, _ = split_key(question.gate.primary)
    higher = direction_of(question.eval, question.gate.primary) == "max"
    votes = dict.fromkeys(cases, 0)
    reps = 1 + max((score.rep for score in scores), default=0)
    for score in scores:
        found = None if score.failed else value(score, metric=metric, on_error=0)
        if score.case in votes and found is not None:
            votes[score.case] += found >= PASS if higher else found <= PASS
    return frozenset(case for case, passed in votes.items() if 2 * passed > reps)
