"""Hidden tests run on patched code, in fresh folders, many in a few processes."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Literal

from runner.worlds.error import WorldError
from runner.worlds.repair import launch
from runner.worlds.repair.bug import Bug
from runner.worlds.repair.launcher import Launcher, kept
from runner.worlds.repair.patch import added, apply
from runner.worlds.repair.refusal import RefusedError
from runner.worlds.repair.tree import lay

Outcome = Literal["graded", "unapplied", "timeout", "crashed"]
"""`graded`: the tests ran to their end. `unapplied`: the patch does not fit. `timeout`: they were
killed. `crashed`: the process ended before pytest could say what came of them, or said that a test
passed which cannot."""

LIMIT_S = 20.0
_LOG_BYTES = 4096
_TOGETHER = 24
"""Runs that share one launcher, which costs 0.4 s; where it dies, they run again alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """Code and the tests to run on it.

    Attributes:
        files: Test files to run, as the bug names them; () for all that it has.
    """

    bug: Bug
    patch: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """When a case is killed.

    Attributes:
        wall_s: Wall seconds.
        cpu_s: CPU seconds of it and of all that it started, which tell a case that hangs from one
            on a busy machine; None for no other limit than the wall's.
    """

    wall_s: float
    cpu_s: float | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What tests said.

    Attributes:
        tests: Each test that ran, by id, and whether it passed; {} unless `graded`.
        seconds: Wall time of the run.
        log: The end of what was printed, or git's words on a patch that does not fit.
    """

    outcome: Outcome
    tests: Mapping[str, bool]
    seconds: float
    log: str


def examine(
    cases: Sequence[Case], *, processes: int = 2, limit: Limit = Limit(LIMIT_S), seed: int = 0
) -> list[Examined]:
    """Run hidden tests on patched code; what one case does is not seen by another.

    Each case gets a folder with the bug's files and the patch, and another with the hidden tests
    that the patch cannot reach: none of its tests, `conftest.py` or settings is looked at, and its
    modules come after the standard library's, and after pytest, which is imported before. No file
    outside can be read, none written; there is no network. Where the kernel has no Landlock,
    `landlock.note` says so.

    The code under test runs in the process that judges it. Code that is written to deceive its
    tests can find pytest there and change it. What is done against it: results leave the process
    at its end with a word that is drawn outside and that this process reads once the tests have
    run, and a test that must fail has to fail. What still deceives it stands in docs/looper.md.

    Args:
        cases: What to run.
        processes: Cases that run at once.
        limit: Of one case.
        seed: Of the order of sets (PYTHONHASHSEED).

    Raises:
        WorldError: a bug without files, or tests that cannot be laid out.
    """
    for case in cases:
        _check(case)
    groups = max(processes, -(-len(cases) // _TOGETHER))
    parts = [list(range(n, len(cases), groups)) for n in range(min(groups, len(cases)))]
    found: dict[int, Examined] = {}
    with ThreadPoolExecutor(max(1, processes)) as threads:

        def work(part: list[int]) -> list[Examined]:
            return _each([cases[n] for n in part], limit=limit, seed=seed)

        for part, results in zip(parts, threads.map(work, parts), strict=True):
            found |= dict(zip(part, results, strict=True))
    return [found[n] for n in range(len(cases))]


def examine_warm(case: Case, *, limit_s: float = LIMIT_S) -> Examined:
    """Run one case as `examine` does, in a launcher that stays: 0.08 s of CPU, 0.3 s at first.

    Raises:
        WorldError: as `examine`.
    """
    _check(case)
    limit = Limit(limit_s)
    found = _together([case], kept(), limit)[0]
    return found or _each([case], limit=limit, seed=0)[0]


def _each(cases: Sequence[Case], *, limit: Limit, seed: int) -> list[Examined]:
    """Run cases in one launcher; those that it did not come to run alone, each in its own."""
    with Launcher(seed=seed) as launcher:
        found = _together(cases, launcher, limit)
    return [
        one or _alone(case, limit=limit, seed=seed) for case, one in zip(cases, found, strict=True)
    ]


def _alone(case: Case, *, limit: Limit, seed: int) -> Examined:
    with Launcher(seed=seed) as launcher:
        found = _together([case], launcher, limit)[0]
    return found or Examined("crashed", {}, 0.0, "")


def _together(cases: Sequence[Case], launcher: Launcher, limit: Limit) -> list[Examined | None]:
    base = Path(tempfile.mkdtemp(prefix="git-loop-")).resolve()
    try:
        places = [base / str(n) for n in range(len(cases))]
        refused = [_laid(case, place) for case, place in zip(cases, places, strict=True)]
        jobs = [
            _job(case, place, limit)
            for case, place, why in zip(cases, places, refused, strict=True)
            if not why
        ]
        if jobs:
            launcher.run(jobs)
        return [
            Examined("unapplied", {}, 0.0, why) if why else _report(place)
            for place, why in zip(places, refused, strict=True)
        ]
    finally:
        rmtree(base, ignore_errors=True)


def _check(case: Case) -> None:
    if not case.bug.files:
        raise WorldError(
            f"{case.bug.id} has no files: rows of others need an environment of their own"
        )


def _laid(case: Case, place: Path) -> str:
    """Lay a case out; why its patch does not apply, or ""."""
    for name in ("work", "judge", "home"):
        (place / name).mkdir(parents=True)
    try:
        lay(place / "work", {path: text.encode() for path, text in case.bug.files.items()})
        lay(place / "judge", dict(added(case.bug.test_patch)))
    except (RefusedError, UnicodeEncodeError) as err:
        raise WorldError(f"{case.bug.id}: {err}") from err
    return apply(case.patch, root=place / "work")


def _job(case: Case, place: Path, limit: Limit) -> launch.Job:
    hidden = [path for path, _ in added(case.bug.test_patch)]
    files = [path for path in hidden if path in case.files] if case.files else _tests(hidden)
    work = place / "work"
    roots = (work, *([work / "src"] if (work / "src").is_dir() else []))
    return launch.Job(
        work=str(work),
        judge=str(place / "judge"),
        home=str(place / "home"),
        report=str(place / "report.json"),
        log=str(place / "log"),
        roots=tuple(map(str, roots)),
        files=tuple(files),
        limit_s=limit.wall_s,
        cpu_s=limit.cpu_s,
    )


def _tests(paths: Sequence[str]) -> list[str]:
    names = [(path, path.rpartition("/")[2]) for path in paths]
    return [p for p, n in names if n.startswith("test_") and n.endswith(".py")]


def _report(place: Path) -> Examined | None:
    """Return what a run came to, None where the launcher did not come to it."""
    try:
        said = json.loads((place / "report.json").read_bytes())
    except (OSError, ValueError):
        return None
    log = _end(place / "log")
    return Examined(said["outcome"], said.get("tests", {}), float(said["seconds"]), log)


def _end(log: Path) -> str:
    with suppress(OSError):
        return log.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
    return ""
