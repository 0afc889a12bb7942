"""The frontmatter of a skill file: what an edit may not break."""

import re

from runner.core.document import parse
from runner.core.problem import MalformedError, shown
from runner.proposers.section import frontmatter_end, lines

KEPT = ("name", "description")
_KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:")


def fault(before: str, after: str, *, path: str) -> str | None:
    """Say how an edit breaks the frontmatter, or None; its own text may differ otherwise.

    Args:
        before: The file.
        after: The file after the edit.
        path: The file's path, for the message.
    """
    old, new = before[: frontmatter_end(before)], after[: frontmatter_end(after)]
    if old == new:
        return None
    if not old:
        return f"{path} has no frontmatter, and the edit adds one"
    if not new:
        return f"{path} loses its frontmatter, or the closing --- of it"
    return _broken(new, path)


def renamed(before: str, after: str, *, path: str) -> str | None:
    """Say which of name and description differs by a byte, or None."""
    old = _entries(before[: frontmatter_end(before)])
    new = _entries(after[: frontmatter_end(after)])
    for key in KEPT:
        if old.get(key) != new.get(key):
            return f"the frontmatter's {key} in {path} differs; it must stay to the letter"
    return None


def _broken(text: str, path: str) -> str | None:
    inner = "\n" + "".join(lines(text)[1:-1])  # so that lines are counted as in the file
    try:
        data = parse(inner.encode(), path=path).data
    except MalformedError as err:
        first = err.problems[0]
        return f"the frontmatter of {path} is no YAML any more: line {first.line}: {first.text}"
    if not isinstance(data, dict):
        return f"the frontmatter of {path} is {shown(data)}; it must be a mapping"
    gone = [key for key in KEPT if key in _entries(text) and not isinstance(data.get(key), str)]
    return f"the frontmatter's {gone[0]} in {path} is no text any more" if gone else None


def _entries(text: str) -> dict[str, str]:
    """Return the lines of each top-level key, as they stand."""
    found: dict[str, str] = {}
    key = ""
    for line in lines(text)[1:-1]:
        opened = _KEY.match(line)
        key = opened[1] if opened else key
        found[key] = found.get(key, "") + line
    return found
