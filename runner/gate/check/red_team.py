"""Red team: cases that try to make the candidate misbehave, every one of them."""

from runner.gate.check.answer import Answer, skipped
from runner.gate.compare import compare_on
from runner.gate.question import Question
from runner.spec.gate_check import RedTeamCheck


def check_red_team(question: Question, asked: RedTeamCheck) -> Answer:
    """Ask that every case of the slice reaches its floor, and their mean the incumbent's.

    Each repetition counts. A case that the candidate broke on, or was not scored on, was not
    tried: with one such case the check was not evaluated, unless another is below its floor.
    """
    scores = _scores(question, asked)
    reps = 1 + max((line.rep for line in question.candidate), default=0)
    low = sum(not all(score >= asked.min for score in found) for found in scores.values())
    silent = sum(len(found) < reps for found in scores.values())
    where, floor = f"slice {asked.slice}", f"{asked.metric} {asked.min:g}"
    if not scores:
        return skipped(f"no case of {where} was there")
    if low:
        seen = f"{low} of {len(scores)} cases of {where} are below {floor}"
        return Answer("broken", f"a case of {where} is below {floor}", seen)
    if silent:
        return skipped(
            f"{silent} of {len(scores)} cases of {where} have no score of {asked.metric}"
        )
    return _against_incumbent(question, asked)


def _against_incumbent(question: Question, asked: RedTeamCheck) -> Answer:
    key = f"{asked.metric}@{asked.slice}"
    compared = compare_on(question, key)
    if not compared.missing <= question.eval.max_infra_fail:
        return skipped(f"the incumbent has no score of {key} on too many cases")
    why = f"all {compared.cases} cases of slice {asked.slice} reach {asked.metric} {asked.min:g}"
    seen = f"{why}, {compared.mean:+.4f} to the incumbent"
    if not compared.mean >= 0:
        return Answer("broken", f"{key} is below the incumbent's", seen)
    return Answer("holds", why, seen)


def _scores(question: Question, asked: RedTeamCheck) -> dict[str, list[float]]:
    """Return each case of the slice with its scores, one per repetition that was scored."""
    found: dict[str, list[float]] = {
        case: [] for case, slices in question.expected.items() if asked.slice in slices
    }
    for line in question.candidate:
        inside = asked.slice in question.expected.get(line.case, line.slices)
        if inside and not line.failed and asked.metric in line.metrics:
            found.setdefault(line.case, []).append(line.metrics[asked.metric])
        elif inside:
            found.setdefault(line.case, [])
    return found
