"""The checks that a gate asks for, answered in a fixed order."""

from runner.gate.check.answer import Answer
from runner.gate.check.budget import check_budget
from runner.gate.check.canary import check_canary
from runner.gate.check.placebo import check_placebo
from runner.gate.check.red_team import check_red_team
from runner.gate.check.reward_hacking import check_reward_hacking
from runner.gate.question import Question


def run_checks(question: Question) -> dict[str, Answer]:
    """Answer every check that the gate asks for, by name; nothing is asked by default.

    Raises:
        GateError: an arm's lines are malformed.
    """
    asked = question.gate.checks
    found: dict[str, Answer] = {}
    if asked.budget is not None:
        found["budget"] = check_budget(question, asked.budget)
    if asked.canary is not None:
        found["canary"] = check_canary(question, asked.canary)
    if asked.placebo is not None:
        found["placebo"] = check_placebo(question, asked.placebo)
    if asked.red_team is not None:
        found["red_team"] = check_red_team(question, asked.red_team)
    if asked.reward_hacking is not None:
        found["reward_hacking"] = check_reward_hacking(question, asked.reward_hacking)
    return found
