"""What a maker sees: a folder with its inputs, and a generated view of the past."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import canonical
from runner.core.errors import LoopError
from runner.core.receipt import Plan
from runner.core.row import WHY, Cost, Row
from runner.evals.model import FEEDBACK
from runner.evals.split import jsonl
from runner.iteration.folder import RunFolder
from runner.iteration.parts import Declared, Parts
from runner.iteration.past import anew, earlier, edit_of
from runner.iteration.trace import Shelf
from runner.record.feedback import read_feedback

TRAIN = "train.jsonl"
LINK, EXECUTABLE = "120000", "100755"  # modes as git writes them
_HIDDEN = ("state/", "evals/")
"""Folders of the repository that hold scores and answers: no maker is given a file of them."""


class WorkbenchError(LoopError):
    """An input of the maker that is not there."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """The maker's folder, ready for any number of attempts.

    Attributes:
        arms: Folder beside the maker's, out of its reach, for what the checker writes on dev.
        plan: Generated view: hypothesis, parameters, dev numbers and verdict words of the past.
            Held-out scores never appear in it.
        refs: Role to folder of what else the maker may read; `parent-<role>` is what the parent
            refers to.
        ids: Role to candidate id, of those of `refs` that are candidates.
        tree: Export of the code with the surface laid over it; None where commands run in the
            checkout itself.
        earlier: Candidate id to what became of it, of the texts that this loop has tried.
        label: Prefix of the arms under which traces are kept; names the fold, if it is one's.
        shelf: Takes the traces of what models said.
        spent: What models have charged so far, in the order in which it was told; grows.
    """

    folder: Path
    arms: Path
    plan: Path
    train: Path | None
    dev: Path | None
    parent: Path | None
    refs: Mapping[str, Path]
    ids: Mapping[str, str]
    ckpt: Path
    tree: Path | None
    earlier: Mapping[str, str]
    shelf: Shelf
    spent: list[Cost]
    label: str = ""


def lay_out(
    parts: Parts, declared: Declared, plan: Plan, folder: RunFolder, *, past: tuple[Row, ...]
) -> Workbench:
    """Bring every input of the maker into `make/` of the run directory.

    Raises:
        WorkbenchError: a split, a candidate or a folder is missing or cannot be read.
    """
    bench = folder.fresh("make")
    ids = plan.refs | _members(parts, plan.parent)
    view = bench / "plan.json"
    view.write_bytes(canonical(view_of(parts, plan, declared, past)))
    evaluation = declared.evaluation
    for role, name in ids.items():
        _candidate(parts, name, bench / "refs" / role, role=role)
    for role, path in plan.folders.items():
        _folder(parts, plan, path, bench / "refs" / role)
    return Workbench(
        folder=bench,
        arms=folder.fresh("dev"),
        plan=view,
        train=_split(declared, evaluation.files("train"), bench / TRAIN),
        dev=_split(declared, evaluation.files("dev"), bench / "dev.jsonl"),
        parent=_candidate(parts, plan.parent, bench / "parent"),
        refs={role: bench / "refs" / role for role in (*ids, *plan.folders)},
        ids=ids,
        ckpt=folder.kept("ckpt"),
        tree=_tree(parts, declared, plan, bench),
        earlier=earlier(past) if declared.spec.edits_text else {},
        shelf=Shelf(parts.store, folder, evaluation.recipient),
        spent=[],
    )


def view_of(
    parts: Parts, plan: Plan, declared: Declared, past: tuple[Row, ...]
) -> dict[str, object]:
    """Return what a proposer or maker may know: dev numbers and verdict words, nothing else."""
    spec = declared.spec
    metrics = declared.evaluation.metrics
    text = {"directions": {name: metric.direction for name, metric in metrics.items()}}
    return (text if spec.surface else {}) | {
        "loop": plan.loop,
        "description": spec.description,
        "iteration": plan.number,
        "kind": plan.kind,
        "line": plan.line,
        "hypothesis": plan.hypothesis,
        "why": plan.why,
        "with": plan.params,
        "seed": plan.seed,
        "primary": spec.gate.primary,
        "surface": list(spec.surface),
        "skill": f"skills/{spec.skill}/SKILL.md" if spec.skill else None,
        "skip": [skip.model_dump(mode="json") for skip in spec.skip],
        "feedback": list(read_feedback(parts.repo, plan.loop, plan.campaign.authority))
        if spec.surface
        else [],
        "past": [_tried(parts, row, spec.surface, since=anew(past)) for row in past],
    }


def _tried(parts: Parts, row: Row, surface: tuple[str, ...], *, since: int) -> dict[str, object]:
    told: dict[str, object] = {
        "iteration": row.number,
        "hypothesis": row.hypothesis,
        "verdict": row.verdict,
        "dev": {key: list(pair) for key, pair in row.dev.items()},
    }
    if surface:
        told |= {"line": row.line, "why": str(row.figures.get(WHY, ""))}
        # what came before something new may be tried again, so it is not told as tried
        told |= {"edit": edit_of(parts.store, row, surface) if row.number > since else ""}
    return told


def _split(declared: Declared, files: tuple[str, ...], into: Path) -> Path | None:
    if not files:
        return None
    if into.name == TRAIN and (declared.folder / FEEDBACK).is_file():
        files = (*files, FEEDBACK)
    with into.open("wb") as plain:
        for name in files:
            source = declared.folder / name
            try:
                plain.write(jsonl(source.read_bytes(), path=str(source)))
            except OSError as err:
                raise WorkbenchError(f"{source}: {err}; the eval names it as a split") from err
    return into


def _candidate(parts: Parts, name: str | None, into: Path, *, role: str = "") -> Path | None:
    """Copy a candidate out of the store, what it refers to in `members/<role>` below it."""
    if name is None:
        return None
    if not parts.store.has(name) and not parts.store.root.is_file():
        told = f"{role}: " if role else ""
        raise WorkbenchError(
            f"{told}candidate {name[:12]} is not in the store at {parts.store.where}; set "
            "LOOP_HOME to where it was made, or start anew from a baseline: a new eval version or "
            "check does"
        )
    for member, id_ in parts.store.checkout(name, into).refs.items():
        parts.store.checkout(id_, into / "members" / member)
    return into


def _members(parts: Parts, parent: str | None) -> dict[str, str]:
    """Return what the parent refers to, by the roles under which the maker is given it."""
    if parent is None or not parts.store.has(parent):
        return {}
    return {f"parent-{role}": name for role, name in parts.store.manifest(parent).refs.items()}


def _folder(parts: Parts, plan: Plan, path: str, into: Path) -> None:
    """Export a folder of the repository as it is committed, without what a maker may not see."""
    listed = [
        each
        for each in parts.repo.list_modes(plan.code)
        if each.startswith(f"{path}/") and not each.startswith(_HIDDEN)
    ]
    if not listed:
        raise WorkbenchError(
            f"{path} holds no committed file that a maker may read at {plan.code[:12]}; commit it"
        )
    for each, data in parts.repo.read_many(plan.code, listed).items():
        _export(into / each.removeprefix(f"{path}/"), data, mode="")


def _tree(parts: Parts, declared: Declared, plan: Plan, bench: Path) -> Path | None:
    """Export the code without state, evals and history, the surface to start from on top."""
    if not declared.spec.surface and plan.tried is None:
        return None
    tree = bench / "tree"
    commit = plan.tried or plan.code
    modes = parts.repo.list_modes(commit)
    paths = [path for path in modes if not path.startswith(_HIDDEN)]
    tree.mkdir()
    for path, data in parts.repo.read_many(commit, paths).items():
        _export(tree / path, data, mode=modes[path])
    if plan.tried is None:
        found = _surface(parts, declared, plan, bench)
        for path in declared.spec.surface:
            (tree / path).unlink(missing_ok=True)
            if path in found:
                _export(tree / path, found[path], mode=modes.get(path, ""))
    return tree


def _surface(parts: Parts, declared: Declared, plan: Plan, bench: Path) -> dict[str, bytes]:
    """Return the surface to start from: the working parent's, or at a baseline the campaign's.

    The campaign's branch may hold a reviewer's edit that the base does not have.
    """
    paths = declared.spec.surface
    if plan.parent is not None:
        return {path: (bench / "parent" / path).read_bytes() for path in paths}
    return parts.repo.read_many(plan.campaign.tip or plan.campaign.base, paths)


def _export(target: Path, data: bytes, *, mode: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if mode == LINK:
        target.symlink_to(os.fsdecode(data))
        return
    target.write_bytes(data)
    if mode == EXECUTABLE:
        target.chmod(0o755)
