"""What a quoted phrase matches."""

from dataclasses import dataclass, field
from functools import lru_cache

GAP = " ... "
_JOINTS = "_-"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A quoted phrase, made ready to be looked for.

    It matches verbatim, and never from within a word or into one: a word is letters, digits, `_`
    and `-`, so `--force` is not said by `--force-with-lease`. Three dots between blanks stand for
    anything within one line: `"curl ... | sh"`.

    Attributes:
        text: As quoted.
        parts: What must follow one another within one line.
    """

    text: str
    parts: tuple[str, ...] = field(repr=False)
    _left: bool = field(repr=False)
    _right: bool = field(repr=False)

    def find(self, text: str, start: int = 0) -> tuple[int, int] | None:
        """Return where it is said first at or after `start`: begin and end, in characters."""
        first = self.parts[0]
        at = text.find(first, start)
        while at >= 0:
            end = self._rest(text, at + len(first))
            if end is not None and not (self._left and at and _in_word(text[at - 1])):
                return at, end
            at = text.find(first, at + 1)
        return None

    def starts(self, text: str) -> bool:
        """Tell whether a text begins with it."""
        found = self.find(text)
        return found is not None and found[0] == 0

    def ends(self, text: str) -> bool:
        """Tell whether a text ends with it."""
        start, found = 0, self.find(text)
        while found is not None and found[1] < len(text):
            start = found[0] + 1
            found = self.find(text, start)
        return found is not None

    def _rest(self, text: str, end: int) -> int | None:
        """Return the end of the last part if the parts follow within the line."""
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        for part in self.parts[1:-1]:
            at = text.find(part, end, stop)
            if at < 0:
                return None
            end = at + len(part)
        if len(self.parts) == 1:
            return end if self._clear(text, end) else None
        last = self.parts[-1]
        at = text.find(last, end, stop)
        while at >= 0 and not self._clear(text, at + len(last)):
            at = text.find(last, at + 1, stop)
        return None if at < 0 else at + len(last)

    def _clear(self, text: str, end: int) -> bool:
        """Tell whether the phrase does not end within a word."""
        return not (self._right and end < len(text) and _in_word(text[end]))

    def count(self, text: str, most: int) -> int:
        """Return how often it is said, without overlaps; stops at `most`."""
        found, start = 0, 0
        while found < most and (span := self.find(text, start)) is not None:
            found, start = found + 1, span[1]
        return found


@lru_cache(maxsize=1 << 14)
def phrase(text: str) -> Phrase:
    """Make a phrase ready; it is looked for as written, so lower it for a reader without case."""
    parts = tuple(part for part in text.split(GAP) if part) or (text,)
    return Phrase(text, parts, _in_word(parts[0][:1]), _in_word(parts[-1][-1:]))


def _in_word(char: str) -> bool:
    return char.isalnum() or (char != "" and char in _JOINTS)
