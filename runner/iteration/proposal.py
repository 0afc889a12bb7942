"""The proposal: a program or a built-in proposer edits the surface in the attempt's own copy."""

import shutil
from pathlib import Path

from pydantic import ValidationError

from runner.core.canonical import canonical
from runner.core.errors import InvalidCandidateError
from runner.core.request import Needs, Proposed, ProposeRequest
from runner.evals.model import CommandChecker
from runner.iteration.child import Child, devices, expect_success, offline, start
from runner.iteration.order import Order
from runner.iteration.surface import check_scope
from runner.iteration.trace import keep_traces, told_by
from runner.iteration.trial import trials_of
from runner.spec.model import ASKING

TRACES = ".traces"
MADE = ".propose.made.json"
SAME = "same"


def propose(order: Order) -> Proposed:
    """Give the attempt its own copy of the code and let the proposer edit the surface.

    Raises:
        ScopeError: a file outside the surface was changed.
        InvalidCandidateError: the proposer's report cannot be read.
        CrashError: the proposer, or the checker on the train cases, ended badly.
    """
    if order.bench.tree is None or order.tree is None:
        return Proposed()
    shutil.copytree(order.bench.tree, order.tree, symlinks=True)
    if order.plan.kind == "baseline" or order.plan.tried:
        return Proposed()
    child = _child(order, order.tree)
    if child is None:
        return Proposed()
    finished = start(order.parts, child)
    told = f"{order.bench.label}propose/attempt-{order.number}"
    keep_traces(order.bench.shelf, (order.place(TRACES),), arm=told, split="train")
    if not order.place(MADE).exists():  # it died before it could say what its calls cost
        order.bench.spent.append(told_by((order.place(TRACES),), split="train"))
    proposed = _proposed(order)
    order.bench.spent.append(proposed.cost)
    expect_success(child, finished)
    check_scope(order.bench.tree, order.tree, surface=order.declared.spec.surface)
    return proposed


def _child(order: Order, tree: Path) -> Child | None:
    """Return who edits the surface; None where nobody does."""
    spec = order.declared.spec
    if spec.propose.kind == "command":
        return _command(order, tree)
    if spec.propose.kind in ASKING:
        return _plug_in(order, tree, params=spec.propose.with_)
    if spec.propose.kind == "queue" and spec.edits_text and order.plan.hypothesis:
        return _plug_in(order, tree, params=order.plan.params)
    return None


def _command(order: Order, tree: Path) -> Child:
    rule, trials = order.declared.spec.propose, trials_of(order)
    known = {} if trials is None else {"LOOP_TRIALS": str(trials)}
    return Child(
        role="proposer",
        argv=rule.command or (),
        cwd=tree,
        variables=order.variables() | devices(order.parts) | known,
        declared=rule.env,
        network=rule.network,
        readable=(order.bench.folder,),
        writable=(tree,),
        hidden=(),
        minutes=rule.minutes,
        log=order.place(".propose.log"),
    )


def _plug_in(order: Order, tree: Path, *, params: dict[str, object]) -> Child:
    spec, parts, bench = order.declared.spec, order.parts, order.bench
    checker, with_ = order.declared.evaluation.checker, order.declared.evaluation.with_
    shown = not isinstance(checker, CommandChecker) and _asks_as_the_eval(order, params)
    task = parts.plug_ins.needs("checker", str(checker), with_) if shown else None
    own = parts.plug_ins.needs("proposer", spec.propose.kind, params)
    needs = [own, task] if task else [own]
    path = _request(order, tree, params=params, task=task)
    return Child(
        role="proposer",
        argv=(*parts.plug_ins.child, "proposer", "--request", str(path)),
        cwd=tree,
        variables=devices(parts) | offline(parts),
        declared=tuple(dict.fromkeys(name for each in needs for name in each.variables)),
        network="all" if any(each.network != "none" for each in needs) else "none",
        readable=(bench.folder, parts.plug_ins.package),
        writable=(bench.folder, bench.ckpt),
        hidden=(),
        minutes=spec.propose.minutes,
        log=order.place(".propose.log"),
    )


def _request(order: Order, tree: Path, *, params: dict[str, object], task: Needs | None) -> Path:
    """Write what the proposer is asked; `task` is what the eval's model needs, if it is shown."""
    bench, evaluation = order.bench, order.declared.evaluation
    traces = order.place(TRACES)
    traces.mkdir()
    request = ProposeRequest(
        kind=order.declared.spec.propose.kind,
        params=params,
        tree=tree,
        surface=order.declared.spec.surface,
        plan=order.plan_file(),
        train=bench.train,
        trials=trials_of(order),
        traces=traces,
        checker=str(evaluation.checker) if task else None,
        check=evaluation.with_ if task else {},
        folder=_model(order, task.files) if task else None,
        ckpt=bench.ckpt,
        seed=order.seed,
        smoke=order.smoke,
    )
    path = order.place(".propose.request.json")
    path.write_bytes(canonical(request.model_dump(mode="json")))
    return path


def _asks_as_the_eval(order: Order, params: dict[str, object]) -> bool:
    """Tell whether the proposer needs the eval's model: no other is given its key."""
    kind = order.declared.spec.propose.kind
    return kind == "gepa" or (kind == "reflect" and params.get("model", SAME) == SAME)


def _model(order: Order, files: tuple[str, ...]) -> Path:
    """Copy what the answering model is made of, and nothing else of the eval's folder."""
    into = order.place(".model")
    into.mkdir()
    for name in files:
        source, target = order.declared.folder / name, into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():  # a missing one is told by the model that needs it
            shutil.copyfile(source, target)
    return into


def _proposed(order: Order) -> Proposed:
    path = order.place(MADE)
    if not path.exists():
        return Proposed()
    try:
        return Proposed.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as err:
        raise InvalidCandidateError(f"the proposer's report cannot be read: {err}") from err
