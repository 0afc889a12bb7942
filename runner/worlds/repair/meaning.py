"""Whether two passages of code say the same, but for slips in the spelling of words."""

import re
from collections.abc import Callable, Sequence
from itertools import zip_longest

from runner.core.problem import shown
from runner.worlds.repair.diff import ends

SHORTEST = 5
"""Letters of a word from which on it may be misspelt; shorter ones are too often other words."""
_NAMED = re.compile(r"\b(?:def|class)\s+(\w+)")
_PART = re.compile(r"\d\w*|[A-Z]?[^\W\dA-Z_]+|[A-Z]+(?![^\W\dA-Z_])|\S")
"""A number with what is joined to it, a word of a name (`is`, `week`, `Day` of `is_weekDay`), or a
sign."""


def contrast(wanted: Sequence[str], found: Sequence[str], *, text: str) -> str:
    """Return what lines say otherwise than those wanted, the first such thing; or "".

    The same must be the names after `def` and `class`, numbers, signs and words, but for slips, and
    the nesting. A slip is in a word of at least `SHORTEST` letters that stands nowhere in the text
    as it is wanted: a letter between the first and the last is missing, too many, another or
    exchanged with the next. Blanks within lines do not count.

    Args:
        wanted: Lines as somebody remembers them.
        found: As many lines of the text, which may be meant.
        text: The whole text.
    """

    def slips(own: str, there: str) -> bool:
        return _is_slip(own, there) and own not in text

    name = _first(_NAMED, wanted, found, but=lambda _own, _there: False)
    part = name or _first(_PART, wanted, found, but=slips)
    if not part and _nesting(wanted) != _nesting(found):
        return "its lines are nested otherwise"
    return part


def _first(
    pattern: re.Pattern[str],
    wanted: Sequence[str],
    found: Sequence[str],
    *,
    but: Callable[[str, str], bool],
) -> str:
    """Return, in words, the first difference of what a pattern finds but for what is let pass."""
    sides = (pattern.findall("\n".join(lines)) for lines in (wanted, found))
    for own, there in zip_longest(*sides, fillvalue=""):
        if own != there and not but(own, there):
            return f"it has {_told(there)} for {_told(own)}"
    return ""


def _told(part: str) -> str:
    return shown(part) if part else "nothing"


def _is_slip(own: str, there: str) -> bool:
    if not (own.isalpha() and there.isalpha()) or len(there) < SHORTEST:
        return False
    if (own[0], own[-1]) != (there[0], there[-1]):
        return False
    inner = own[1:-1], there[1:-1]
    head, tail = ends(*inner)
    left, right = (each[head : len(each) - tail] for each in inner)
    exchanged = len(left) == len(right) == 2 and left == right[::-1]  # noqa: PLR2004 - two letters
    return exchanged or max(len(left), len(right)) == 1


def _nesting(lines: Sequence[str]) -> list[int]:
    """Return each line's place among the indentations that occur; blank lines have none."""
    full = [line.expandtabs() for line in lines if line.strip()]
    widths = [len(line) - len(line.lstrip()) for line in full]
    known = sorted(set(widths))
    return [known.index(width) for width in widths]
