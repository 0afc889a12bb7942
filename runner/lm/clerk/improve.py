"""The other job: an edit of instructions, from nothing but what one request shows."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from runner.lm.clerk.board import Board
from runner.lm.clerk.change import Page, applied, fits, hunks, replacements
from runner.lm.clerk.desk import Reply
from runner.lm.clerk.grammar import read
from runner.lm.clerk.learn import Learned, learn, placed, shorten
from runner.lm.clerk.lesson import Past, targets
from runner.lm.clerk.page import page_of
from runner.lm.clerk.params import Params
from runner.lm.clerk.prompt import Ask, Tried, read_ask
from runner.lm.clerk.rule import Rule, write

STEPS = 6
"""Rules that one edit adds or mends, at most: each beyond it stands on less evidence."""

_KEPT = frozenset({"accept", "keep"})
_WHY = 240


def improve(message: str, params: Params) -> Reply:
    """Propose an edit, or none and why.

    Args:
        message: The user message of a request for an edit, as `prompt.read_ask` takes it apart.
        params: How the clerk reads; it takes the agent that it improves for one like itself.
    """
    ask = read_ask(message)
    if not ask.files:
        return _reply((), "the request shows no file to edit", ())
    path = max(ask.files, key=lambda each: len(read(ask.files[each]).rules))
    reviewed = [each for each in ask.reviewed if each.path == path]
    ours = [rule for each in reviewed for rule in _more(each.shipped, each.proposed)]
    theirs = [rule for each in reviewed for rule in _more(each.proposed, each.shipped)]
    page = page_of(ask.files[path], within=ask.limits.within, keep=ours)
    board = Board.of(ask.cases, params)
    past = _past(ask.tried, theirs)
    told = _told(board, page)
    found = _followed(page, ours, theirs) or _learned(ask, page, board, past)
    if found is None or not found.why:
        return _reply((), _nothing(ask, board, page), told)
    made = replacements(page.text, hunks(page, found.rules, ask.limits.edits))
    named = made if len(ask.files) == 1 else [{"path": path, **each} for each in made]
    return _reply(named, "; ".join(found.why), (*told, *found.why))


def _learned(ask: Ask, page: Page, board: Board, past: Past) -> Learned | None:
    """Return the better of new rules at one place and of rules mended wherever they stand."""
    allowed = _allowed(ask, page)
    if ask.shorter:
        return shorten(
            board, page.rules, allowed=allowed, size=lambda rules: _size(ask, page, rules)
        )
    steps = STEPS * ask.limits.edits
    new = learn(board, page.rules, past=past, steps=steps, allowed=allowed, mends=False)
    old = learn(board, page.rules, past=past, steps=steps, allowed=allowed, mends=True)
    return max(old, new, key=lambda each: each.gain)


def _allowed(ask: Ask, page: Page) -> Callable[[Sequence[Rule]], bool]:
    """Return what tells whether rules can be had within the limits and were not tried before."""
    vain = [
        each for each in ask.tried if each.verdict not in _KEPT and (each.added or each.removed)
    ]
    before = frozenset(map(write, page.rules))

    def allowed(rules: Sequence[Rule]) -> bool:
        after = frozenset(map(write, rules))
        gone, come = before - after, after - before
        if any(each.removed == gone and each.added == come for each in vain):
            return False
        return fits(page, rules, ask.limits)

    return allowed


def _past(tried: Sequence[Tried], theirs: Sequence[Rule]) -> Past:
    vain = [line for each in tried if each.verdict not in _KEPT for line in each.added]
    rules = read("\n".join(sorted(vain))).rules
    malus = Counter(phrase for rule in (*rules, *theirs) for phrase in _phrases(rule))
    return Past(frozenset((*vain, *map(write, theirs))), malus)


def _phrases(rule: Rule) -> Iterator[str]:
    either = () if rule.condition is None else rule.condition.either
    yield from (sign.phrase.lower() for both in either for sign in both)


def _followed(page: Page, ours: Sequence[Rule], theirs: Sequence[Rule]) -> Learned | None:
    """Return the rules as reviewers would have them; None if they are so already."""
    there = {rule.says() for rule in page.rules}
    gone = {rule.says() for rule in theirs}
    rules = tuple(rule for rule in page.rules if rule.says() not in gone)
    for rule in ours:
        if rule.says() not in there:
            rules = placed(rules, rule.says())
    if rules == page.rules:
        return None
    return Learned(rules, ("as a reviewer shipped it",), 0.0)


def _more(text: str, other: str) -> list[Rule]:
    """Return the rules of a text that another text does not have."""
    known = {rule.says() for rule in read(other).rules}
    return [rule for rule in read(text).rules if rule.says() not in known]


def _told(board: Board, page: Page) -> tuple[str, ...]:
    said = board.said(page.rules)
    lacking = targets(board, said)
    right = board.value(page.rules)
    counts = (
        f"{each.field} should have {each.value}: {each.cases.bit_count()}" for each in lacking
    )
    return (f"{right:.1f} of {board.size} cases are right by the rules", *counts)


def _nothing(ask: Ask, board: Board, page: Page) -> str:
    if ask.shorter:
        return "nothing can be left out or joined without an answer changing"
    if not board.size:
        return "no case says what would have been right, so there is nothing to learn from"
    if all(each.passed for each in ask.cases) or board.value(page.rules) >= board.size:
        return "no case fails, so there is nothing to learn"
    return "no phrase that was not tried tells the failing cases from the others"


def _size(ask: Ask, page: Page, rules: Sequence[Rule]) -> int:
    return len(applied(page.text, hunks(page, rules, ask.limits.edits)))


def _reply(edits: Sequence[object], why: str, thoughts: Sequence[str]) -> Reply:
    line = why if len(why) <= _WHY else f"{why[:_WHY]}..."
    text = json.dumps({"why": line, "edits": list(edits)}, ensure_ascii=False)
    return Reply(text, "\n".join(thoughts))
