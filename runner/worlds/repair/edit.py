"""One passage of a text replaced, or a refusal that says why."""

import re
from dataclasses import dataclass

from runner.core.problem import shown
from runner.worlds.repair.likeness import LIKE, Likely, nearest_line, windows_like
from runner.worlds.repair.meaning import contrast
from runner.worlds.repair.refusal import RefusedError

_TOLD = 8
_BLANKS = re.compile(r"[ \t]*")
_RIVAL = 0.1
"""How much less like a second passage must be for the first to be meant."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after an edit.

    Attributes:
        line: Where the passage that was replaced began, from 1.
    """

    text: str
    line: int


def replace(text: str, old: str, new: str) -> Edited:
    """Replace the one place where `old` stands.

    Raises:
        RefusedError: `old` is empty, stands nowhere (the nearest line is named), or more than once
            (all lines are named).
    """
    if not old:
        raise RefusedError("the old text is empty; the passage to replace would be right")
    at = text.find(old)
    if at < 0:
        raise RefusedError(f"the old text stands nowhere{_near(text, old)}")
    if text.find(old, at + 1) >= 0:
        raise _ambiguous("the old text stands in", _lines_of(text, old))
    return Edited(text[:at] + new + text[at + len(old) :], text.count("\n", 0, at) + 1)


def replace_fuzzily(text: str, old: str, new: str) -> Edited:
    """Replace the one place that is meant by `old`, whose blanks or letters may be a little off.

    Looked for in turn: `old` itself; whole lines that are alike up to blanks at their ends and one
    difference of indentation; as many lines that are alike to 0.9 (`windows_like`), where no others
    come within 0.1 of them, and that say the same but for slips (`contrast`). `new` is indented by
    the same difference.

    Raises:
        RefusedError: nothing is like enough, two places are, or the one says something else.
    """
    if not old.strip() or old in text:
        return replace(text, old, new)
    lines, wanted = text.split("\n"), _block(old)
    same = _same_lines(lines, wanted)
    if len(same) > 1:
        raise _ambiguous("up to blanks, the old text stands in", [at + 1 for at in same])
    at = same[0] if same else _likely(lines, wanted, whole=text, old=old)
    shift = _shift(wanted, lines[at : at + len(wanted)])
    return Edited(_spliced(lines, at, len(wanted), _block(new), shift), at + 1)


def _near(text: str, old: str) -> str:
    wanted = next((line for line in old.split("\n") if line.strip()), "")
    at = nearest_line(text.split("\n"), wanted)
    if at is None:
        return ""
    return f"; the nearest line is {at + 1}: {shown(text.split(chr(10))[at].strip())}"


def _lines_of(text: str, old: str) -> list[int]:
    """Return the lines where a passage begins, places that overlap included; at most some."""
    found: list[int] = []
    at = text.find(old)
    while at >= 0:
        found.append(text.count("\n", 0, at) + 1)
        at = text.find(old, at + 1) if len(found) <= 10 * _TOLD else -1
    return found


def _ambiguous(what: str, lines: list[int]) -> RefusedError:
    named = ", ".join(map(str, lines[:_TOLD])) + (", ..." if len(lines) > _TOLD else "")
    count = f"{len(lines)} places" if len(lines) <= 10 * _TOLD else "many places"
    return RefusedError(f"{what} {count} (lines {named}); more lines around it would tell which")


def _block(passage: str) -> list[str]:
    """Return the lines of a passage, without blank ones at its ends."""
    lines = passage.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return lines


def _same_lines(lines: list[str], wanted: list[str]) -> list[int]:
    """Return where lines are alike up to blanks at their ends and one change of indentation."""
    bare = [line.strip() for line in wanted]
    return [
        at
        for at in range(len(lines) - len(wanted) + 1)
        if lines[at].strip() == bare[0]
        and [line.strip() for line in lines[at : at + len(bare)]] == bare
        and _is_shifted(wanted, lines[at : at + len(bare)])
    ]


def _is_shifted(wanted: list[str], found: list[str]) -> bool:
    shift = _shift(wanted, found)
    pairs = zip(wanted, found, strict=True)
    return all(_indent(there) == _moved(_indent(own), shift) for own, there in pairs if own.strip())


def _likely(lines: list[str], wanted: list[str], *, whole: str, old: str) -> int:
    found = windows_like(lines, wanted)
    if not found or found[0].likeness < LIKE:
        raise RefusedError(f"nothing is like the old text{_closest(found)}{_near(whole, old)}")
    if len(found) > 1 and found[0].likeness - found[1].likeness < _RIVAL:
        raise _ambiguous("the old text could be meant in", sorted(one.at + 1 for one in found[:2]))
    at = found[0].at
    if other := contrast(wanted, lines[at : at + len(wanted)], text=whole):
        what = f"to {found[0].likeness:.2f}, is what begins in line {at + 1}, but {other}"
        raise RefusedError(f"nothing says the same as the old text; most like it, {what}")
    return at


def _closest(found: list[Likely]) -> str:
    if not found:
        return ""
    best = found[0]
    return (
        f" to {LIKE:g}; most like it, to {best.likeness:.2f}, is what begins in line {best.at + 1}"
    )


def _indent(line: str) -> str:
    blanks = _BLANKS.match(line)
    return blanks[0] if blanks else ""


def _shift(wanted: list[str], found: list[str]) -> tuple[str, str]:
    """Return the indentation to take away and the one to put instead, by the first line."""
    own, there = _indent(wanted[0]), _indent(found[0])
    if there.endswith(own):
        return "", there.removesuffix(own)
    if own.endswith(there):
        return own.removesuffix(there), ""
    return own, there


def _moved(blanks: str, shift: tuple[str, str]) -> str:
    away, instead = shift
    return instead + blanks.removeprefix(away)


def _spliced(lines: list[str], at: int, count: int, new: list[str], shift: tuple[str, str]) -> str:
    end = "\r" if all(line.endswith("\r") for line in lines[at : at + count]) else ""
    moved = [
        _moved(_indent(line), shift) + line.lstrip(" \t").removesuffix("\r") + end
        if line.strip()
        else end
        for line in new
    ]
    return "\n".join([*lines[:at], *moved, *lines[at + count :]])
