"""The task: what rules say of one input."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.lm.clerk.params import Params
from runner.lm.clerk.phrase import Phrase, phrase
from runner.lm.clerk.rule import Conclusion, Condition, Rule, Sign, Value

HEADING = "# Answer"
ALONE = "Answer with the text alone"
ONLY = "answer"
"""The field whose value is the whole answer where a text alone is asked for."""

_GROUP = re.compile(r"([^()]*)\(([^()]*)\)")
_WORD = re.compile(r"[\w-]+")
_BETWEEN = re.compile(r",\s*|\s+")

Signs = tuple[tuple[Sign, Phrase], ...]
Answer = Mapping[str, Value | tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Fields:
    """What is asked for.

    Attributes:
        lists: Those that take a list of values.
        alone: The answer is the one field's value and no JSON.
    """

    names: tuple[str, ...]
    lists: frozenset[str]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """A condition with its phrases made ready.

    Attributes:
        either: Alternatives, the most specific first, each with its number of words.
        unless: What must not hold.
    """

    either: tuple[tuple[int, Signs], ...]
    unless: tuple[Signs, ...]

    def weight(self, text: str) -> int:
        """Return how specifically a text meets the condition, in words; 0 where it does not.

        Args:
            text: Lowered for a reader without case.
        """
        for words, signs in self.either:
            if _all(signs, text):
                return 0 if any(_all(each, text) for each in self.unless) else words
        return 0


def asked(paragraph: str) -> Fields:
    """Read which fields an answer has; none named, none asked.

    Args:
        paragraph: `... the fields category, retry (one value each) and areas (a list).`
    """
    if ALONE in paragraph:
        return Fields((ONLY,), frozenset(), alone=True)
    names: list[str] = []
    lists: set[str] = set()
    for words, kind in _GROUP.findall(re.split(r"\bfields? ", paragraph, maxsplit=1)[-1]):
        found = [each for each in _BETWEEN.split(words) if each not in {"", "and"}]
        names += found
        lists.update(found if "list" in kind else ())
    return Fields(tuple(dict.fromkeys(names)), frozenset(lists))


def ready(condition: Condition, params: Params) -> Trigger:
    """Make a condition ready for a reader."""

    def signs(both: Sequence[Sign]) -> Signs:
        return tuple((sign, phrase(seen(sign.phrase, params))) for sign in both)

    weighed = [
        (sum(words_in(sign.phrase) for sign in both), signs(both)) for both in condition.either
    ]
    weighed.sort(key=lambda each: -each[0])
    return Trigger(tuple(weighed), tuple(map(signs, condition.unless)))


def words_in(text: str) -> int:
    """Count the words of a phrase, at least one."""
    return max(len(_WORD.findall(text)), 1)


def heeded(rules: Sequence[Rule], params: Params) -> tuple[Rule, ...]:
    """Return the rules that this reader heeds: as many as it can, and every default."""
    found, left = list[Rule](), params.attention
    for rule in rules:
        if rule.condition is None:
            found.append(rule)
        elif left is None or left > 0:
            found.append(rule)
            left = None if left is None else left - 1
    return tuple(found)


def seen(text: str, params: Params) -> str:
    """Return a text as this reader tells its letters apart."""
    return text if params.case_sensitive else text.lower()


def read_part(text: str, params: Params) -> str:
    """Return what this reader reads of an input."""
    if params.lines is not None:
        text = "\n".join(text.rstrip("\n").split("\n")[-params.lines :])
    return seen(text, params)


def conclude(
    fired: Sequence[tuple[int, Rule]], otherwise: Sequence[Rule]
) -> dict[str, Value | list[Value]]:
    """Return what rules say together: the more specific wins, then the later one.

    Args:
        fired: The rules that hold, in the order of the file, each with its weight in words.
        otherwise: The rules without a condition, in the order of the file.
    """
    said: dict[str, Value | list[Value]] = {}
    for _, rule in sorted(fired, key=lambda each: each[0]):
        for each in rule.conclusions:
            said[each.field] = _said(said.get(each.field), each)
    decided = frozenset(said)
    for rule in otherwise:
        for each in rule.conclusions:
            if each.field not in decided:
                said[each.field] = _said(said.get(each.field), each)
    return said


def shaped(said: Mapping[str, Value | list[Value]], fields: Fields) -> dict[str, object]:
    """Return the fields that are asked for, as they are asked for; all if none are named.

    Several values of a field that takes one are left out: a literal reader does not choose.
    """
    names = fields.names or tuple(said)
    shape: dict[str, object] = {}
    for name in names:
        value = said.get(name, fields)
        if value is fields:
            continue
        if name in fields.lists:
            shape[name] = value if isinstance(value, list) else [value]
        elif not (fields.names and isinstance(value, list)):
            shape[name] = value
    return shape


def text_of(shape: Mapping[str, object], fields: Fields) -> str:
    """Return an answer as it is asked for."""
    if fields.alone:
        return str(shape.get(ONLY, ""))
    return json.dumps(shape, ensure_ascii=False)


def _said(before: Value | list[Value], conclusion: Conclusion) -> Value | list[Value]:
    if conclusion.verb == "is":
        return conclusion.values[0]
    if conclusion.verb == "are":
        return list(dict.fromkeys(conclusion.values))
    old = before if isinstance(before, list) else []
    if conclusion.verb == "include":
        return list(dict.fromkeys((*old, *conclusion.values)))
    return [each for each in old if each not in conclusion.values]


def _all(signs: Signs, text: str) -> bool:
    return all(_holds(sign, words, text) for sign, words in signs)


def _holds(sign: Sign, words: Phrase, text: str) -> bool:
    if sign.least > 1:
        return words.count(text, sign.least) >= sign.least
    if sign.place == "says":
        return words.find(text) is not None
    if sign.place == "ends with":
        return words.ends(text.rstrip())
    if sign.place == "starts with":
        return words.starts(text.lstrip())
    return any(words.starts(line) for line in text.split("\n"))
