"""What is wrong on the shown cases, and the new rules that would mend most of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.lm.clerk.board import Board, Said, met
from runner.lm.clerk.gram import Gram
from runner.lm.clerk.rule import Conclusion, Condition, Rule, Sign, Value, Verb, write

MOST_PHRASES = 4
_LEAST_MERIT = 0.4
_NEW, _KNOWN, _MALUS = 1.0, 0.3, 1.5
"""What a case more counts that lacks the value, and one that has it; a phrase that was in vain."""

_AGAIN = 2
"""Cases that must share a list's value before it is concluded beside another field's."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known to be unwanted.

    Attributes:
        lines: Bullets that were put in and rejected, or that a reviewer took out.
        malus: Phrase, in small letters, to how often it stood in such a bullet.
    """

    lines: frozenset[str]
    malus: Mapping[str, int]

    def allows(self, rule: Rule) -> bool:
        """Tell whether a rule is not one of the unwanted ones."""
        return write(rule) not in self.lines

    def against(self, rules: Sequence[Rule], target: "Target") -> "Past":
        """Return it with the phrases that rules take for another value of a target's field.

        Such a rule was learned from cases that may not be shown now.
        """
        malus = Counter(self.malus)
        for rule in rules:
            if rule.condition is not None and any(map(target.denied_by, rule.conclusions)):
                malus.update(phrases_of(rule))
        return Past(self.lines, malus)


@dataclass(frozen=True, slots=True)
class Target:
    """A value that some answers lack.

    Attributes:
        listed: Of a field that takes a list.
        cases: Those answers, as a bit each.
        wanted: All cases whose right answer has the value.
    """

    field: str
    value: Value
    listed: bool
    cases: int
    wanted: int

    def denied_by(self, conclusion: Conclusion) -> bool:
        """Tell whether a conclusion gives the field another value instead."""
        here = conclusion.field == self.field and conclusion.verb == "is"
        return here and self.value not in conclusion.values


def phrases_of(rule: Rule) -> Iterator[str]:
    """Yield the phrases on which a rule fires, in small letters."""
    either = () if rule.condition is None else rule.condition.either
    return (sign.phrase.lower() for both in either for sign in both)


def targets(board: Board, said: Sequence[Said]) -> tuple[Target, ...]:
    """Return the values that answers lack, the most often lacked first."""
    lacking: Counter[tuple[str, Value, bool]] = Counter()
    wanted: Counter[tuple[str, Value, bool]] = Counter()
    for at, right in enumerate(board.rights):
        for name, value in right.items():
            listed = isinstance(value, list)
            for each in value if listed else [value]:
                key = (name, each, listed)
                wanted[key] += 1 << at
                lacking[key] += (not _has(said[at], right, name, each)) << at
    found = [Target(*key, cases, wanted[key]) for key, cases in lacking.items() if cases]
    return tuple(sorted(found, key=lambda each: -each.cases.bit_count()))


def new_rules(
    board: Board, rules: Sequence[Rule], phrases: Sequence[Gram], *, past: Past, subject: str
) -> Iterator[Rule]:
    """Yield one new rule for each value that answers lack, where a phrase tells its cases apart.

    Args:
        board: The shown cases.
        rules: What they are answered by.
        phrases: What their inputs say.
        past: What is not to be proposed again.
        subject: What to call an input: `the log`.
    """
    said = board.said(rules)
    for target in targets(board, said):
        chosen = _phrases(board, target, phrases, past.against(rules, target))
        if chosen:
            condition = Condition(tuple((Sign(each),) for each in chosen), subject=subject)
            verb: Verb = "include" if target.listed else "is"
            first = Conclusion(target.field, verb, (target.value,))
            fired = board.fired(condition)
            rule = Rule(condition, (first, *_also(board, said, fired, target)))
            if past.allows(rule):
                yield rule


def _has(answer: Said, right: Said, name: str, value: Value) -> bool:
    mine = answer.get(name)
    return value in mine if isinstance(mine, list) else met(answer, right, name) == 1


def _phrases(board: Board, target: Target, phrases: Sequence[Gram], past: Past) -> tuple[str, ...]:
    """Choose phrases that the target's cases say and no case that must not have the value."""
    against = ((1 << board.size) - 1) & ~target.wanted
    fit = [
        each
        for each in phrases
        if each.cases & target.cases
        and not each.cases & against
        and (each.cases & target.wanted).bit_count() >= each.needs
    ]
    left, chosen = target.cases, list[str]()
    while left and fit and len(chosen) < MOST_PHRASES:
        worth = {each.text: _worth(each, target, left, past) for each in fit}
        best = max(fit, key=lambda each: (worth[each.text], each.text))
        if worth[best.text] < _LEAST_MERIT + _NEW:
            break
        chosen.append(best.text)
        left &= ~best.cases
        fit = [each for each in fit if each.cases & left]
    return tuple(chosen)


def _worth(gram: Gram, target: Target, left: int, past: Past) -> float:
    new = (gram.cases & left).bit_count()
    known = (gram.cases & target.wanted & ~left).bit_count()
    vain = past.malus.get(gram.text.lower(), 0)
    return gram.merit + _NEW * new + _KNOWN * known - _MALUS * vain


def _also(board: Board, said: Sequence[Said], fired: int, target: Target) -> Iterator[Conclusion]:
    """Yield what else holds for every case that a rule fires on, and is not answered yet."""
    cases = [at for at in range(board.size) if fired >> at & 1]
    for name in board.fields.names:
        rights = [board.rights[at][name] for at in cases if name in board.rights[at]]
        lacks = any(
            met(said[at], board.rights[at], name) < 1 for at in cases if name in board.rights[at]
        )
        if name == target.field or not lacks or len(rights) < len(cases):
            continue
        if name not in board.fields.lists:
            if all(each == rights[0] for each in rights):
                yield Conclusion(name, "is", (rights[0],))
        elif len(cases) >= _AGAIN:
            shared = [each for each in rights[0] if all(each in other for other in rights)]
            if shared:
                yield Conclusion(name, "include", tuple(shared))
