"""Every digest that something of a repository names: what a collection of garbage must keep."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.core.errors import LoopError
from runner.repo.repo import Repo
from runner.trace.index import TraceIndex
from runner.wiring.declare import declare
from runner.wiring.house import House
from runner.wiring.look import loops
from runner.wiring.needs import needed_rows

LASTING = ("baseline", "accept")
"""Verdicts of rows whose candidates stay whatever their age."""
_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_ROW = re.compile(r"state/([^/]+)/it/[0-9]+/([0-9]+)\.json")
_LOOPS = ("refs/loops/*", "refs/lock-box/*", "refs/heads/*", "refs/tags/*", "refs/promoted/*")


class RootsError(LoopError):
    """What rows name cannot be told, so nothing may be collected."""


@dataclass(frozen=True, slots=True)
class Roots:
    """What is named.

    Attributes:
        digests: Ids of candidates, digests of packs, and other digests, which harm nothing.
        refs: How many refs were read.
        rows: How many rows; of equal states each once.
    """

    digests: frozenset[str]
    refs: int
    rows: int


def roots(house: House, *, keep_last: int | None) -> Roots:
    """Return what rows of any ref name, here and at the remote, and what runs here still need.

    Args:
        house: The repository.
        keep_last: Of each loop only so many last rows count, beside baselines, accepts, what the
            head names and what hypotheses name; None counts every row.

    Raises:
        RootsError: a recorded row or a run's receipt cannot be read.
        LoopError: the remote cannot be reached, or a spec is malformed.
    """
    needed = {} if keep_last is None else _needed(house)
    digests = {*_runs(house.home / "runs"), *_runs(house.home / "beside")}
    found = places(house)
    rows = 0
    for repo, commit, folder in _states(found):
        files = _files(repo, commit, folder)
        numbers = _numbers(files)
        rows += sum(map(len, numbers.values()))
        old = set() if keep_last is None else _old(files, numbers, keep_last, needed)
        digests |= {name for path in files.keys() - old for name in _digests(files[path])}
    return Roots(frozenset(digests), refs=len(found), rows=rows)


def places(house: House) -> list[tuple[Repo, str]]:
    """Return where rows may be: every ref here and at the remote, its commits brought here."""
    repo, bare = house.repo, house.site.bare
    found = [(repo, sha) for sha in {*repo.refs().values()}]
    if bare is not None:
        return [*found, *((bare, sha) for sha in {*bare.refs().values()})]
    held = repo.remote_refs(house.site.remote, _LOOPS)
    missing = [ref for ref, sha in held.items() if repo.resolve(sha) is None]
    if missing:
        repo.fetch(house.site.remote, missing)
    return [*found, *((repo, sha) for sha in {*held.values()})]


def _states(found: Iterable[tuple[Repo, str]]) -> Iterator[tuple[Repo, str, str]]:
    """Yield each state that some loop was in, once: a merged one lies on every later branch."""
    seen: set[str] = set()
    for repo, commit in found:
        for name, sha in repo.entries(f"{commit}:state").items():
            if sha not in seen:
                seen.add(sha)
                yield repo, commit, f"state/{name}"


def _files(repo: Repo, commit: str, folder: str) -> dict[str, bytes]:
    listed = repo.list_folder(commit, folder)
    return repo.read_many(commit, [path for path in listed if path.endswith(".json")])


def _numbers(files: Iterable[str]) -> dict[str, dict[int, str]]:
    """Return the rows among files: loop to number to path."""
    found: dict[str, dict[int, str]] = {}
    for path in files:
        if row := _ROW.fullmatch(path):
            found.setdefault(row[1], {})[int(row[2])] = path
    return found


def _old(
    files: Mapping[str, bytes],
    numbers: Mapping[str, Mapping[int, str]],
    keep_last: int,
    needed: Mapping[str, frozenset[int]],
) -> set[str]:
    """Return the rows whose candidates may go: neither recent, lasting, nor asked for."""
    return {
        path
        for loop, rows in numbers.items()
        for number, path in rows.items()
        if number <= max(rows) - keep_last
        and number not in needed.get(loop, ())
        and not _lasts(path, files[path])
    }


def _lasts(path: str, data: bytes) -> bool:
    try:
        return json.loads(data)["verdict"] in LASTING
    except (ValueError, KeyError, TypeError) as err:
        raise RootsError(f"{path} cannot be read; git-loop doctor --rows says more") from err


def _needed(house: House) -> dict[str, frozenset[int]]:
    """Return the rows that a loop's hypotheses name: they will be asked for."""
    return {
        name: frozenset(needed_rows(declare(house.repo.top, name).spec)) for name in loops(house)
    }


def _runs(folder: Path) -> Iterator[str]:
    """Yield what the runs of this machine name: all of an unrecorded one, traces of the others."""
    for run in sorted(folder.glob("*/*")):
        if (run / "record.json").is_file():
            yield from _packs(run / "traces.json")
        else:
            for path in _json(run):
                yield from _digests(_read(path))


def _json(run: Path) -> Iterable[Path]:
    found = (path for path in run.rglob("*.json*") if path.is_file() and not path.is_symlink())
    return (path for path in found if path.suffix in {".json", ".jsonl"})


def _packs(path: Path) -> Iterator[str]:
    if path.is_file():
        try:
            index = TraceIndex.model_validate_json(_read(path))
        except ValueError as err:
            raise RootsError(f"{path} is no index of traces; delete it, or put it right") from err
        yield from (pack.sha256 for pack in index.packs)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise RootsError(f"{path}: {err.strerror}; what it names cannot be told") from err


def _digests(data: bytes) -> set[str]:
    return {found.decode() for found in _DIGEST.findall(data)}
