"""Whether a bug is one: hidden tests tell it from its fix, and what an agent is told does not."""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from runner.core.canonical import canonical, digest
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.examine import Case, Examined, Limit, examine
from runner.worlds.repair.grade import unlike
from runner.worlds.repair.hunk import hunks

Runner = Callable[[Sequence[Case], int], Sequence[Examined]]
"""Runs hidden tests, with a seed for the order of sets; results in the order of the cases."""

Reason = Literal["hangs", "gold", "no_fail", "no_pass", "leak", "duplicate"]
SHORTEST = 12
"""Characters of a changed line from which on it must not stand in the problem statement."""
_SHOWN = 3
_LIMIT = Limit(wall_s=300.0, cpu_s=10.0)
_MARKS = ("@@ -", "--- a/", "+++ b/", "diff --git")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A bug that is no task.

    Attributes:
        instance_id: Of the bug.
        reason: One word, to count by.
        detail: What was found.
    """

    instance_id: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A bug whose lists of tests are what was seen.

    Attributes:
        bug: With the lists that were measured in place of those it came with.
        flaky: Tests left out of both lists, for two runs of them differed.
    """

    bug: Bug
    flaky: tuple[str, ...]


def plain(cases: Sequence[Case], seed: int) -> Sequence[Examined]:
    """Run hidden tests in two processes, ten seconds of CPU at most each: a `Runner`."""
    return examine(cases, processes=2, limit=_LIMIT, seed=seed)


def validated(bug: Bug, *, runner: Runner = plain) -> Bug | Refusal:
    """Return a bug with its lists of tests measured, or why it is no task.

    The tests run twice on the repository and twice after the fix. At least one must fail before and
    pass after, at least one must pass both times, none may fail after the fix, and no changed line
    may stand in the problem statement.

    Raises:
        WorldError: the bug has no files, or its tests cannot be laid out.
    """
    (found,) = measured([bug], runner=runner)
    if isinstance(found, Refusal):
        return found
    told = leak(found.bug)
    return Refusal(bug.id, "leak", told) if told else found.bug


def measured(bugs: Sequence[Bug], *, runner: Runner = plain) -> list[Measured | Refusal]:
    """Measure which tests tell each bug from its fix; results in the order of the bugs.

    Raises:
        WorldError: as `validated`.
    """
    cases = [(Case(bug, ""), Case(bug, bug.patch)) for bug in bugs]
    first = runner([before for before, _ in cases], 0)
    told = [
        n for n, run in enumerate(first) if run.outcome == "graded" and not all(run.tests.values())
    ]
    seconds = dict(zip(told, runner([cases[n][0] for n in told], 1), strict=True))
    fixed = [
        dict(zip(told, runner([cases[n][1] for n in told], seed), strict=True)) for seed in (0, 1)
    ]
    return [
        judged(bug, before=(first[n], seconds[n]), after=(fixed[0][n], fixed[1][n]))
        if n in seconds
        else _unmeasured(bug, first[n])
        for n, bug in enumerate(bugs)
    ]


def judged(
    bug: Bug, *, before: tuple[Examined, Examined], after: tuple[Examined, Examined]
) -> Measured | Refusal:
    """Sort the tests of a bug by two runs before its fix and two after it, or refuse the bug."""
    for when, runs in (("before", before), ("after", after)):
        for run in runs:
            if run.outcome != "graded":
                return _unended(bug, run, when)
    flaky = unlike(dict(run.tests) for run in before) | unlike(dict(run.tests) for run in after)
    names = sorted({name for run in (*before, *after) for name in run.tests} - flaky)
    was, now = before[0].tests, after[0].tests
    broken = [name for name in names if not now.get(name)]
    if broken:
        shown = ", ".join(broken[:_SHOWN])
        return Refusal(bug.id, "gold", f"{len(broken)} tests fail after the fix: {shown}")
    mended = tuple(name for name in names if not was.get(name))
    kept = tuple(name for name in names if was.get(name))
    if not mended:
        return Refusal(bug.id, "no_fail", "no hidden test fails before the fix each time")
    if not kept:
        return Refusal(bug.id, "no_pass", "no hidden test passes before the fix")
    lists = {"fail_to_pass": mended, "pass_to_pass": kept}
    return Measured(bug.model_copy(update=lists), tuple(sorted(flaky)))


def leak(bug: Bug) -> str:
    """Return what the problem statement tells of the fix, a changed line or a diff's mark; or "".

    What a changed line returns, assigns, tests or goes through counts as the line does, but for
    names and constants. Blanks do not count, nor does what is shorter than `SHORTEST`.
    """
    told = " ".join(bug.problem_statement.split())
    lines = [line for hunk in hunks(bug.patch) for line in _changed(hunk.old, hunk.new)]
    parts = (" ".join(part.split()) for line in lines for part in (line, _expression(line)))
    found = (part for part in parts if len(part) >= SHORTEST and part in told)
    return next(found, next((mark for mark in _MARKS if mark in told), ""))


def duplicates(bugs: Iterable[Bug]) -> dict[str, str]:
    """Return bugs that come to the same as an earlier one, and which that is, by their ids.

    The same are two repositories that differ by comments and blanks alone, and two faults of one
    kind in one function that the same tests tell.
    """
    seen: dict[str, str] = {}
    found: dict[str, str] = {}
    plain_of = cache(_plain)  # bugs of one package share most of its files
    for bug in bugs:
        keys = (_tree_key(bug, plain_of), _fault_key(bug))
        first = next((seen[key] for key in keys if key in seen), None)
        if first is None:
            seen |= dict.fromkeys(keys, bug.id)
        else:
            found[bug.id] = first
    return found


def _unmeasured(bug: Bug, run: Examined) -> Refusal:
    if run.outcome != "graded":
        return _unended(bug, run, "before")
    return Refusal(bug.id, "no_fail", "all hidden tests pass before the fix")


def _unended(bug: Bug, run: Examined, when: str) -> Refusal:
    said = {"timeout": "the tests hang", "unapplied": "the patch does not fit"}
    reason: Reason = "gold" if run.outcome == "unapplied" else "hangs"
    return Refusal(bug.id, reason, f"{when} the fix: {said.get(run.outcome, 'the tests crash')}")


def _changed(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the lines that stand on one side only."""
    return [line for line in new if line not in old] + [line for line in old if line not in new]


def _expression(line: str) -> str:
    """Return what a line of code returns, assigns, tests or goes through; "" if it does not."""
    text = line.strip()
    whole = f"{text.removeprefix('el')} pass" if text.endswith(":") else text
    try:
        (statement,) = ast.parse(whole).body
    except (SyntaxError, ValueError):
        return ""
    parts = (getattr(statement, name, None) for name in ("value", "test", "iter"))
    part = next((each for each in parts if isinstance(each, ast.expr)), None)
    if part is None or isinstance(part, ast.Name | ast.Constant):
        return ""
    return ast.get_source_segment(whole, part) or ""


def _tree_key(bug: Bug, plain_of: Callable[[str, str], str]) -> str:
    tree = {path: plain_of(path, text) for path, text in bug.files.items()}
    return digest(canonical([bug.repo, tree]))


def _fault_key(bug: Bug) -> str:
    paths = sorted({hunk.path for hunk in hunks(bug.patch)})
    told = sorted(bug.fail_to_pass)
    return digest(canonical([bug.repo, paths, bug.cluster, bug.kind, told]))


def _plain(path: str, text: str) -> str:
    """Return what a file says without how it is set."""
    if path.endswith(".py"):
        try:
            return ast.dump(ast.parse(text))
        except SyntaxError:
            pass
    return " ".join(text.split())
