"""Compounds: what stands together without a blank, and is corrupted when a part of it goes."""

import re
from collections.abc import Sequence
from math import isnan

from runner.compression.unit import Span, is_word

_JOINS = re.escape("-./@:+~^=!$#%&*\\|?<>")
# runs of joining characters are bounded, so that a line of dashes costs time linear in its length
_COMPOUND = re.compile(rf"[{_JOINS}]{{0,16}}\w+(?:[{_JOINS}]{{1,16}}\w+)*%?")


def compounds(text: str, pieces: tuple[Span, ...]) -> tuple[range, ...]:
    """Return the unit indices of each compound of two units or more: ascending, disjoint.

    A compound is words joined by one another's punctuation: identifiers with dots, paths, flags,
    versions, addresses, hyphenated words. Brackets, quotes, commas and semicolons part compounds.

    Args:
        text: The text.
        pieces: Its units.
    """
    found: list[range] = []
    index = 0
    for match in _COMPOUND.finditer(text):
        start, end = match.span()
        while index < len(pieces) and pieces[index][0] < start:
            index += 1
        first = index
        while index < len(pieces) and pieces[index][1] <= end:
            index += 1
        if index - first > 1:
            found.append(range(first, index))
    return tuple(found)


def highest(
    text: str, pieces: tuple[Span, ...], scores: Sequence[float], groups: Sequence[range]
) -> list[float]:
    """Return scores in which all units of a compound have that of its best word.

    So half an address is never kept, and a word that the model knows speaks for the rest.
    """
    evened = list(scores)
    for group in groups:
        best = max((scores[i] for i in group if is_word(text[pieces[i][0]])), key=_or_nan)
        for index in group:
            evened[index] = best
    return evened


def _or_nan(score: float) -> tuple[bool, float]:
    """Order NaN last, so that it is passed on to where it is refused."""
    return isnan(score), score
