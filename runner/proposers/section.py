"""The parts of a Markdown file: frontmatter, and the text below each heading."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.proposers.limit import FRONTMATTER

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, up to the next heading of its level or above.

    Attributes:
        title: The heading's words.
        level: Number of `#`.
        start: Offset of the heading's line.
        body: Offset of the line after it.
        end: Offset after the section.
    """

    title: str
    level: int
    start: int
    body: int
    end: int


def lines(text: str) -> list[str]:
    """Return a text's lines with their ends; only line feeds end one."""
    return _LINE.findall(text)


def frontmatter_end(text: str) -> int:
    """Return the offset after the closing `---` line of a file's frontmatter; 0 without one."""
    first, *rest = lines(text) or [""]
    if first.rstrip() != "---":
        return 0
    offset = len(first)
    for line in rest:
        offset += len(line)
        if line.rstrip() == "---":
            return offset
    return 0


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a file, by their headings with `#`; code fences have none."""
    found = list(_headings(text))
    return tuple(
        Section(
            title,
            level,
            start,
            body,
            next((each[2] for each in found[index + 1 :] if each[1] <= level), len(text)),
        )
        for index, (title, level, start, body) in enumerate(found)
    )


def _headings(text: str) -> Iterator[tuple[str, int, int, int]]:
    offset = frontmatter_end(text)
    fence = ""
    for line in lines(text[offset:]):
        bare = line.rstrip("\r\n")
        mark = _FENCE.fullmatch(bare)
        if fence:
            closes = mark and mark[1].startswith(fence) and not mark[2].strip()
            fence = "" if closes else fence
        elif mark:
            fence = mark[1]
        elif heading := _HEADING.fullmatch(bare):
            yield heading[2] or "", len(heading[1]), offset, offset + len(line)
        offset += len(line)


def open_spans(text: str, titles: Sequence[str]) -> list[tuple[int, int]]:
    """Return where a file may change: the text below the named headings, in order, disjoint."""
    spans = [(each.body, each.end) for each in sections(text) if each.title in titles]
    if FRONTMATTER in titles:
        spans.append((0, frontmatter_end(text)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def locked(text: str, titles: Sequence[str]) -> tuple[str, ...]:
    """Return the pieces of a file that must stay when only the named sections may change."""
    pieces, offset = [], 0
    for start, end in open_spans(text, titles):
        pieces.append(text[offset:start])
        offset = end
    return (*pieces, text[offset:])
