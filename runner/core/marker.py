"""The markers around the part of a pull request's body that is ours."""

import re
from dataclasses import dataclass

MARK_END = "<!-- git-loop:end -->"
MARK_BYTES = 160  # more than both markers and their newlines take
_TIP = 8


@dataclass(frozen=True, slots=True)
class Marked:
    """A body cut at our markers.

    Attributes:
        before: What people wrote above; `after` below.
        inside: Our part without its markers, None if there is none.
        tip: First eight hex digits of the commit it was rendered from.
    """

    before: str
    inside: str | None
    after: str
    tip: str | None


def mark_begin(loop: str, tip: str) -> str:
    """Return the opening marker of a loop's part, rendered from commit `tip`."""
    return f"<!-- git-loop:begin loop={loop} tip={tip[:_TIP]} -->"


def wrap(text: str, *, loop: str, tip: str) -> str:
    """Put our part between its markers."""
    return f"{mark_begin(loop, tip)}\n{text.strip()}\n{MARK_END}"


def split_marked(body: str, *, loop: str) -> Marked:
    """Cut a body at the first pair of this loop's markers.

    Without a pair everything is `before`; an opening marker whose end someone deleted is not
    ours to guess at, so the text below it counts as written by people.
    """
    begin = re.search(
        rf"<!-- git-loop:begin loop={re.escape(loop)} tip=([0-9a-f]{{1,{_TIP}}}) -->\r?\n?", body
    )
    if begin is None:
        return Marked(before=body, inside=None, after="", tip=None)
    end = body.find(MARK_END, begin.end())
    if end < 0:
        return Marked(
            before=body[: begin.start()], inside=None, after=body[begin.end() :], tip=None
        )
    return Marked(
        before=body[: begin.start()],
        inside=body[begin.end() : end].rstrip("\r\n"),
        after=body[end + len(MARK_END) :],
        tip=begin.group(1),
    )


def replace_marked(body: str, text: str, *, loop: str, tip: str) -> str:
    """Return `body` with our part replaced, or put below what people wrote."""
    cut = split_marked(body, loop=loop)
    part = wrap(text, loop=loop, tip=tip)
    if cut.inside is not None:
        return f"{cut.before}{part}{cut.after}"
    blocks = [block for block in (cut.before.rstrip(), part, cut.after.strip()) if block]
    return "\n\n".join(blocks)
