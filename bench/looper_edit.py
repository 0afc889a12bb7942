"""What an edit of a long file takes, and what the plain way of a fuzzy one takes and does.

The plain way is ours, written from what is known of the original's: the window of as many lines
that is most like what is wanted, by `difflib`, from 0.7 on.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median
from typing import Any

from runner.worlds.repair.edit import replace, replace_fuzzily
from runner.worlds.repair.refusal import RefusedError

LINES, BLOCK, ROUNDS, GONE = 3000, 12, 9, 12
MOST_MS = 50.0
MOST_PLAIN_S = 40.0
"""Where the plain way is stopped; its time is then that of the windows that it did, scaled."""
PLAIN_LIKE = 0.7
_NOUNS = ("order", "parcel", "invoice", "ticket", "account", "shift", "route", "ledger")
_VERBS = ("load", "store", "merge", "price", "count", "close", "check", "print")


@dataclass(frozen=True, slots=True)
class Plain:
    """What the plain way came to.

    Attributes:
        at: Index of the first line that it would replace; None where nothing is like enough.
        seconds: CPU seconds of all windows.
        share: Of the windows that it did, in (0, 1].
    """

    at: int | None
    seconds: float
    share: float


def edit() -> dict[str, Any]:
    """Time an exact edit, a fuzzy one, and the plain way; then ask for functions that are gone."""
    lines = long_file("{noun}_to_{verb}_{n}")
    text, first = "\n".join(lines), LINES // BLOCK // 2 * BLOCK
    passage = lines[first : first + BLOCK]
    off = [line.replace("record", "recrd") for line in passage]
    exact = _milliseconds(lambda: replace(text, "\n".join(passage), "pass"))
    fuzzy = _milliseconds(lambda: replace_fuzzily(text, "\n".join(off), "pass"))
    right = replace_fuzzily(text, "\n".join(off), "pass").line == first + 1
    naive, gone = plain(lines, off), _gone()
    return {
        "lines": LINES,
        "passage_lines": BLOCK,
        "exact_ms": round(exact, 3),
        "fuzzy_ms": round(fuzzy, 2),
        "bar_ms": MOST_MS,
        "plain_s": round(naive.seconds, 2),
        "plain_share_done": round(naive.share, 3),
        "times_faster": round(1000 * naive.seconds / fuzzy),
        "right_place": right,
        "functions_that_are_gone": gone,
        "holds": right and max(exact, fuzzy) <= MOST_MS and not gone["ours_rewrote_another"],
    }


def long_file(own: str) -> list[str]:
    """Return functions of similar shape, 12 lines each.

    Args:
        own: What each calls its argument, with `{noun}`, `{verb}` and `{n}` for its own.
    """
    chance = random.Random(5)
    lines: list[str] = []
    for number in range(LINES // BLOCK):
        noun, verb, limit = chance.choice(_NOUNS), chance.choice(_VERBS), chance.randint(2, 900)
        given = own.format(noun=noun, verb=verb, n=number)
        lines += [
            f"def {verb}_{noun}_{number}({given}, limit={limit}):",
            f"    total = start_of({given})",
            f"    for index, {noun} in enumerate({given}):",
            f"        if {noun} is None or index > limit:",
            "            continue",
            f"        {verb}_{noun} = {noun}.weight * {given}[index].{verb}",
            f"        if {verb}_{noun} {chance.choice(('<', '<=', '>', '>='))} {limit}:",
            f"            total {chance.choice(('+=', '-='))} {verb}_{noun}",
            f"        record('{verb}', index, {given}[0])",
            f"    return total, {chance.randint(2, 99)}",
            "",
            "",
        ]
    return lines


def plain(lines: list[str], wanted: list[str]) -> Plain:
    """Return the window that is most like the wanted lines, as most programs look for it."""
    old, best, at = "\n".join(wanted), PLAIN_LIKE, None
    count, began = len(lines) - len(wanted) + 1, time.process_time()
    done = 0
    for done in range(1, count + 1):
        window = "\n".join(lines[done - 1 : done - 1 + len(wanted)])
        likeness = SequenceMatcher(None, old, window).ratio()
        if likeness >= best:
            best, at = likeness, done - 1
        if time.process_time() - began > MOST_PLAIN_S:
            break
    share = done / count
    return Plain(at, (time.process_time() - began) / share, share)


def _gone() -> dict[str, Any]:
    """Ask both ways for functions that are gone from a file of others like them.

    Some of those differ from what is wanted in a number, a sign or a few letters alone.
    """
    part = long_file("{noun}s")[: LINES // 10]
    ours = others = 0
    for first in range(0, GONE * BLOCK, BLOCK):
        rest, wanted = part[:first] + part[first + BLOCK :], part[first : first + BLOCK]
        others += plain(rest, wanted).at is not None
        try:
            replace_fuzzily("\n".join(rest), "\n".join(wanted), "pass")
        except RefusedError:
            continue
        ours += 1
    return {"asked_for": GONE, "ours_rewrote_another": ours, "plain_rewrote_another": others}


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return 1000 * median(taken)
