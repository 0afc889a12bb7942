"""Answerability probes: can a reader of the compressed text still say which value stood where?

A probe is a slot question that comes with the case, one per must-keep span: "which value of class C
stood by these words?". The words are the nearest ordinary ones of its line, `REACH` to each side,
up to the next value of the same class. The reader that answers is arithmetic, no language model:
among the values of class C that survived whole it takes the one with the most of the question's
words still by its side, left with left and right with right. The probe is answered if that is the
value asked for, and no other value comes as close. A number without the word that says what it
counts is kept, but answers nothing.

Questions that the whole text leaves open are not asked, so that keeping everything answers all.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from runner.compression.case import Case
from runner.compression.unit import Span, is_word

REACH = 3


@dataclass(frozen=True, slots=True)
class _Slot:
    """A must-keep span as a reader sees it.

    Attributes:
        kind: Its class.
        value: Its text, lower-cased.
        before: The nearest ordinary words before it.
        after: The nearest ordinary words after it.
    """

    kind: str
    value: str
    before: frozenset[str]
    after: frozenset[str]

    def support(self, other: "_Slot") -> int:
        """Return how many words this slot and another one have in common, side by side."""
        return len(self.before & other.before) + len(self.after & other.after)


def answerable(case: Case, keep: Sequence[bool]) -> float:
    """Return the share of a case's probes that the kept units answer; 1 if nothing is asked.

    Args:
        case: The case, with its must-keep spans.
        keep: `U` flags: the unit is in the compressed text.
    """
    whole = _slots(case, [True] * len(case.pieces))
    asked = [index for index in whole if _answered(whole[index], index, whole)]
    if not asked:
        return 1.0
    left = _slots(case, keep)
    return sum(index in left and _answered(whole[index], index, left) for index in asked) / len(
        asked
    )


def _answered(question: _Slot, index: int, slots: dict[int, _Slot]) -> bool:
    """Tell whether a slot fits its question better than every other value of its class."""
    own = question.support(slots[index])
    return all(
        question.support(other) < own
        for other in slots.values()
        if other.kind == question.kind and other.value != question.value
    )


def _slots(case: Case, keep: Sequence[bool]) -> dict[int, _Slot]:
    """Return the spans that are kept whole, by their place in the case."""
    text, lines = case.line.text, _lines(case)
    words = [
        text[start:end].lower() if kept and free and is_word(text[start]) else ""
        for (start, end), kept, free in zip(case.pieces, keep, case.free, strict=True)
    ]
    places = [i for i, held in enumerate(case.spans) if all(keep[unit] for unit in held)]
    found: dict[int, _Slot] = {}
    for place in places:
        start, end, kind = case.line.must[place]
        rivals = [case.spans[i] for i in places if case.line.must[i][2] == kind]
        first, last = _reach(case.spans[place], rivals, lines)
        before = [word for word in words[first : case.spans[place].start] if word]
        after = [word for word in words[case.spans[place].stop : last] if word]
        found[place] = _Slot(
            kind, text[start:end].lower(), frozenset(before[-REACH:]), frozenset(after[:REACH])
        )
    return found


def _reach(span: range, rivals: list[range], lines: list[int]) -> Span:
    """Return the units of a span's line up to its neighbours of the same class."""
    first, last = bisect_left(lines, lines[span.start]), bisect_right(lines, lines[span.start])
    first = max([first, *(rival.stop for rival in rivals if rival.stop <= span.start)])
    last = min([last, *(rival.start for rival in rivals if rival.start >= span.stop)])
    return first, max(last, span.stop)


def _lines(case: Case) -> list[int]:
    """Return for each unit the number of newlines before it."""
    numbers: list[int] = []
    at = count = 0
    for start, _ in case.pieces:
        count += case.line.text.count("\n", at, start)
        at = start
        numbers.append(count)
    return numbers
