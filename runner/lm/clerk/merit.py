"""How far a phrase looks like what is always said, before any case is counted.

What a person brings along who has read logs and shells, but not this task: that lines which tell of
a fault, and those near the end, say more than others; that warnings are asides; that names,
numbers and paths are this input's own; that the first words of a command say what it does.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

PIECE = re.compile(r"[A-Za-z0-9_-]+|[^\sA-Za-z0-9_-]")
SHORT = 3
"""Lines: in an input of no more every word was chosen; a longer one is mostly noise."""

_FAULT = re.compile(
    r"error|fail|fatal|denied|refused|cannot|can't|could not|unable|not found|no such|missing"
    r"|exceeded|timed? ?out|killed|invalid|unexpected|conflict|lost|abort|exception|panic|cancel"
    r"|exhausted|insufficient|no space|undefined|undeclared|mismatch|never used|not used|would"
    r"|not granted|rejected|expired",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\W*(?:warn(?:ing)?|note|notice|info|hint|debug|help)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"(?<!\w)(?:'[^'\n]{1,60}'|`[^`'\n]{1,60}['`]|\u2018[^\u2019\n]{1,60}\u2019|\"[^\"\n]*\")"
)
_NUMBER = re.compile(r"[\w-]*\d[\w-]*")
_JOINED = re.compile(r"\w*(?:[a-z]_[a-z]|[a-z][A-Z])\w*")
_PATH = re.compile(r"[^\s'\"]*(?:\w[/\\]\w|\w\.\w)[^\s'\"]*")
_CLAUSE = re.compile(r"[;|&'\"]+|\n")
_FLAG = re.compile(r"(?<!\w)--[a-z]{3,}")
_THIN = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "has", "in", "is", "it", "of", "on"),
        *("or", "that", "the", "to", "was", "with"),
    )
)
_BEFORE, _AFTER = frozenset((": ", "- ", "] ")), frozenset(":.;")
_BY_SIZE = (-1.2, 0.2, 0.4, 0.4, 0.4, 0.3, 0.2)
_BY_SIZE_SHORT = (0.6, 0.5, 0.4, 0.1, -0.2, -0.4, -0.6)
_BY_ORDER = (0.8, 0.3, 0.0, -0.3)
_TELLING = 1.4
_RAISING = frozenset(("sudo", "time"))


@dataclass(frozen=True, slots=True)
class Worth:
    """What speaks for a phrase.

    Attributes:
        merit: Higher is better; about 0 to 3.
        needs: Cases that must share it before it counts as more than one case's chance.
    """

    merit: float
    needs: int


def of_long(line: str, start: int, end: int, *, place: float) -> Worth:
    """Weigh a phrase of a line of a long input.

    Args:
        line: The line without what stands before it on every line, such as the time.
        start: Where the phrase begins.
        end: Where it ends.
        place: How near the line is to the input's end, in (0, 1].
    """
    text = line[start:end]
    fault, aside = _tone(line)
    merit = 0.6 * place + fault - 2 * aside + _plain(text, _BY_SIZE, none=-2.0)
    merit += 0.5 * (_FAULT.search(text) is not None) - 0.3 * (not word_char(text[0]))
    merit += 0.5 * (start == 0 or line[start - 2 : start] in _BEFORE)
    merit += 0.3 * (end == len(line) or line[end] in _AFTER)
    if _own(line, start, end):
        return Worth(merit, 3)
    return Worth(merit, 1 if merit >= _TELLING else 2)


def of_short(line: str, start: int, end: int) -> Worth:
    """Weigh a phrase of a line of a short input, such as a command."""
    text = line[start:end]
    clause = _CLAUSE.split(line[:start])[-1]
    merit = _plain(text, _BY_SIZE_SHORT, none=-0.2) + 0.3 * (_FLAG.search(text) is not None)
    if clause.strip() and not clause[-1].isspace():
        merit -= 0.6
    else:
        before = len(clause.split()) - (clause.split()[:1] == ["sudo"])
        merit += _BY_ORDER[min(before, len(_BY_ORDER) - 1)]
    return Worth(merit, 4 if _own(line, start, end) or _operand(clause, text) else 1)


def word_char(char: str) -> bool:
    """Tell whether a character is part of a word, as a phrase's ends take it."""
    return char.isalnum() or char in "_-"


def _plain(text: str, by_size: tuple[float, ...], *, none: float) -> float:
    """Return what a phrase's own words say for it; `none` if no word is of letters alone."""
    pieces = PIECE.findall(text)
    words = [each.lower() for each in pieces if word_char(each[0])]
    if not any(each.isalpha() for each in words):
        return none
    thin = sum(each in _THIN for each in (words[0], words[-1]))
    return by_size[min(len(pieces), len(by_size)) - 1] - 0.4 * thin


def _operand(clause: str, text: str) -> bool:
    """Tell whether a phrase has a word behind its clause's second that is no flag."""
    before, words = clause.split(), text.split()
    skip = sum(each in _RAISING for each in (*before, *words))
    found = enumerate(words, start=len(before))
    return any(at - skip > 1 and each[0].isalnum() for at, each in found)


def _own(line: str, start: int, end: int) -> bool:
    """Tell whether a phrase has a name, a number or a path in it."""
    return any(first < end and start < last for first, last in _names(line))


@lru_cache(maxsize=1024)
def _names(line: str) -> tuple[tuple[int, int], ...]:
    found = (_QUOTED, _PATH, _NUMBER, _JOINED)
    return tuple(each.span() for pattern in found for each in pattern.finditer(line))


@lru_cache(maxsize=1024)
def _tone(line: str) -> tuple[bool, bool]:
    return _FAULT.search(line) is not None, _ASIDE.match(line) is not None
