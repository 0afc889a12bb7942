"""Edits: where they fall, what they change, and what they may not break."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.frozen import Frozen
from runner.core.problem import shown
from runner.proposers import frontmatter
from runner.proposers.fault import NothingNewError
from runner.proposers.limit import FRONTMATTER, Frame, Limits
from runner.proposers.section import frontmatter_end, locked, sections

Files = Mapping[str, str]
"""The surface: path to text."""
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Edit(Frozen):
    """One replacement in one file.

    Attributes:
        path: The file; may be left out where the surface has only one.
        find: Text that occurs exactly once in the file; empty to append at its end.
        replace: What stands there instead.
    """

    path: str | None = None
    find: str
    replace: str


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit changes, without what it leaves as it is; offsets are in the old text.

    Attributes:
        path: The file.
        start: Where the old text begins to differ.
        end: Where it ends to differ; `start` where text is only put in.
        text: What stands there instead.
    """

    path: str
    start: int
    end: int
    text: str


def locate(files: Files, edits: Sequence[Edit]) -> tuple[Change, ...]:
    """Return what edits change, in the order of the text; all are sought in the old text.

    Raises:
        InvalidCandidateError: a file outside of the surface, a `find` that does not occur exactly
            once, edits that overlap, characters that a text file cannot hold.
        NothingNewError: the edits change nothing.
    """
    found = [_change(files, edit, number) for number, edit in enumerate(edits, start=1)]
    changes = [each for each in found if each.start != each.end or each.text]
    if not changes:
        raise NothingNewError("the edits change nothing" if edits else "no edits")
    if len(changes) == 1:
        return (_slid(files[changes[0].path], changes[0]),)
    changes.sort(key=lambda each: (each.path, each.start, each.end))
    for one, other in pairwise(changes):
        if one.path == other.path and other.start < one.end:
            raise InvalidCandidateError(f"two edits overlap in {one.path}")
    return tuple(changes)


def rewrite(files: Files, changes: Sequence[Change]) -> dict[str, str]:
    """Return the files with changes made; they do not overlap and are in order."""
    made = dict(files)
    for change in reversed(changes):
        text = made[change.path]
        made[change.path] = text[: change.start] + change.text + text[change.end :]
    return made


def line_count(text: str, change: Change) -> int:
    """Return how many lines a change touches, before or after it, whichever are more."""
    return max(_lines(text[change.start : change.end]), _lines(change.text))


def check_narrow(files: Files, changes: Sequence[Change], limits: Limits) -> None:
    """Refuse changes that go further than one step may.

    Raises:
        InvalidCandidateError: too many edits, or an edit of too many lines.
    """
    if len(changes) > limits.max_edits:
        raise InvalidCandidateError(f"{len(changes)} edits; at most {limits.max_edits} may be made")
    for change in changes:
        count = line_count(files[change.path], change)
        if count > limits.max_lines:
            raise InvalidCandidateError(
                f"an edit changes {count} lines of {change.path}; at most {limits.max_lines} may"
            )


def check_files(before: Files, after: Files, frame: Frame) -> None:
    """Refuse a surface that an edit broke.

    Raises:
        InvalidCandidateError: a file that is empty or too large, a broken frontmatter, a change
            outside of the sections that may change.
    """
    for path in before:
        fault = next(_faults(before[path], after[path], path=path, frame=frame), None)
        if fault is not None:
            raise InvalidCandidateError(fault)


def check_sections(files: Files, frame: Frame) -> None:
    """Refuse sections that no file of the surface has.

    Raises:
        LoopError: the spec names a heading that does not exist.
    """
    known = {each.title for text in files.values() for each in sections(text)} | {FRONTMATTER}
    missing = [title for title in frame.sections if title not in known]
    if missing:
        raise LoopError(
            f"sections: no heading {shown(missing[0])} in {', '.join(files)}; "
            f"there are {', '.join(sorted(known - {FRONTMATTER})) or 'none'}"
        )


def _faults(before: str, after: str, *, path: str, frame: Frame) -> Iterator[str]:
    if before == after:
        return
    size = len(after.encode())
    if not after[frontmatter_end(after) :].strip():
        yield f"no instructions are left in {path}"
    if size > frame.max_bytes and size > len(before.encode()):
        yield f"{path} grows to {size} bytes; at most {frame.max_bytes} are allowed"
    broken = frontmatter.fault(before, after, path=path)
    if broken is not None:
        yield broken
    if frame.sections and locked(before, frame.sections) != locked(after, frame.sections):
        names = ", ".join(frame.sections)
        yield f"the edit changes {path} outside of what may change ({names})"
    renamed = frontmatter.renamed(before, after, path=path)
    if renamed is not None and FRONTMATTER not in frame.sections:
        yield renamed


def _change(files: Files, edit: Edit, number: int) -> Change:
    path = _path(files, edit, number)
    _check_text(edit.replace, number)
    text = files[path]
    if not edit.find:
        return _appended(path, text, edit.replace)
    start = text.find(edit.find)
    if start < 0 or text.find(edit.find, start + 1) >= 0:
        times = "does not occur" if start < 0 else "occurs more than once"
        raise InvalidCandidateError(
            f"edit {number}: find {shown(edit.find)} {times} in {path}; it must occur exactly once"
        )
    return _trimmed(text, Change(path, start, start + len(edit.find), edit.replace))


def _path(files: Files, edit: Edit, number: int) -> str:
    if edit.path is None and len(files) == 1:
        return next(iter(files))
    if edit.path is not None and edit.path in files:
        return edit.path
    found = "no path" if edit.path is None else f"{shown(edit.path)} is outside of the surface"
    raise InvalidCandidateError(f"edit {number}: {found}; it may change {', '.join(files)}")


def _check_text(text: str, number: int) -> None:
    bad = _BAD.search(text)
    if bad is not None:
        raise InvalidCandidateError(
            f"edit {number}: replace holds U+{ord(bad[0]):04X}, which has no place in a text file"
        )


def _appended(path: str, text: str, more: str) -> Change:
    if not more:
        return Change(path, len(text), len(text), "")
    gap = "" if not text or text.endswith("\n") else "\n"
    end = "" if more.endswith("\n") else "\n"
    return Change(path, len(text), len(text), f"{gap}{more}{end}")


def _trimmed(text: str, change: Change) -> Change:
    """Leave out what stays the same at both ends."""
    start, end, new = change.start, change.end, change.text
    most = min(end - start, len(new))
    head = next((i for i in range(most) if text[start + i] != new[i]), most)
    most -= head
    tail = next((i for i in range(most) if text[end - 1 - i] != new[-1 - i]), most)
    return Change(change.path, start + head, end - tail, new[head : len(new) - tail])


def _slid(text: str, change: Change) -> Change:
    """Move a pure insertion or deletion to the right, to the start of a line, if it can."""
    start, end, new = change.start, change.end, change.text
    if new and start != end:
        return change
    moved = new or text[start:end]
    for step in range(len(text) - end + 1):
        at = start + step
        if at == 0 or text[at - 1] == "\n":
            turn = step % len(new) if new else 0
            return Change(change.path, at, end + step, new[turn:] + new[:turn])
        if step == len(text) - end or text[end + step] != moved[step % len(moved)]:
            break
    return change


def _lines(text: str) -> int:
    return text.count("\n") + bool(text and not text.endswith("\n"))
