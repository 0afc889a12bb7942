"""Where a spec, its eval, the other loops and the repository contradict one another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runner.core.problem import Complaint, Problem, suggestion
from runner.core.row import Level
from runner.evals.check import files, key_variable
from runner.evals.heldout import slices_of
from runner.evals.load import LoadedEval
from runner.evals.model import CommandChecker, Eval, FileSource
from runner.gate.declaration import problems as gate_problems
from runner.ledger.budget import reserve
from runner.spec.load import LoadedSpec
from runner.spec.model import EDITORS, CommandCheck, Spec
from runner.wiring.flag import flag_notes
from runner.wiring.text import decoding_problems, text_notes, text_problems

Present = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check of declarations found: problems stop a run, notes do not."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def crosscheck(
    loop: LoadedSpec,
    evaluation: LoadedEval | Eval,
    others: Sequence[LoadedSpec],
    *,
    present: Present,
) -> Findings:
    """Check a loop against everything that it is declared next to.

    Args:
        loop: The spec with its lines.
        evaluation: The eval with its lines, or the bare eval of a foreign check.
        others: The repository's other loops.
        present: Tells whether a file is at a repository path.
    """
    spec = loop.spec
    declared = evaluation.eval if isinstance(evaluation, LoadedEval) else evaluation
    found = [
        loop.document.problem(complaint)
        for complaint in (
            *_gate(spec, declared),
            *_splits(spec, declared),
            *_confirm(spec, declared),
            *_isolation(spec, declared),
            *_repository(spec, present),
            *_money(spec),
            *text_problems(spec, declared),
        )
    ]
    found += map(loop.document.problem, _surfaces(loop, others))
    if isinstance(evaluation, LoadedEval):
        complaints = [
            *_files(declared, present),
            *_shared(spec, declared),
            *decoding_problems(declared),
        ]
        found += map(evaluation.document.problem, complaints)
    told = (
        *_notes(spec, declared),
        *text_notes(spec, declared),
        *_watched(spec, present),
        *flag_notes(spec),
    )
    notes = [*map(loop.document.problem, told)]
    if isinstance(evaluation, LoadedEval):
        notes += map(evaluation.document.problem, _plain_twins(declared, present))
    return Findings(tuple(sorted(found)), tuple(sorted(notes)))


def best_level(declared: Eval) -> tuple[Level, str]:
    """Return the strongest isolation that an eval allows, and why it is not stronger."""
    if declared.demo_identity is not None:
        path = f"evals/{declared.eval}/{declared.demo_identity}"
        return "open", f"the key is published in {path}"
    if declared.revealed is not None:
        path = f"evals/{declared.eval}/{declared.revealed}"
        return "open", f"scores of the held-out split are published in {path}"
    named = [source.file for source in declared.heldout if isinstance(source, FileSource)]
    plain = [name for name in named if not name.endswith(".age")]
    if plain:
        return "open", f"evals/{declared.eval}/{plain[0]} is not sealed"
    if isinstance(declared.checker, CommandChecker) and not declared.heldout:
        return "open", "the check's command keeps its own cases where a maker can read them"
    return "separate", ""


def has_dev(spec: Spec, declared: Eval) -> bool:
    """Tell whether candidates can be compared without a look."""
    check = spec.check
    return check.dev if isinstance(check, CommandCheck) else declared.dev is not None


def _gate(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    for message in gate_problems(spec.gate, declared):
        place, _, text = message.partition(": ")
        yield Complaint(tuple(place.split(".", 2)), text)
    for key in spec.stop.target:
        metric = key.partition("@")[0]
        if metric not in declared.metrics:
            hint = suggestion(metric, tuple(declared.metrics))
            text = f'metric "{metric}" is not in eval {declared.eval}{hint}'
            yield Complaint(("stop", "target", key), text)
    slices = slices_of(declared)
    for pointer, key in _keys(spec):
        name = key.partition("@")[2]
        if name and slices is not None and name not in slices:
            text = f'no held-out source has the slice "{name}"{suggestion(name, slices)}'
            yield Complaint(pointer, text)


def _keys(spec: Spec) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("gate", "primary"), spec.gate.primary
    yield from ((("gate", "guards", key), key) for key in spec.gate.guards)
    yield from ((("stop", "target", key), key) for key in spec.stop.target)


def _splits(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    if declared.folds is not None and spec.make != "none":
        text = "folds each have a text of their own; they are for loops with make: none"
        yield Complaint(("make",), text)
    attempts = 1 if spec.make == "none" else spec.make.attempts
    if attempts > 1 and not has_dev(spec, declared):
        text = f"{attempts} attempts are told apart on a dev split, and there is none"
        yield Complaint(("make", "attempts"), text)
    own_cases = isinstance(declared.checker, CommandChecker)
    if not declared.heldout and not own_cases and spec.gate.kind != "fixtures":
        text = f"eval {declared.eval} has no held-out cases for gate.kind {spec.gate.kind}"
        yield Complaint(("check", "eval"), text)


def _confirm(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    at = ("gate", "confirm")
    if not spec.gate.confirm:
        return
    if declared.confirm is None:
        text = f"eval {declared.eval} has no confirm split; add confirm: FILE.jsonl.age to it"
        yield Complaint(at, text)
    elif not declared.confirm.endswith(".age"):
        text = f"evals/{declared.eval}/{declared.confirm} is not sealed, so it is no lock-box"
        yield Complaint(at, f"{text}; git-loop data seal {declared.eval}")


def _isolation(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    level, why = best_level(declared)
    if spec.isolation.min != "open" and level == "open":
        text = f"{spec.isolation.min} cannot be reached, every run is open: {why}"
        yield Complaint(("isolation", "min"), text)
    secrets = {key_variable(declared)} if declared.recipient else set()
    handed = {"make": () if spec.make == "none" else spec.make.env, "propose": spec.propose.env}
    for stage, names in handed.items():
        for index, name in enumerate(names):
            if name in secrets:
                text = f"{name} opens the held-out split; only the check may have it"
                yield Complaint((stage, "env", index), text)


def _repository(spec: Spec, present: Present) -> Iterator[Complaint]:
    if spec.skill is not None and not present(f"skills/{spec.skill}/SKILL.md"):
        yield Complaint(("skill",), f"skills/{spec.skill}/SKILL.md is missing")
    run = spec.check.command if isinstance(spec.check, CommandCheck) else ()
    cwd = spec.check.cwd if isinstance(spec.check, CommandCheck) else "."
    scripts = {part if cwd == "." else f"{cwd}/{part}" for part in run}
    for index, path in enumerate(spec.surface):
        if path in scripts:
            text = f"{path} is what the check runs; no iteration may change it"
            yield Complaint(("surface", index), text)
        elif not present(path):
            yield Complaint(("surface", index), f"{path} is missing")


def _watched(spec: Spec, present: Present) -> Iterator[Complaint]:
    # no problem: rows are audited where only their own declarations are
    of = spec.watching.of
    if of is not None and not present(f"loops/{of}.yaml"):
        yield Complaint(("watch", "of"), f"loops/{of}.yaml is missing")


def _surfaces(loop: LoadedSpec, others: Sequence[LoadedSpec]) -> Iterator[Complaint]:
    for other in others:
        for place, theirs in enumerate(other.spec.surface):
            for index, ours in enumerate(loop.spec.surface):
                if f"{ours}/".startswith(f"{theirs}/") or f"{theirs}/".startswith(f"{ours}/"):
                    line = other.document.line(("surface", place))
                    text = f"{ours} is a surface of loop {other.spec.loop} too"
                    where = f"{other.document.path}:{line}"
                    yield Complaint(("surface", index), f"{text} ({where})")


def _money(spec: Spec) -> Iterator[Complaint]:
    needed = reserve(None, spec)
    if spec.budget.usd is not None and needed > spec.budget.usd:
        stage = "check" if spec.make == "none" else "make"
        more = " and propose.minutes" if spec.propose.kind in EDITORS else ""
        text = (
            f"{spec.budget.usd:g} is less than the {needed:g} set aside for one iteration "
            f"({stage}.minutes{more} x usd_per_hour), so nothing would run"
        )
        yield Complaint(("budget", "usd"), text)


def _files(declared: Eval, present: Present) -> Iterator[Complaint]:
    for pointer, name in files(declared):
        path = f"evals/{declared.eval}/{name}"
        if not present(path):
            yield Complaint(pointer, f"{path} is missing")


def _plain_twins(declared: Eval, present: Present) -> Iterator[Complaint]:
    """Say which sealed file has its plain one beside it."""
    for pointer, name in files(declared):
        bare = name.removesuffix(".age")
        for twin in dict.fromkeys((bare, bare.removesuffix(".xz"))):
            path = f"evals/{declared.eval}/{twin}"
            if name not in {twin, bare} and present(path):
                text = (
                    f"{path} lies beside it in plain; git-loop data seal {declared.eval} --remove"
                )
                yield Complaint(pointer, text)


def _shared(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    """Visible fixtures may serve twice; a claim about unseen cases may not."""
    if spec.gate.kind == "fixtures" or declared.folds is not None:
        return
    first: dict[str, str] = {}
    for pointer, name in files(declared):
        if name in first:
            yield Complaint(pointer, f'"{name}" already serves as {first[name]}')
        first.setdefault(name, str(pointer[0]))


def _notes(spec: Spec, declared: Eval) -> Iterator[Complaint]:
    budget, gate = spec.budget, spec.gate
    if budget.usd is not None and not budget.usd_per_hour:
        text = "without usd_per_hour only what a provider meters is counted"
        yield Complaint(("budget", "usd"), text)
    if gate.kind == "paired" and not gate.min_delta:
        text = "0 is for scores of 0 and 1; a graded metric is refused at the baseline"
        yield Complaint(("gate", "min_delta"), text)
    if not has_dev(spec, declared) and spec.make != "none":
        yield Complaint(("check",), "no dev split: one attempt each, and nothing is kept")
    if declared.confirm is not None and not gate.confirm:
        text = f"eval {declared.eval} has a confirm split, and no claim waits for it"
        yield Complaint(("gate", "confirm"), text)
