"""What the engine hands to a maker or checker child, as one JSON file.

A built-in plug-in is a command like any other: `git-loop stage maker --request FILE`. It sees the
paths below and nothing else of the engine.
"""

from pathlib import Path
from typing import Any

from pydantic import NonNegativeInt

from runner.core.field import KindName
from runner.core.frozen import Frozen
from runner.core.row import Cost


class Needs(Frozen):
    """What a maker's parameters name beyond the working parent.

    Attributes:
        rows: Role to the number of the row whose candidate the maker reads.
        folders: Role to a folder of the repository, as committed.
    """

    rows: dict[str, NonNegativeInt] = {}
    folders: dict[str, str] = {}


class MakeRequest(Frozen):
    """One call of a built-in maker.

    Attributes:
        kind: The maker's name in the plug-in table.
        params: Merged `make.with` and the hypothesis' `with`, checked by the maker's `Params`.
        out: Empty folder for the candidate's files: safetensors, JSON, tokenizer files, text.
        parent: The working parent's files, read-only; None at the baseline. What it refers to is
            in `members/<role>` below it.
        refs: Role to the read-only folder of another candidate, or of files of the repository, as
            the maker's `needs` names them; what the parent refers to is there as `parent-<role>`.
        train: Training cases, plain JSONL.
        dev: Development cases, plain JSONL.
        ckpt: Folder kept across retries of one run.
        seed: Seed of this attempt.
        smoke: One training step only.
    """

    kind: KindName
    params: dict[str, Any]
    out: Path
    parent: Path | None = None
    refs: dict[str, Path] = {}
    train: Path | None = None
    dev: Path | None = None
    ckpt: Path
    seed: int
    smoke: bool = False


class Made(Frozen):
    """What a maker says of its work.

    Attributes:
        figures: For display, never for a decision.
        refs: Role in the candidate to role in the request: other candidates that this one needs.
    """

    figures: dict[str, float | int | str] = {}
    refs: dict[str, str] = {}
    cost: Cost = Cost()


class CheckRequest(Frozen):
    """One call of a built-in checker: one arm, blind to which.

    Attributes:
        kind: The checker's name in the plug-in table.
        params: The eval's `with`, checked by the checker's `Params`.
        model: The candidate's files, read-only; None when only controls are asked for.
        refs: Role to folder of the candidate's ensemble members.
        cases: Plain JSONL, one case per line, each with a unique `id` and optional `slices`.
        out: JSONL file of `CaseScore` lines to write.
        controls: Control arms to score instead of the model, written as `<out>.<control>`.
        seed: Seed for anything random in the check.
    """

    kind: KindName
    params: dict[str, Any]
    model: Path | None = None
    refs: dict[str, Path] = {}
    cases: Path
    out: Path
    controls: tuple[str, ...] = ()
    seed: int = 0
