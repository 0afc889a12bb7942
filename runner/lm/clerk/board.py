"""The shown cases, and how a set of rules would do on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.lm.clerk.answer import Fields, conclude, heeded, read_part, ready, shaped
from runner.lm.clerk.params import Params
from runner.lm.clerk.prompt import Shown
from runner.lm.clerk.rule import Condition, Rule

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """Cases with a known right answer, as one reader reads them.

    Attributes:
        inputs: As shown.
        texts: What the reader reads of them.
        rights: What each answer should have been.
        fields: The fields of all right answers.
    """

    inputs: tuple[str, ...]
    texts: tuple[str, ...]
    rights: tuple[Said, ...]
    fields: Fields
    params: Params
    _weights: dict[Condition, tuple[int, ...]] = field(default_factory=dict, repr=False)
    _numbers: dict[Rule, int] = field(default_factory=dict, repr=False)
    _known: dict[tuple[object, ...], float] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, shown: Sequence[Shown], params: Params) -> "Board":
        """Take the cases that say what would have been right."""
        known = [each for each in shown if each.right is not None]
        rights = tuple(each.right for each in known if each.right is not None)
        names = tuple(dict.fromkeys(name for right in rights for name in right))
        lists = frozenset(
            name for name in names if any(isinstance(right.get(name), list) for right in rights)
        )
        inputs = tuple(each.text for each in known)
        texts = tuple(read_part(text, params) for text in inputs)
        return cls(inputs, texts, rights, Fields(names, lists), params)

    @property
    def size(self) -> int:
        """How many cases there are."""
        return len(self.rights)

    def weights(self, condition: Condition) -> tuple[int, ...]:
        """Return how specifically each case meets a condition, in words; 0 where it does not."""
        found = self._weights.get(condition)
        if found is None:
            trigger = ready(condition, self.params)
            found = self._weights[condition] = tuple(map(trigger.weight, self.texts))
        return found

    def fired(self, condition: Condition) -> int:
        """Return the cases that meet a condition, as a bit each."""
        return sum((weight > 0) << at for at, weight in enumerate(self.weights(condition)))

    def said(self, rules: Sequence[Rule]) -> list[Said]:
        """Return what each case would be answered by some rules."""
        heard, otherwise = self._heeded(rules)
        return [
            self._answer([(found[at], rule) for rule, found in heard if found[at]], otherwise)
            for at in range(self.size)
        ]

    def value(self, rules: Sequence[Rule]) -> float:
        """Return how many cases would be right, in parts: a case counts its share of fields."""
        heard, otherwise = self._heeded(rules)
        numbered = [(self._number(rule), rule, found) for rule, found in heard]
        rest = tuple(map(self._number, otherwise))
        total = 0.0
        for at, right in enumerate(self.rights):
            fired = [(number, found[at], rule) for number, rule, found in numbered if found[at]]
            key = (at, rest, *(each[0] for each in fired))
            known = self._known.get(key)
            if known is None:
                answer = self._answer([each[1:] for each in fired], otherwise)
                known = self._known[key] = agreement(answer, right)
            total += known
        return total

    def _heeded(
        self, rules: Sequence[Rule]
    ) -> tuple[list[tuple[Rule, tuple[int, ...]]], list[Rule]]:
        found = heeded(rules, self.params)
        heard = [(rule, self.weights(rule.condition)) for rule in found if rule.condition]
        return heard, [rule for rule in found if rule.condition is None]

    def _answer(self, fired: Sequence[tuple[int, Rule]], otherwise: Sequence[Rule]) -> Said:
        return shaped(conclude(fired, otherwise), self.fields)

    def _number(self, rule: Rule) -> int:
        return self._numbers.setdefault(rule, len(self._numbers))


def agreement(said: Said, right: Said) -> float:
    """Return the mean over the right answer's fields of how well each is met, in [0, 1]."""
    return sum(met(said, right, name) for name in right) / max(len(right), 1)


def met(said: Said, right: Said, name: str) -> float:
    """Return how well one field is met: 0 or 1, and the shared share of a list; absent is empty."""
    wanted = right[name]
    if name not in said:
        return float(wanted == [])
    mine = said[name]
    if not isinstance(wanted, list):
        return float(mine == wanted and isinstance(mine, bool) == isinstance(wanted, bool))
    if not isinstance(mine, list):
        return 0.0
    both = [each for each in wanted if each in mine]
    return len(both) / len({*map(str, mine), *map(str, wanted)}) if mine or wanted else 1.0
