"""Placebo: does a text of the same length without its words reproduce the gain?"""

from dataclasses import replace

from runner.gate.check.answer import Answer, skipped
from runner.gate.check.declaration import PLACEBO
from runner.gate.compare import compare
from runner.gate.question import Question
from runner.spec.gate_check import PlaceboCheck


def check_placebo(question: Question, asked: PlaceboCheck) -> Answer:
    """Hold the placebo's lift over the incumbent against the candidate's, on the same cases.

    Both are means of paired differences on the primary metric. There is no test: it is for the
    candidate to stand clear of its placebo, and noise that blurs the two speaks against it.
    """
    if not question.controls.get(PLACEBO):
        return skipped(f"the control arm {PLACEBO} was not scored")
    ours = compare(question)
    blank = compare(replace(question, candidate=question.controls[PLACEBO]))
    if not blank.missing <= question.eval.max_infra_fail:
        return skipped(f"too many cases of the control arm {PLACEBO} have no score")
    if not ours.mean > 0:
        return skipped("there is no lift over the incumbent that a placebo could reproduce")
    seen = (
        f"on {ours.cases} cases the placebo's lift {blank.mean:+.4f} is "
        f"{blank.mean / ours.mean:.2f} of the candidate's {ours.mean:+.4f}, below "
        f"{asked.share:g} asked"
    )
    if not blank.mean < asked.share * ours.mean:
        return Answer("broken", "a text of the same length without its words does as much", seen)
    return Answer("holds", "a text of the same length without its words does not do it", seen)
