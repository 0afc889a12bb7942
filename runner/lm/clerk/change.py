"""From other rules to replacements in the text that they stand in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.lm.clerk.prompt import Limits
from runner.lm.clerk.rule import Rule, write


@dataclass(frozen=True, slots=True)
class Page:
    """A file of rules, and where it may change.

    Attributes:
        text: The file, whole.
        rules: Its rules in order.
        locked: Those that must stay as they are.
        spans: First and last lines, from 1, of what may change, in order.
        end: Line after which a first rule is put, from 1; 0 for the top.
    """

    text: str
    rules: tuple[Rule, ...]
    locked: frozenset[Rule]
    spans: tuple[tuple[int, int], ...]
    end: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that are replaced: `start` to before `end`, from 0."""

    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def size(self) -> int:
        """Lines that it touches, before or after it, whichever are more."""
        return max(self.end - self.start, len(self.lines))


def hunks(page: Page, rules: Sequence[Rule], most: int) -> tuple[Hunk, ...]:
    """Return what differs, in the order of the file, as at most `most` replacements."""
    kept = {rule.line: rule for rule in rules if rule.line}
    found = []
    for old in page.rules:
        new = kept.get(old.line)
        if new != old:
            written = tuple(write(each) for each in (new,) if each is not None)
            found.append(Hunk(old.line - 1, old.line - 1 + old.lines, written))
    for at, added in _added(page, rules).items():
        found.append(Hunk(at, at, tuple(added)))
    found.sort(key=lambda each: (each.start, each.end))
    joined = found and [found[0]]
    for each in found[1:]:
        joined = [*joined[:-1], *_joined(page, joined[-1], each)]
    while len(joined) > most:
        at = min(range(1, len(joined)), key=lambda at: joined[at].start - joined[at - 1].end)
        between = _lines(page.text)[joined[at - 1].end : joined[at].start]
        lines = (*joined[at - 1].lines, *between, *joined[at].lines)
        one = Hunk(joined[at - 1].start, joined[at].end, lines)
        joined = [*joined[: at - 1], one, *joined[at + 1 :]]
    return tuple(joined)


def fits(page: Page, rules: Sequence[Rule], limits: Limits) -> bool:
    """Tell whether the change keeps within the limits and leaves locked rules alone."""
    found = hunks(page, rules, limits.edits)
    size = len(applied(page.text, found).encode())
    within = size <= limits.bytes or size <= len(page.text.encode())
    return page.locked <= {*rules} and within and all(each.size <= limits.lines for each in found)


def applied(text: str, found: Sequence[Hunk]) -> str:
    """Return a text with lines replaced."""
    lines = _lines(text)
    for each in reversed(found):
        lines[each.start : each.end] = each.lines
    return "\n".join(lines)


def replacements(text: str, found: Sequence[Hunk]) -> list[Mapping[str, str]]:
    """Return hunks as find and replace; what is to be found occurs once."""
    return [_replacement(text, each) for each in found]


def _replacement(text: str, hunk: Hunk) -> Mapping[str, str]:
    lines = _lines(text)
    start, end = hunk.start, hunk.end
    while (start, end) != (0, len(lines)):
        found = "\n".join(lines[start:end])
        kept = (*lines[start : hunk.start], *hunk.lines, *lines[hunk.end : end])
        if start < end and kept and text.count(found) == 1:
            return {"find": found, "replace": "\n".join(kept)}
        start, end = (start - 1, end) if start else (start, end + 1)
    kept = (*lines[: hunk.start], *hunk.lines, *lines[hunk.end :])
    return {"find": text, "replace": "\n".join(kept)}


def _added(page: Page, rules: Sequence[Rule]) -> dict[int, list[str]]:
    """Return the new rules by the line, from 0, before which they are put."""
    found: dict[int, list[str]] = {}
    for index, rule in enumerate(rules):
        if rule.line:
            continue
        before = [each for each in rules[:index] if each.line]
        after = [each for each in rules[index:] if each.line]
        if before:
            at = before[-1].line - 1 + before[-1].lines
        else:
            at = after[0].line - 1 if after else page.end
        if not any(first <= at <= last for first, last in page.spans):
            at = page.end
        found.setdefault(at, []).append(write(rule))
    return found


def _joined(page: Page, one: Hunk, other: Hunk) -> tuple[Hunk, ...]:
    """Join two that meet, or have only blank lines between them."""
    between = _lines(page.text)[one.end : other.start]
    if any(line.strip() for line in between):
        return (one, other)
    return (Hunk(one.start, other.end, (*one.lines, *between, *other.lines)),)


def _lines(text: str) -> list[str]:
    return text.split("\n")
