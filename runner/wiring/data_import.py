"""Other tools' conversations as training rows, with a manifest of what became of them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import digest
from runner.core.file import write_atomic
from runner.evals.check import key_variable
from runner.lm import hermes
from runner.training.curate.curate import Curated, curate
from runner.training.curate.draft import Runtime
from runner.training.curate.manifest import Step
from runner.training.curate.overlap import Forbidden, refuse_overlap
from runner.training.curate.params import Curation
from runner.training.foreign.registry import detect, open_file, read_source
from runner.training.foreign.source import Imported, Source
from runner.training.row import TrainingRow, row_lines, write_rows
from runner.wiring.data import DataError, EvalData, open_eval

BYTES_PER_TOKEN = 4
"""Without a model there is no tokenizer: lengths are of English text, roughly."""

ASKED = ("instruction", "input", "text")
"""Where a case says what it asks."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        kind: Format of the files; None looks into each.
        min_partial: Lowest score of a row, in [0, 1]; None takes unscored conversations, too.
        against: Eval none of whose dev and held-out cases a row may ask; None checks nothing.
    """

    kind: str | None = None
    min_partial: float | None = None
    against: str | None = None

    @property
    def rule(self) -> Curation:
        """By which rows are kept."""
        if self.min_partial is None:
            return Curation(cohort="random", min_partial=0, per_task=None)
        return Curation(min_partial=self.min_partial, per_task=None)


@dataclass(frozen=True, slots=True)
class Brought:
    """What was written.

    Attributes:
        rows: The file of rows.
        manifest: Where they come from.
        count: How many rows.
        tokens: Of all rows, `BYTES_PER_TOKEN` each: an estimate.
        formats: Format to files.
        skipped: Kind of record or part to how many of it were left out.
        damaged: `path:line: why` of each line that cannot be read.
        redacted: Texts in which a secret was masked.
        steps: Of the curation.
    """

    rows: Path
    manifest: Path
    count: int
    tokens: int
    formats: Mapping[str, int]
    skipped: Mapping[str, int]
    damaged: tuple[str, ...]
    redacted: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """One file, and what it held."""

    source: Source
    kind: str
    found: Imported

    def record(self) -> dict[str, object]:
        return {
            "file": self.source.name,
            "sha256": digest(self.source.data),
            "format": self.kind,
            "episodes": len(self.found.episodes),
            "skipped": dict(self.found.skipped),
            "damaged": list(self.found.damaged),
            "redacted": self.found.redacted,
        }


def bring(root: Path, files: Sequence[Path], out: Path, wanted: Wanted) -> Brought:
    """Read files of conversations and write them as training rows.

    Args:
        root: The repository's work tree, or any folder where `against` is None.
        files: Sessions, logs, chats or traces.
        out: JSONL file to write; the manifest is beside it, `<stem>.manifest.json`.
        wanted: How.

    Raises:
        LoopError: a file cannot be read, no row is left, or a row asks a case of the eval.
    """
    read = [_read(path, wanted.kind) for path in files]
    done = _curated([each.found for each in read], wanted.rule)
    if wanted.against is not None:
        refuse_overlap(done.rows, list(_forbidden(open_eval(root, wanted.against))))
    manifest = out.with_name(f"{out.stem}.manifest.json")
    write_rows(out, done.rows)
    sources = [each.record() for each in read]
    _write(manifest, {"curation": done.manifest.record(), "sources": sources})
    skipped: Counter[str] = Counter()
    for each in read:
        skipped.update(each.found.skipped)
    return Brought(
        rows=out,
        manifest=manifest,
        count=len(done.rows),
        tokens=done.manifest.tokens,
        formats=dict(sorted(Counter(each.kind for each in read).items())),
        skipped=dict(sorted(skipped.items())),
        damaged=tuple(line for each in read for line in each.found.damaged),
        redacted=sum(each.found.redacted for each in read),
        steps=done.steps,
    )


def _read(path: Path, kind: str | None) -> _File:
    source = open_file(path)
    named = kind or detect(source)
    return _File(source, named, read_source(source, named))


def _curated(found: Sequence[Imported], rule: Curation) -> Curated:
    runtime = Runtime(
        parse=lambda text: hermes.parse(text).calls, render=hermes.render, count_tokens=_tokens
    )
    episodes = [each for one in found for each in one.episodes]
    tools = {task: named for one in found for task, named in one.tools.items()}
    return curate(episodes, rule, runtime=runtime, entities={}, tools=tools, seed=0)


def _tokens(row: TrainingRow) -> int:
    size = len(row_lines([row.record()]))
    return -(-size // BYTES_PER_TOKEN)


def _forbidden(data: EvalData) -> Iterator[Forbidden]:
    """Yield what no row may ask; a held-out case is called by a digest, which says nothing.

    Raises:
        DataError: a held-out source cannot be opened.
    """
    if data.closed:
        raise DataError(
            f"--against: held-out {', '.join(data.closed)} cannot be opened; set "
            f"{key_variable(data.declared)} to the age identity of the eval"
        )
    dev = data.split("dev")
    for held in (*([] if dev is None else [dev]), *data.heldout):
        for case in held.cases:
            asked = next(
                (case.data[key] for key in ASKED if isinstance(case.data.get(key), str)), ""
            )
            names = case.data.get("entities")
            entities = tuple(map(str, names)) if isinstance(names, list) else ()
            title = f"{held.name} case {digest(case.id.encode())[:12]}"
            yield Forbidden(title, str(asked), entities)


def _write(path: Path, record: Mapping[str, object]) -> None:
    try:
        write_atomic(path, json.dumps(record, indent=1, ensure_ascii=False).encode() + b"\n")
    except OSError as err:
        raise DataError(f"{path}: cannot be written: {err.strerror}") from err
