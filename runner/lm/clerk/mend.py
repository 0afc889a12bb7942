"""Ways to mend the rules that there are, rather than to stack new ones on them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from runner.lm.clerk.board import Board, met
from runner.lm.clerk.gram import Gram
from runner.lm.clerk.lesson import Past
from runner.lm.clerk.rule import Conclusion, Rule, Sign, Value, write

Rules = tuple[Rule, ...]
_EXCEPTIONS = 3
"""Phrases to try as an exception to one rule."""


@dataclass(frozen=True, slots=True)
class Step:
    """Rules after one change.

    Attributes:
        why: What was changed.
        cost: What speaks against it, in cases; below 0 for what should come first.
    """

    rules: Rules
    why: str
    cost: float


def mended(board: Board, rules: Rules, phrases: Sequence[Gram], past: Past) -> Iterator[Step]:
    """Yield rules with one of them mended; whether that helps is for the caller to see."""
    said = board.said(rules)
    for at, rule in enumerate(rules):
        if rule.condition is None:
            continue
        fired = board.fired(rule.condition)
        wrong = _wrong(board, said, rule, fired)
        for each in _variants(board, rule, fired, wrong=wrong, phrases=phrases, past=past):
            if each is None:
                yield Step(rules[:at] + rules[at + 1 :], f"drops: {_words(rule)}", 0.0)
            elif past.allows(each):
                changed = (*rules[:at], each, *rules[at + 1 :])
                yield Step(changed, f"mends: {_words(each)}", 0.0)


def defaults(board: Board, rules: Rules) -> Iterator[Step]:
    """Yield rules with one more default: the commonest value of a field that none decides."""
    said = board.said(rules)
    for name in board.fields.names:
        undecided = [
            right[name]
            for answer, right in zip(said, board.rights, strict=True)
            if name not in answer and name in right
        ]
        conclusion = _commonest(name, undecided, listed=name in board.fields.lists)
        if conclusion is not None:
            default = Rule(None, (conclusion,))
            yield Step(_with_default(rules, conclusion), _words(default), -0.5)


def merged(board: Board, rules: Rules) -> Iterator[Step]:
    """Yield rules with two that conclude the same made one, or without one that shown cases meet.

    Joining says the same of every input where no more specific rule stands between them, so it is
    the better way.
    """
    for at, rule in enumerate(rules):
        if rule.condition is not None and board.fired(rule.condition):
            yield Step(rules[:at] + rules[at + 1 :], f"leaves out: {_words(rule)}", 1.0)
        for later in range(at + 1, len(rules)):
            one = _one(rule, rules[later])
            if one is not None:
                joined = (*rules[:at], one, *rules[at + 1 : later], *rules[later + 1 :])
                yield Step(joined, f"joins: {_words(one)}", 0.0)


def _wrong(board: Board, said: Sequence[object], rule: Rule, fired: int) -> int:
    """Return the cases that a rule fires on where a field that it decides is not met."""
    found = 0
    for at, right in enumerate(board.rights):
        names = [each.field for each in rule.conclusions if each.field in right]
        answer = said[at]
        if fired >> at & 1 and isinstance(answer, dict):
            found |= any(met(answer, right, name) < 1 for name in names) << at
    return found


def _variants(
    board: Board, rule: Rule, fired: int, *, wrong: int, phrases: Sequence[Gram], past: Past
) -> Iterator[Rule | None]:
    """Yield what could stand in a rule's place; None for nothing."""
    condition = rule.condition
    if condition is None or not wrong:
        return
    if len(condition.either) == 1:
        yield None
    else:
        for at in range(len(condition.either)):
            either = condition.either[:at] + condition.either[at + 1 :]
            yield replace(rule, condition=replace(condition, either=either))
    for text in _exceptions(phrases, wrong, fired & ~wrong, past):
        unless = (*condition.unless, (Sign(text),))
        yield replace(rule, condition=replace(condition, unless=unless))
    yield from _corrected(board, rule, fired)


def _exceptions(phrases: Sequence[Gram], wrong: int, right: int, past: Past) -> list[str]:
    """Return phrases that wrong cases say and none of the right ones."""
    fit = [
        each
        for each in phrases
        if (each.cases & wrong).bit_count() >= max(each.needs, 1)
        and not each.cases & right
        and not past.malus.get(each.text.lower())
    ]
    fit.sort(key=lambda each: (-(each.cases & wrong).bit_count() - each.merit, each.text))
    return [each.text for each in fit[:_EXCEPTIONS]]


def _corrected(board: Board, rule: Rule, fired: int) -> Iterator[Rule]:
    """Yield the rule with the value that most of the cases it fires on should have."""
    cases = [at for at in range(board.size) if fired >> at & 1]
    for index, each in enumerate(rule.conclusions):
        rights = [board.rights[at].get(each.field) for at in cases]
        common = _commonest(each.field, rights, listed=False)
        if each.verb != "is" or common is None or common.values == each.values:
            continue
        if rights.count(common.values[0]) * 2 > len(rights):
            conclusions = (*rule.conclusions[:index], common, *rule.conclusions[index + 1 :])
            yield replace(rule, conclusions=conclusions)


def _commonest(name: str, values: Sequence[object], *, listed: bool) -> Conclusion | None:
    """Return the commonest value as a conclusion; None if none occurs twice."""
    if listed:
        empty = sum(not each for each in values)
        return Conclusion(name, "are", ()) if empty * 2 > len(values) else None
    plain: list[Value] = [each for each in values if isinstance(each, str | int | float | bool)]
    if not plain:
        return None
    value, count = Counter(plain).most_common(1)[0]
    return Conclusion(name, "is", (value,)) if count > 1 else None


def _with_default(rules: Rules, conclusion: Conclusion) -> Rules:
    at = next((at for at, each in enumerate(rules) if each.condition is None), None)
    if at is None:
        return (*rules, Rule(None, (conclusion,)))
    more = replace(rules[at], conclusions=(*rules[at].conclusions, conclusion))
    return (*rules[:at], more, *rules[at + 1 :])


def _one(rule: Rule, other: Rule) -> Rule | None:
    """Return two rules as one, if they differ in nothing but when they hold."""
    first, second = rule.condition, other.condition
    if first is None or second is None or rule.conclusions != other.conclusions:
        return None
    if first.unless != second.unless:
        return None
    either = tuple(dict.fromkeys((*first.either, *second.either)))
    return replace(rule, condition=replace(first, either=either))


def _words(rule: Rule) -> str:
    return write(rule).removeprefix("- ").removesuffix(".")
