"""Where the rules of a file stand, and where it may change."""

import re
from collections.abc import Sequence

from runner.lm.clerk.change import Page
from runner.lm.clerk.grammar import read
from runner.lm.clerk.rule import Rule

_FRONT = re.compile(r"---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|$)")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")


def page_of(text: str, *, within: str, keep: Sequence[Rule]) -> Page:
    """Read a file.

    Args:
        text: The file; its frontmatter holds no rules.
        within: Names the headings below which alone it may change; "" for everywhere.
        keep: Rules that must stay as they are: a reviewer wrote them.
    """
    front = _FRONT.match(text)
    head = front.end() if front else 0
    rules = read("\n" * text.count("\n", 0, head) + text[head:]).rules
    kept = {rule.says() for rule in keep}
    spans = _open(text, within)
    locked = frozenset(
        rule
        for rule in rules
        if rule.says() in kept or not any(first <= rule.line <= last for first, last in spans)
    )
    return Page(text, rules, locked, tuple(spans), end=_end(text, spans))


def _open(text: str, within: str) -> list[tuple[int, int]]:
    """Return the first and last lines, from 1, of what may change."""
    lines = text.split("\n")
    if not within:
        return [(1, len(lines))]
    found = []
    heads = [(at, _HEADING.fullmatch(line)) for at, line in enumerate(lines, start=1)]
    headings = [(at, len(each[1]), each[2]) for at, each in heads if each]
    for index, (at, level, title) in enumerate(headings):
        if title and title in within:
            rest = (each[0] for each in headings[index + 1 :] if each[1] <= level)
            found.append((at + 1, next(rest, len(lines) + 1) - 1))
    return found


def _end(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """Return the last line with something in it of the last open span."""
    lines = text.split("\n")
    first, last = spans[-1] if spans else (1, len(lines))
    while last >= first and not lines[last - 1].strip():
        last -= 1
    return last
