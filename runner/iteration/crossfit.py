"""Cross-fitting: each fold of a small gold set gets a text of its own, made without its cases.

The text that is shipped is made of all cases; how well texts made so do is measured on the folds'
texts, each on the cases that it never saw.
"""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from runner.core.canonical import canonical
from runner.evals.fold import Fold, deal
from runner.evals.split import jsonl
from runner.iteration.child import CrashError
from runner.iteration.order import Order
from runner.iteration.proposal import propose
from runner.iteration.workbench import TRAIN, Workbench, WorkbenchError
from runner.spec.model import EDITORS

FOLDS = "folds"


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the folds are cut from: the train cases, the parent, and the code with its surface."""

    train: Path
    parent: Path
    tree: Path


def crossfit(order: Order) -> None:
    """Make each fold's text as the whole one was made, and lay it into the candidate.

    A text that nobody learned from the cases is the same for every fold. Where a fold's proposer
    finds nothing new, its text stays as it was.

    Raises:
        CrashError: a proposer, or the checker, ended badly.
    """
    bench, evaluation = order.bench, order.declared.evaluation
    learned = order.declared.spec.propose.kind in EDITORS and order.plan.kind == "iteration"
    if evaluation.folds is None or not learned or order.plan.tried or order.smoke:
        return
    if bench.train is None or bench.parent is None or bench.tree is None:
        return
    whole = _Whole(bench.train, bench.parent, bench.tree)
    for fold in _folds(order):
        inner = replace(order, bench=_bench(order, whole, fold))
        _lay(inner, _text(inner, whole), order.out / FOLDS / str(fold.number))


def _folds(order: Order) -> tuple[Fold, ...]:
    """Deal the gold file as the check does; feedback beside it is held out from nobody."""
    evaluation = order.declared.evaluation
    (name,) = evaluation.files("train")
    source = order.declared.folder / name
    try:
        data = source.read_bytes()
    except OSError as err:
        raise WorkbenchError(f"{source}: {err}; the eval names it as a split") from err
    return deal(jsonl(data, path=str(source)), evaluation, path=TRAIN)


def seen_before(order: Order) -> str:
    """Say why a new baseline would be measured on cases that its text was learned from; "" if not.

    Texts that go on belong to their folds. A baseline has one text for all of them: where that was
    learned from these very cases, no number of it means anything.
    """
    head, store = order.plan.head, order.parts.store
    folded = order.declared.evaluation.folds is not None and order.plan.kind == "baseline"
    learned = head.working if head is not None and folded else None
    if learned is None or not store.has(learned):
        return ""
    if not any(entry.path.startswith(f"{FOLDS}/") for entry in store.manifest(learned).files):
        return ""
    return (
        "the text was learned from the cases of these folds, so a new baseline on them would "
        "measure what it remembers; undo the change that asks for one, or begin a new loop with "
        "a text that has seen none of them"
    )


def _text(order: Order, whole: _Whole) -> Path:
    """Return the folder whose surface is the fold's new text."""
    try:
        propose(order)
    except CrashError as err:
        if err.outcome != "failed":
            raise
        return order.bench.tree or whole.tree
    return order.tree or whole.tree


def _lay(order: Order, source: Path, into: Path) -> None:
    for path in order.declared.spec.surface:
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target)


def _bench(order: Order, whole: _Whole, fold: Fold) -> Workbench:
    """Return a workbench on which nothing tells of the fold's own cases.

    The edits that were tried before are left out: they were learned from all cases.
    """
    bench, name = order.bench, f"fold-{fold.number}"
    folder = bench.folder / f"attempt-{order.number}.{name}"
    arms = bench.arms / f"attempt-{order.number}.{name}"
    ckpt = bench.ckpt / name
    for place in (folder, arms, ckpt):
        place.mkdir(parents=True, exist_ok=True)
    own = whole.parent / FOLDS / str(fold.number)
    parent = folder / "parent"
    shutil.copytree(own if own.is_dir() else whole.parent, parent)
    tree = folder / "tree"
    shutil.copytree(whole.tree, tree, symlinks=True)
    for path in order.declared.spec.surface:
        shutil.copyfile(parent / path, tree / path)
    view = folder / "plan.json"
    view.write_bytes(canonical(json.loads(bench.plan.read_bytes()) | {"past": [], "feedback": []}))
    return replace(
        bench,
        folder=folder,
        arms=arms,
        plan=view,
        train=_train(whole, fold, folder / TRAIN),
        dev=None,
        parent=parent,
        refs={},
        ids={},
        ckpt=ckpt,
        tree=tree,
        label=f"{name}/",
    )


def _train(whole: _Whole, fold: Fold, into: Path) -> Path:
    hidden = set(fold.heldout)
    lines = whole.train.read_bytes().splitlines(keepends=True)
    into.write_bytes(b"".join(line for line in lines if json.loads(line)["id"] not in hidden))
    return into
