"""Everything that can be said about declarations before a run: the verb `validate`."""

import errno
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from runner.core.file import is_folder, is_plain, read_plain
from runner.core.problem import Complaint, MalformedError, Problem, suggestion
from runner.evals.load import LoadedEval, inline_eval, read_eval
from runner.evals.model import Eval
from runner.evals.split import MAX_BYTES
from runner.spec.load import LoadedSpec, read_spec
from runner.spec.model import CommandCheck
from runner.wiring.crosscheck import Findings, crosscheck
from runner.wiring.ground import Ground
from runner.wiring.legible import illegible
from runner.wiring.needs import need_notes, need_problems
from runner.wiring.script import missing_scripts
from runner.wiring.split import Splits, read_splits
from runner.wiring.surface import Surfaces
from runner.wiring.table import CHECKERS, MAKERS, PROPOSERS, params_of

Found = TypeVar("Found", LoadedSpec, LoadedEval)
MOST = 16 << 20
"""Bytes of a declaration that are read to say how long it is; `core.document` takes far fewer."""


@dataclass(frozen=True, slots=True)
class LoopReport:
    """What was found about one loop.

    Attributes:
        path: The spec as it was named, relative to the repository.
        loop: The loop's id; "" if the file cannot be read.
        problems: What keeps it from running, by file and line; the eval's and splits' too.
        notes: What a reader should know, by file and line.
        preflight: What it can see and spend, one sentence each; empty if there are problems.
        missing: Scripts that its commands name and that are still to be written.
    """

    path: str
    loop: str
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    preflight: tuple[str, ...] = ()
    missing: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it could run."""
        return not self.problems and not self.missing


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was found about all the files that were named.

    Attributes:
        loops: One report per file, in the order of the names.
    """

    loops: tuple[LoopReport, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, each once, by file and line."""
        found = (problem for loop in self.loops for problem in (*loop.problems, *loop.missing))
        return tuple(sorted(set(found)))

    @property
    def notes(self) -> tuple[Problem, ...]:
        """All notes, each once, by file and line."""
        return tuple(sorted({note for loop in self.loops for note in loop.notes}))


def validate(
    names: Sequence[str] = (),
    *,
    root: Path,
    ground: Ground = Ground(),  # noqa: B008 - frozen
) -> ValidationReport:
    """Check specs and evals; reads files below `root`, asks `ground`, imports no ML stack.

    Args:
        names: `loops/<loop>.yaml` or `evals/<eval>/eval.yaml`, relative to `root` or absolute;
            none means every spec of the repository and the evals that no spec names.
        root: The repository's work tree.
        ground: What the machine and git can tell; by default nothing. Where it opens
            sealed cases, they are counted and compared with train and dev; only sentences about
            them leave.
    """
    room = Room(root=root, ground=ground)
    if not names:
        named = [_relative(path, root) for path in sorted((root / "loops").glob("*.yaml"))]
        reports = [room.loop(name) for name in named]
        loose = sorted((root / "evals").glob("*/eval.yaml"))
        paths = [_relative(path, root) for path in loose]
        reports += [room.lone_eval(path) for path in paths if path not in room.evals]
        return ValidationReport(tuple(reports))
    paths = [_relative(Path(name), root) for name in names]
    return ValidationReport(
        tuple(
            room.lone_eval(path) if Path(path).name == "eval.yaml" else room.loop(path)
            for path in paths
        )
    )


@dataclass(slots=True)
class Room:
    """The declarations of a work tree as read so far; each file is read once.

    Attributes:
        root: The work tree.
        ground: What the machine and git can tell.
        surfaces: Which spec may edit what, once that was asked.
    """

    root: Path
    ground: Ground
    specs: dict[str, LoadedSpec | MalformedError] = field(default_factory=dict)
    evals: dict[str, LoadedEval | MalformedError] = field(default_factory=dict)
    surfaces: Surfaces | None = None

    def loop(self, path: str) -> LoopReport:
        """Report on one spec and its eval."""
        try:
            loaded = self.spec(path)
            evaluation = self.evaluation(loaded)
        except MalformedError as err:
            return LoopReport(path, Path(path).stem, err.problems)
        found = crosscheck(loaded, evaluation, (*self.others(loaded),), present=self.present)
        return self._report(loaded, evaluation, found)

    def lone_eval(self, path: str) -> LoopReport:
        """Report on an eval that no spec was named for."""
        try:
            loaded = self.declared(path)
        except MalformedError as err:
            return LoopReport(path, "", err.problems)
        splits = read_splits(loaded, self._reader(loaded.eval))
        return LoopReport(path, "", splits.problems, notes=splits.notes)

    def _report(
        self, loaded: LoadedSpec, evaluation: LoadedEval | Eval, found: Findings
    ) -> LoopReport:
        from runner.wiring.preflight import preflight  # noqa: PLC0415 - no run looks ahead

        spec, path = loaded.spec, loaded.document.path
        declared = evaluation.eval if isinstance(evaluation, LoadedEval) else evaluation
        splits = Splits()
        notes = [*found.notes, *self._base(loaded), *self._later(loaded)]
        if isinstance(evaluation, LoadedEval):
            shared = spec.gate.kind == "fixtures"
            splits = read_splits(evaluation, self._reader(declared), shared=shared)
        notes += splits.notes
        odd = illegible(spec, declared, read=self._read, present=self.present)
        problems = {*found.problems, *self._needs(loaded), *splits.problems, *odd}
        return LoopReport(
            path=path,
            loop=spec.loop,
            problems=tuple(sorted(problems)),
            notes=tuple(sorted(notes)),
            preflight=()
            if problems
            else tuple(preflight(spec, declared, splits.counts, self.ground)),
            missing=tuple(map(loaded.document.problem, missing_scripts(spec, self.present))),
        )

    def _base(self, loaded: LoadedSpec) -> Iterable[Problem]:
        base = loaded.spec.publish.base
        if self.ground.has_branch(base) is False:
            text = f'branch "{base}" is not here; create it, or name the one that merges go to'
            yield loaded.document.problem(Complaint(("publish", "base"), text))

    def _needs(self, loaded: LoadedSpec) -> Iterable[Problem]:
        spec = loaded.spec
        found = need_problems(
            spec,
            recorded=partial(self.ground.row, spec.loop),
            has_folder=lambda path: is_folder(self.root / path),
        )
        return map(loaded.document.problem, found)

    def _later(self, loaded: LoadedSpec) -> Iterable[Problem]:
        found = need_notes(loaded.spec, recorded=partial(self.ground.row, loaded.spec.loop))
        return map(loaded.document.problem, found)

    def evaluation(self, loaded: LoadedSpec) -> LoadedEval | Eval:
        """Return a spec's eval, or the inline one of a foreign check.

        Raises:
            MalformedError: it is missing or malformed.
        """
        check = loaded.spec.check
        if isinstance(check, CommandCheck):
            return inline_eval(check)
        path = f"evals/{check.eval}/eval.yaml"
        if not self.present(path):
            known = [each.parent.name for each in self.root.glob("evals/*/eval.yaml")]
            line = loaded.document.line(("check", "eval"))
            text = f"check.eval: {path} is missing{suggestion(check.eval, known)}"
            raise MalformedError([Problem(loaded.document.path, line, text)])
        return self.declared(path)

    def declared(self, path: str) -> LoadedEval:
        """Return the eval at a repository path.

        Raises:
            MalformedError: it is missing or malformed.
        """

        def read(data: bytes) -> LoadedEval:
            return read_eval(data, path=path, kinds=params_of(CHECKERS))

        return self._once(self.evals, path, read)

    def spec(self, path: str) -> LoadedSpec:
        """Return the spec at a repository path.

        Raises:
            MalformedError: it is missing or malformed.
        """

        def read(data: bytes) -> LoadedSpec:
            return read_spec(
                data, path=path, kinds=params_of(MAKERS), proposers=params_of(PROPOSERS)
            )

        return self._once(self.specs, path, read)

    def _once(
        self, known: dict[str, Found | MalformedError], path: str, read: Callable[[bytes], Found]
    ) -> Found:
        if path not in known:
            try:
                known[path] = read(self._read(path))
            except MalformedError as err:
                known[path] = err
        found = known[path]
        if isinstance(found, MalformedError):
            raise found
        return found

    def others(self, loaded: LoadedSpec) -> Iterable[LoadedSpec]:
        """Return the sound specs beside one that may edit a file of its surface."""
        if loaded.spec.surface and self.surfaces is None:
            found = sorted((self.root / "loops").glob("*.yaml"))
            self.surfaces = Surfaces.of((_relative(each, self.root) for each in found), self._read)
        for path in self.surfaces.near(loaded.spec.surface) if self.surfaces else ():
            with suppress(MalformedError):  # told when that loop is validated
                if path != loaded.document.path:
                    yield self.spec(path)

    def present(self, path: str) -> bool:
        """Tell whether a file is at a repository path."""
        return is_plain(self.root / path)

    def _read(self, path: str, *, most: int = MOST) -> bytes:
        file = self.root / path
        try:
            return read_plain(_inside(file, self.root), most=most)
        except OSError as err:
            text = f"cannot be read: {err.strerror or err}"
            raise MalformedError([Problem(path, 1, text)]) from err

    def _reader(self, declared: Eval) -> Callable[[str], bytes | None]:
        """Return what reads a split's plain bytes; None where it is missing or cannot be opened."""

        def content(path: str) -> bytes | None:
            if not self.present(path):
                return None
            data = self._read(path, most=MAX_BYTES)
            return self.ground.opened(declared, data) if path.endswith(".age") else data

        return content


def _relative(path: Path, root: Path) -> str:
    full = path if path.is_absolute() else root / path
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(path)


def _inside(file: Path, root: Path) -> Path:
    """Return a file of the repository; one that was named elsewhere is its caller's business.

    Raises:
        OSError: it is a link that leads out of the repository.
    """
    try:
        stays = file.resolve().is_relative_to(root.resolve())
    except RuntimeError:  # links in a circle, before Python 3.13: whoever opens them is told
        stays = True
    if file.is_relative_to(root) and not stays:
        raise OSError(errno.EXDEV, "a link that leaves the repository; copy the file")
    return file
