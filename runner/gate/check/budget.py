"""Budget: what search and gate of one iteration cost."""

from runner.gate.check.answer import Answer, skipped
from runner.gate.question import Question
from runner.spec.gate_check import BudgetCheck


def check_budget(question: Question, asked: BudgetCheck) -> Answer:
    """Hold the iteration's dollars against its allowance.

    A cost of 0 is no measurement: neither a price per token nor one per hour was known.
    """
    spent = f"{question.cost_usd:.4g} usd for search and gate, {asked.usd:g} allowed"
    if question.cost_usd == 0:
        return skipped("no cost was metered; give the model prices, or budget.usd_per_hour")
    if not question.cost_usd <= asked.usd:
        return Answer("broken", spent, spent)
    return Answer("holds", spent, spent)
