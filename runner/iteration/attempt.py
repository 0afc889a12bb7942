"""One attempt: propose, make, store, and score on the dev split."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from runner.checkers.arm import ArmError
from runner.core.canonical import canonical
from runner.core.crash import reach
from runner.core.errors import InvalidCandidateError
from runner.core.manifest import candidate_id
from runner.core.problem import printable
from runner.core.receipt import Attempt
from runner.core.request import Made, MakeRequest
from runner.core.score import CaseScore, cost_of
from runner.iteration.arm import Arm, score_arm
from runner.iteration.child import Child, CrashError, answers, devices, expect_success, start
from runner.iteration.crossfit import crossfit, seen_before
from runner.iteration.journal import Journal, journal
from runner.iteration.order import Order
from runner.iteration.proposal import propose
from runner.iteration.secret import known_secrets, require_clean
from runner.iteration.surface import ScopeError, collect_surface
from runner.iteration.trace import charged, keep_traces, traces_of
from runner.spec.model import CommandMake, PlugInMake
from runner.store.error import DiskError, StoreError

FANOUT = "LOOP_FANOUT"
"""Where built-in makers have pieces of work done: `processes`, or an address of a Ray cluster."""
SAME = "identical to the candidate it came from"


def attempt(order: Order) -> Attempt:
    """Make one candidate and score it on dev; what a candidate does wrong is an outcome.

    An attempt that an interrupted run made is not made again; nor is its maker run again once the
    candidate is in the store.

    Raises:
        LoopError: the machine or the spec is at fault, and a person must mend it.
    """
    if order.plan.unmet:
        return Attempt(outcome="failed", reason=order.plan.unmet)
    pages = journal(order)
    done = pages.ended
    if done is None:
        done = _told(order, pages)
        reach("dev_checked")
        pages.keep(done, ended=True)
        reach("attempted")
    return done.model_copy(update={"earlier_s": pages.earlier_s})


def _told(order: Order, pages: Journal) -> Attempt:
    """Return what the attempt came to, in a word, whatever the candidate did wrong."""
    try:
        return _attempt(order, pages)
    except DiskError:
        raise  # no candidate's fault
    except (ScopeError, StoreError, InvalidCandidateError) as err:
        told = str(err).replace(str(order.out), "the candidate")
        return Attempt(outcome="failed", reason=printable(told))
    except CrashError as err:
        return Attempt(outcome=err.outcome, reason=str(err), failure=err.failure)
    except ArmError as err:
        return Attempt(outcome="error", reason=printable(f"checker: {err}"))


def _attempt(order: Order, pages: Journal) -> Attempt:
    """Make, store and score, in this order; whatever goes wrong is raised."""
    if fault := seen_before(order):
        return Attempt(outcome="failed", reason=fault)
    done = _again(order, pages.named) if pages.named else _new(order, pages)
    if done.candidate is None:
        return done
    if fault := _known(order, done.candidate):
        return Attempt(outcome="failed", reason=fault, made=done.made, proposed=done.proposed)
    folders = _refs(order, done.made).folders
    scores = _dev_scores(order, folders, name=done.candidate)
    return done.model_copy(update={"scores": scores})


def _again(order: Order, named: Attempt) -> Attempt:
    """Bring a candidate back that an interrupted run put into the store and did not score."""
    order.parts.store.checkout(named.candidate or "", order.out)
    return named


def _new(order: Order, pages: Journal) -> Attempt:
    """Propose, make and store."""
    order.out.mkdir()
    proposed = propose(order)
    _make(order)
    reach("maker_ended")
    surface = collect_surface(order)
    require_clean(order.out, known_secrets(order.parts))
    if _unchanged(order, surface):
        return Attempt(outcome="failed", reason=SAME, proposed=proposed)
    crossfit(order)
    made = _made(order)
    order.bench.spent.append(made.cost)
    refs = _refs(order, made)
    done = Attempt(outcome="candidate", surface=surface, made=made, proposed=proposed)

    def named(candidate: str) -> None:
        pages.keep(done.model_copy(update={"candidate": candidate}), ended=False)
        reach("artifact_named")

    name = candidate_id(order.parts.store.put(order.out, refs=refs.ids, before=named))
    return done.model_copy(update={"candidate": name})


def _unchanged(order: Order, surface: Mapping[str, str]) -> bool:
    """Tell whether the text is the one it came from, before folds are made of it."""
    text = order.declared.spec.edits_text and order.plan.kind == "iteration"
    if not text or order.bench.parent is None or order.plan.tried:
        return False
    return all(
        (order.bench.parent / path).is_file()
        and hashlib.sha256((order.bench.parent / path).read_bytes()).hexdigest() == digest
        for path, digest in surface.items()
    )


def _known(order: Order, name: str) -> str:
    """Say which candidate this one is again; "" for a new one."""
    if order.plan.kind != "iteration":
        return ""
    if name in {order.plan.parent, order.plan.incumbent}:
        return SAME
    return order.bench.earlier.get(name, "")


def _make(order: Order) -> None:
    make = order.declared.spec.make
    if make == "none":
        return
    child = _plug_in(order, make) if isinstance(make, PlugInMake) else _command(order, make)
    finished = start(order.parts, child)
    expect_success(child, finished)
    if (kept := order.place(".traces")).is_dir():
        told = f"{order.bench.label}make/attempt-{order.number}"
        keep_traces(order.bench.shelf, [kept], arm=told, split="train")


def _plug_in(order: Order, make: PlugInMake) -> Child:
    bench, cache = order.bench, order.parts.cache / make.kind
    cache.mkdir(parents=True, exist_ok=True)
    path = order.place(".request.json")
    path.write_bytes(canonical(_request(order, make.kind, cache).model_dump(mode="json")))
    needs = order.parts.plug_ins.needs("maker", make.kind, order.plan.params)
    return Child(
        role="maker",
        argv=(*order.parts.plug_ins.child, "maker", "--request", str(path)),
        cwd=bench.folder,
        variables=devices(order.parts, make.gpus),
        declared=make.env,
        network=make.network,
        readable=(bench.folder, order.parts.plug_ins.package, *needs.paths),
        writable=(bench.folder, bench.ckpt, cache),
        hidden=(),
        minutes=make.minutes,
        log=order.place(".log"),
    )


def _request(order: Order, kind: str, cache: Path) -> MakeRequest:
    """Return what a built-in maker is asked, and make the folder for its traces."""
    bench, traces = order.bench, order.place(".traces")
    traces.mkdir()
    return MakeRequest(
        kind=kind,
        params=order.plan.params,
        out=order.out,
        parent=bench.parent,
        refs=dict(bench.refs),
        train=bench.train,
        dev=bench.dev,
        ckpt=bench.ckpt,
        cache=cache,
        traces=traces,
        seed=order.seed,
        smoke=order.smoke,
        gpus=order.declared.spec.gpus,
        fanout=order.parts.environ.get(FANOUT) or "processes",
    )


def _command(order: Order, make: CommandMake) -> Child:
    bench = order.bench
    top = order.tree or order.parts.repo.top
    return Child(
        role="maker",
        argv=make.command,
        cwd=top / make.cwd,
        variables=order.variables() | devices(order.parts, make.gpus),
        declared=make.env,
        network=make.network,
        readable=(bench.folder, top),
        writable=(bench.folder, bench.ckpt),
        hidden=answers(order.parts.repo),
        minutes=make.minutes,
        log=order.place(".log"),
    )


def _made(order: Order) -> Made:
    """Read what a built-in maker says of its work; a foreign one says nothing."""
    path = order.place(".made.json")
    if not isinstance(order.declared.spec.make, PlugInMake) or not path.exists():
        return Made()
    try:
        return Made.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as err:
        raise InvalidCandidateError(f"the maker's report cannot be read: {err}") from err


@dataclass(frozen=True, slots=True)
class _Refs:
    """What a candidate needs, by its own roles: candidate ids, and where they lie."""

    ids: Mapping[str, str]
    folders: Mapping[str, Path]


def _refs(order: Order, made: Made) -> _Refs:
    """Return what the maker says that its candidate needs; only what it was given can be."""
    bench = order.bench
    for role, given in made.refs.items():
        if given not in bench.ids:
            raise InvalidCandidateError(f"{role} refers to {given}, no candidate that it was given")
    return _Refs(
        ids={role: bench.ids[given] for role, given in made.refs.items()},
        folders={role: bench.refs[given] for role, given in made.refs.items()},
    )


def _dev_scores(order: Order, refs: Mapping[str, Path], *, name: str) -> tuple[CaseScore, ...]:
    bench = order.bench
    if not order.declared.has_dev:
        return ()
    folder = bench.arms / f"attempt-{order.number}"
    shutil.rmtree(folder, ignore_errors=True)  # without isolation a maker may have been there
    arm = Arm(
        model=order.out,
        refs=refs,
        cases=bench.dev,
        split="dev",
        folder=folder,
        seed=order.plan.seed,
        cells=order.parts.cells,
        smoke=order.smoke,
    )
    try:
        with charged(bench.spent, folder, split="dev"):
            scores = score_arm(order.parts, order.declared, arm).scores
    finally:
        told = f"dev/attempt-{order.number}"
        keep_traces(bench.shelf, traces_of(folder), arm=told, split="dev", candidate=name)
    bench.spent.append(cost_of(scores))
    return scores
