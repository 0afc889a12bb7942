"""Load one loop for a run: spec and eval checked, and committed as they stand."""

from collections.abc import Iterable
from pathlib import Path

from runner.core.canonical import canonical, digest
from runner.core.errors import LoopError
from runner.core.file import is_plain
from runner.core.problem import MalformedError
from runner.evals.heldout import heldout_digest
from runner.evals.load import LoadedEval, eval_digest
from runner.evals.model import CommandChecker, Eval
from runner.iteration.parts import Declared
from runner.ledger.reset import reset_digest
from runner.repo.repo import Repo
from runner.spec.model import Spec
from runner.wiring.crosscheck import crosscheck
from runner.wiring.ground import Ground
from runner.wiring.script import present_scripts
from runner.wiring.table import needs_of
from runner.wiring.unknown import unknown_loop
from runner.wiring.validate import Room

SCRIPT = (".yaml", ".yml")
"""Endings of files that say how a scripted model answers."""


class UncommittedError(LoopError):
    """The checkout differs from the commit that a row would name."""


def declare(top: Path, name: str) -> Declared:
    """Load loop `name` from the checkout.

    Args:
        top: The work tree's root.
        name: The loop's id.

    Raises:
        SpecError: there is no such loop (`UnknownLoopError`), or its spec or eval is malformed.
    """
    return _declared(Room(root=top, ground=Ground()), name)


def declare_many(top: Path, names: Iterable[str]) -> tuple[Declared, ...]:
    """Load loops from the checkout, each file once; see `declare`."""
    room = Room(root=top, ground=Ground())
    return tuple(_declared(room, name) for name in names)


def _declared(room: Room, name: str) -> Declared:
    path, top = f"loops/{name}.yaml", room.root
    if "/" in name or not is_plain(top / path):
        raise unknown_loop(top, name)
    loaded = room.spec(path)
    evaluation = room.evaluation(loaded)
    found = crosscheck(loaded, evaluation, (*room.others(loaded),), present=room.present)
    if found.problems:
        raise MalformedError(found.problems)
    bare = evaluation.eval if isinstance(evaluation, LoadedEval) else evaluation
    return _identified(top, loaded.spec, bare, own=isinstance(evaluation, LoadedEval))


def _identified(top: Path, spec: Spec, evaluation: Eval, *, own: bool) -> Declared:
    folder = top / "evals" / evaluation.eval if own else top
    eval_id = _eval_id(evaluation, folder)
    return Declared(
        spec=spec,
        evaluation=evaluation,
        folder=folder,
        spec_digest=digest(canonical(spec.model_dump(mode="json", by_alias=True))),
        eval_digest=eval_id,
        heldout=heldout_digest(evaluation, lambda path: (top / path).read_bytes()),
        reset_digest=reset_digest(spec, eval_id if own else ""),
    )


def _eval_id(evaluation: Eval, folder: Path) -> str:
    """Return an eval's digest; other rules of a scripted model are another model, and eval.

    Where a model answers, other dev cases are another eval, too: a text's scores on them would
    stand beside scores on these.
    """
    own, kind = eval_digest(evaluation), evaluation.checker
    if isinstance(kind, CommandChecker):
        return own
    files = [folder / name for name in needs_of("checker", kind, evaluation.with_).files]
    rules = [
        digest(file.read_bytes()) for file in files if file.suffix in SCRIPT and is_plain(file)
    ]
    asking = "model" in evaluation.with_
    dev = [folder / name for name in evaluation.files("dev")] if asking else []
    rules += [digest(file.read_bytes()) for file in dev if is_plain(file)]
    return digest(canonical([own, *rules])) if rules else own


def require_committed(repo: Repo, declared: Declared) -> None:
    """Refuse a checkout that a row could not name by its commit.

    Raises:
        UncommittedError: a tracked file is changed, or the spec, the eval or a script that the
            spec's commands name is not committed.
    """
    checkout = repo.checkout()
    branch, dirty = checkout.branch or "", checkout.dirty
    if branch.startswith("loop/"):
        raise UncommittedError(
            f"{branch} is checked out: specs and evals are read from the base branch; "
            f"run git switch {declared.spec.publish.base}"
        )
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise UncommittedError(
            f"{dirty[0]}{more} changed since the last commit; commit or stash, since a row names "
            "the commit that it ran (run --smoke tries the spec as it is)"
        )
    paths = [f"loops/{declared.spec.loop}.yaml"]
    if declared.folder != repo.top:
        paths.append(f"evals/{declared.evaluation.eval}/eval.yaml")
    paths += present_scripts(declared.spec, lambda path: is_plain(repo.top / path))
    committed = repo.read_many(repo.head(), paths)
    missing = [path for path in paths if path not in committed]
    if missing:
        raise UncommittedError(
            f"{missing[0]} is not committed; run git add {' '.join(missing)} and commit"
        )
