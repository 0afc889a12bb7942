"""From shown cases to better rules: the step that helps most, again and again within the limits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runner.lm.clerk.board import Board
from runner.lm.clerk.gram import Gram, grams
from runner.lm.clerk.lesson import Past, new_rules
from runner.lm.clerk.mend import Rules, Step, defaults, mended, merged
from runner.lm.clerk.rule import Rule, write

Allowed = Callable[[Rules], bool]
_LEAST_GAIN = 0.2


@dataclass(frozen=True, slots=True)
class Learned:
    """Better rules.

    Attributes:
        rules: In the order of the file; those that stay have their lines.
        why: What was done, and for which cases.
        gain: By how many of the shown cases more would be right.
    """

    rules: Rules
    why: tuple[str, ...]
    gain: float


def learn(
    board: Board, rules: Rules, *, past: Past, steps: int, allowed: Allowed, mends: bool
) -> Learned:
    """Improve rules on the shown cases, one step after the other; none if no step would help.

    Args:
        board: The cases.
        rules: In the order of the file.
        past: What is not to be proposed again.
        steps: Rules that may be added or mended.
        allowed: Tells whether a change of the rules is within the limits.
        mends: Rules that are there may be mended, too.
    """
    phrases = grams(board.inputs, board.params)
    ways = (_defaults, _news, _mends) if mends else (_defaults, _news)
    why: list[str] = []
    start = value = board.value(rules)
    for _ in range(steps):
        found = (step for way in ways for step in way(board, rules, phrases, past))
        ranked = sorted(
            ((board.value(step.rules), step) for step in found),
            key=lambda each: (each[0] - each[1].cost, each[1].why),
            reverse=True,
        )
        best = next((each for each in ranked if allowed(each[1].rules)), None)
        if best is None or best[0] - value < _LEAST_GAIN:
            break
        value, rules = best[0], best[1].rules
        why.append(best[1].why)
    return Learned(rules, tuple(why), value - start)


def shorten(
    board: Board, rules: Rules, *, allowed: Allowed, size: Callable[[Rules], int]
) -> Learned | None:
    """Join or leave out rules as long as no shown case is answered otherwise; None if none can go.

    Args:
        board: The cases.
        rules: In the order of the file.
        allowed: Tells whether a change of the rules is within the limits.
        size: Letters of the file with some rules.
    """
    said, start, why = board.said(rules), rules, list[str]()
    while True:
        same = [
            step
            for step in merged(board, rules)
            if size(step.rules) < size(rules)
            and allowed(step.rules)
            and board.said(step.rules) == said
        ]
        if not same:
            return Learned(rules, tuple(why), 0.0) if rules != start else None
        best = min(same, key=lambda step: (step.cost, size(step.rules), step.why))
        rules = best.rules
        why.append(best.why)


def _defaults(board: Board, rules: Rules, _: Sequence[Gram], __: Past) -> Iterator[Step]:
    return defaults(board, rules)


def _news(board: Board, rules: Rules, phrases: Sequence[Gram], past: Past) -> Iterator[Step]:
    subject = next((each.condition.subject for each in rules if each.condition), "the input")
    for rule in new_rules(board, rules, phrases, past=past, subject=subject):
        if rule.condition is not None:
            cases = board.fired(rule.condition).bit_count()
            told = write(rule).removeprefix("- ").removesuffix(".")
            yield Step(placed(rules, rule), f"{told} ({cases} shown)", 0.05)


def _mends(board: Board, rules: Rules, phrases: Sequence[Gram], past: Past) -> Iterator[Step]:
    return mended(board, rules, phrases, past)


def placed(rules: Rules, rule: Rule) -> Rules:
    """Put a new rule where the later ones win: behind all others but a last default."""
    if rules and rules[-1].condition is None:
        return (*rules[:-1], rule, rules[-1])
    return (*rules, rule)
