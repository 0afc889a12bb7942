"""An eval's cases, opened for a look at the data: never for a maker, never for a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.errors import LoopError, SpecError
from runner.core.problem import MalformedError, Problem, printable, suggestion
from runner.evals.check import key_variable, source_file
from runner.evals.model import FEEDBACK, Eval, FileSource
from runner.evals.split import Case, read_split
from runner.seal.suffix import unpack
from runner.wiring.child import generate
from runner.wiring.environment import read_environment
from runner.wiring.ground import Ground
from runner.wiring.validate import Room

SEED = b"git-loop data"
"""Of the draws that are looked at here; no look at a candidate ever draws with it."""


class DataError(LoopError):
    """Data that cannot be built or checked; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Held:
    """The cases of one split or held-out source.

    Attributes:
        name: `train`, `dev`, or the slices of a held-out source.
        cases: Its cases; of a generated source a draw of the same size as a look's.
        public: Its declaration can be read by all, so that dev may draw from it too.
    """

    name: str
    cases: tuple[Case, ...]
    public: bool = False


@dataclass(frozen=True, slots=True)
class EvalData:
    """One eval with everything that can be opened here.

    Attributes:
        root: The repository's work tree.
        declared: The eval.
        identity: The age identity; None where the key is not.
        splits: Train and dev, as far as the eval has them.
        heldout: The held-out sources that could be opened.
        closed: Names of those that could not, for want of the key.
    """

    root: Path
    declared: Eval
    identity: str | None
    splits: tuple[Held, ...]
    heldout: tuple[Held, ...]
    closed: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The eval's folder."""
        return self.root / "evals" / self.declared.eval

    def split(self, name: str) -> Held | None:
        """Return train or dev, if the eval has it."""
        return next((held for held in self.splits if held.name == name), None)


def declared_eval(root: Path, name: str) -> Eval:
    """Load an eval by its id.

    Raises:
        SpecError: there is no such eval, or it is malformed.
    """
    path = f"evals/{name}/eval.yaml"
    if not (root / path).is_file():
        known = sorted(each.parent.name for each in root.glob("evals/*/eval.yaml"))
        raise SpecError(f"{printable(path)} is missing{suggestion(name, known)}")
    return Room(root=root, ground=Ground()).declared(path).eval


def identity_here(root: Path, declared: Eval) -> str | None:
    """Return the age identity of an eval, or its file: the published one, else its variable's.

    Raises:
        DataError: the published one cannot be read.
    """
    if declared.demo_identity is None:
        return read_environment().variables.get(key_variable(declared)) or None
    path = root / "evals" / declared.eval / declared.demo_identity
    try:
        return path.read_text(encoding="utf-8")
    except OSError as err:
        raise DataError(f"{path}: {err.strerror}") from err


def open_eval(root: Path, name: str) -> EvalData:
    """Open what can be opened of an eval.

    Raises:
        LoopError: there is no such eval, a file is missing or malformed, or the key is wrong.
    """
    declared = declared_eval(root, name)
    identity = identity_here(root, declared)
    folder = root / "evals" / name
    learned = declared.files("train")
    learned += (FEEDBACK,) if learned and (folder / FEEDBACK).is_file() else ()
    named = {"train": learned, "dev": declared.files("dev")}
    splits = [
        Held(split, tuple(case for file in files for case in _cases(folder / file, file, None)))
        for split, files in named.items()
        if files
    ]
    heldout: list[Held] = []
    closed: list[str] = []
    for index, source in enumerate(declared.heldout):
        title = ", ".join(source.slices) or f"heldout {index}"
        if source_file(source).endswith(".age") and identity is None:
            closed.append(title)
        else:
            heldout.append(_held(declared, folder, index, identity))
    return EvalData(root, declared, identity, tuple(splits), tuple(heldout), tuple(closed))


def sealed_declarations(data: EvalData) -> Iterator[bytes]:
    """Yield the plain bytes of each sealed generator; none without the key."""
    for source in data.declared.heldout:
        name = source_file(source)
        if not isinstance(source, FileSource) and name.endswith(".age") and data.identity:
            yield _plain(data.folder / name, data.identity)


def _held(declared: Eval, folder: Path, index: int, identity: str | None) -> Held:
    source = declared.heldout[index]
    title = ", ".join(source.slices) or f"heldout {index}"
    if isinstance(source, FileSource):
        return Held(title, _cases(folder / source.file, source.file, identity))
    if not isinstance(declared.checker, str):
        raise DataError(f"{source.generate}: only a built-in checker can generate cases")
    declaration = _plain(folder / source.generate, identity)
    drawn = generate(declared.checker, declaration, source.n, SEED, source.slices)
    return Held(title, _numbered(drawn), public=not source.generate.endswith(".age"))


def _numbered(drawn: Sequence[dict[str, object]]) -> tuple[Case, ...]:
    return tuple(
        Case(id=str(data["id"]), line=line, slices=_slices(data), data=data)
        for line, data in enumerate(drawn, start=1)
    )


def _slices(data: dict[str, object]) -> tuple[str, ...]:
    found = data.get("slices")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _cases(path: Path, name: str, identity: str | None) -> tuple[Case, ...]:
    kind = ".yaml" if name.removesuffix(".age").endswith(".yaml") else ".jsonl"
    return read_split(_plain(path, identity), path=name.partition(".")[0] + kind)


def _plain(path: Path, identity: str | None) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as err:
        problem = Problem(str(path), 1, f"cannot be read: {err.strerror}; the eval names it")
        raise MalformedError([problem]) from err
    return unpack(data, name=path.name, identity=identity)
