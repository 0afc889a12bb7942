"""What no single field can say: the rules of a spec that hold between its fields."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from runner.core.problem import Complaint, Pointer
from runner.spec.model import (
    ASKING,
    EDITORS,
    CommandCheck,
    CommandMake,
    Guard,
    PlugInMake,
    Spec,
    Target,
)
from runner.spec.watch_check import watch_complaints

# read from the base branch only, or run by someone else's authority: never an iteration's to change
CLOSED_FOLDERS = (".git", ".github", "evals", "loops", "state")

# what git takes, less what a shell, a workflow or a page would take for more than a name
_BRANCH = re.compile(r"\w[\w.@+#=-]*(/[\w@+#=-][\w.@+#=-]*)*")
_USED = {
    "queue": frozenset[str](),
    "none": frozenset[str](),
    "command": frozenset({"env", "minutes", "network"}),
    **dict.fromkeys(ASKING, frozenset({"minutes", "with"})),
}


def complaints(spec: Spec) -> list[Complaint]:
    """Return what is wrong with a spec whose fields are each right."""
    return [
        *_hypotheses(spec),
        *_propose(spec),
        *_surface(spec),
        *_commands(spec),
        *_gate(spec),
        *_publish(spec),
        *watch_complaints(spec),
    ]


def path_fault(path: str) -> str | None:
    """Say why a path is not one inside the repository in its plainest spelling, or None."""
    if path.startswith(("/", "~")) or "\\" in path or ":" in path.partition("/")[0]:
        return f'expected a path relative to the repository, with /, got "{path}"'
    if ".." in path.split("/"):
        return f'expected a path inside the repository, got "{path}"'
    if path and str(PurePosixPath(path)) != path:
        return f'expected "{PurePosixPath(path)}", got "{path}"'
    return (
        None if path.isprintable() and path else "expected a path, got an empty or unprintable one"
    )


def _hypotheses(spec: Spec) -> Iterator[Complaint]:
    queued = spec.edits_text and spec.propose.kind == "queue"
    if spec.make == "none" and spec.hypotheses and not queued:
        yield Complaint(("hypotheses",), "nothing tries them: make is none")
    elif spec.propose.kind == "none" and spec.hypotheses:
        yield Complaint(("hypotheses",), "nothing tries them: propose.kind is none")
    yield from _repeated([h.id for h in spec.hypotheses], ("hypotheses",), "id")
    yield from _repeated([s.id for s in spec.skip], ("skip",), "id")
    skipped = {skip.id: skip.why for skip in spec.skip}
    for index, hypothesis in enumerate(spec.hypotheses):
        if hypothesis.id in skipped:
            why = f'"{hypothesis.id}" is to be skipped: {skipped[hypothesis.id]}'
            yield Complaint(("hypotheses", index, "id"), why)


def _repeated(names: Sequence[str], at: Pointer, key: str | None = None) -> Iterator[Complaint]:
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name, index)
        if first != index:
            place = (*at, index) if key is None else (*at, index, key)
            yield Complaint(place, f'"{name}" appears twice, first in {at[-1]}[{first}]')


def _propose(spec: Spec) -> Iterator[Complaint]:
    propose = spec.propose
    if propose.kind == "command" and propose.command is None:
        yield Complaint(("propose", "command"), "missing: propose.kind is command")
    if propose.kind != "command" and propose.command is not None:
        yield Complaint(("propose", "command"), f"never run: propose.kind is {propose.kind}")
    unused = {"env", "minutes", "network", "with"} - _USED[propose.kind]
    given = {"with" if name == "with_" else name for name in propose.model_fields_set}
    for name in sorted(given & unused):
        yield Complaint(("propose", name), f"never used: propose.kind is {propose.kind}")
    if propose.kind in EDITORS and not spec.surface:
        text = f"empty, so propose.kind {propose.kind} has no file that it may edit"
        yield Complaint(("surface",), text)


def _surface(spec: Spec) -> Iterator[Complaint]:
    yield from _repeated(spec.surface, ("surface",))
    for index, path in enumerate(spec.surface):
        fault = path_fault(path) or _surface_fault(path)
        if fault:
            yield Complaint(("surface", index), fault)


def _surface_fault(path: str) -> str | None:
    folder = path.partition("/")[0]
    if folder.lower() in CLOSED_FOLDERS:
        return f"no iteration may change {folder}/"
    return f'name each file: "{path}" is a pattern' if set(path) & set("*?[") else None


def _commands(spec: Spec) -> Iterator[Complaint]:
    if isinstance(spec.make, CommandMake | PlugInMake):
        yield from _hosts(spec.make.network, "make")
    if isinstance(spec.make, CommandMake):
        yield from _command(spec.make.command, "make")
        yield from _folder(spec.make.cwd, "make")
    if isinstance(spec.check, CommandCheck):
        yield from _command(spec.check.command, "check")
        yield from _folder(spec.check.cwd, "check")
        yield from _hosts(spec.check.network, "check")
    if spec.propose.command:
        yield from _command(spec.propose.command, "propose")
        yield from _hosts(spec.propose.network, "propose")


def _command(command: Sequence[str], at: str) -> Iterator[Complaint]:
    if not command[0].strip():
        yield Complaint((at, "command", 0), "expected a program, got an empty string")
    for index, argument in enumerate(command):
        if "\0" in argument:
            yield Complaint((at, "command", index), "a NUL character cannot be passed on")


def _folder(cwd: str, at: str) -> Iterator[Complaint]:
    if fault := path_fault(cwd):
        yield Complaint((at, "cwd"), fault)


def _hosts(network: str | tuple[str, ...], at: str) -> Iterator[Complaint]:
    if isinstance(network, str):
        return
    for index, host in enumerate(network):
        if not host or set(host) & set("/@ \t\\?#"):
            text = f'expected a host name such as huggingface.co, got "{host}"'
            yield Complaint((at, "network", index), text)


def _gate(spec: Spec) -> Iterator[Complaint]:
    gate = spec.gate
    given = gate.model_fields_set
    if "seeds" in given and gate.kind != "scalar":
        yield Complaint(("gate", "seeds"), f"only gate.kind scalar re-runs; it is {gate.kind}")
    if "worth" in given and gate.worth < gate.min_delta:
        text = f"{gate.worth:g} is below gate.min_delta {gate.min_delta:g}, so never accepted"
        yield Complaint(("gate", "worth"), text)
    if gate.confirm:
        yield from _confirm(spec)
    if gate.simpler and not spec.surface:
        yield Complaint(("gate", "simpler"), "only a text surface can become shorter")
    for name, guard in gate.guards.items():
        yield from _limits(guard, ("gate", "guards", name))
    for name, target in spec.stop.target.items():
        yield from _limits(target, ("stop", "target", name))


def _confirm(spec: Spec) -> Iterator[Complaint]:
    at = ("gate", "confirm")
    if spec.gate.kind != "paired":
        yield Complaint(at, f"a lock-box compares case by case; gate.kind is {spec.gate.kind}")
    if spec.gate.simpler:
        yield Complaint(at, "a lock-box confirms gains; leave gate.simpler out, which accepts none")


def _limits(rule: Guard | Target, at: Pointer) -> Iterator[Complaint]:
    names = [name for name in type(rule).model_fields if getattr(rule, name) is not None]
    if not names:
        yield Complaint(at, f"says nothing; give {' or '.join(type(rule).model_fields)}")
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        yield Complaint(at, f"min {rule.min:g} is above max {rule.max:g}")


def _publish(spec: Spec) -> Iterator[Complaint]:
    base = spec.publish.base
    if not _BRANCH.fullmatch(base) or ".." in base or base.endswith((".", ".lock")):
        yield Complaint(("publish", "base"), f'expected the name of a branch, got "{base}"')
    if base.startswith(("loop/", "refs/")):
        yield Complaint(("publish", "base"), f'"{base}" cannot be merged into; name a base branch')
