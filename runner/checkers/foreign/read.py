"""Which reader takes which format, and what `$LOOP_OUT` is called for the tool that writes it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.checkers.arm import MAX_BYTES, ArmError, distinct, read_arm, written
from runner.checkers.foreign import inspect, junit, lm_eval, promptfoo
from runner.core.field import Format
from runner.core.score import CaseScore


@dataclass(frozen=True, slots=True)
class Form:
    """One tool's format.

    Attributes:
        out: Name of `$LOOP_OUT`; some tools choose the format by it.
        expected: What the tool should have written there, in words.
        files: Pattern of the one file to read where the tool made a folder of `$LOOP_OUT`.
        read: Turns the file's bytes into scores; told the metrics that the eval declares.
        most: Bytes that are taken.
    """

    out: str
    expected: str
    files: str
    read: Callable[[bytes, frozenset[str]], Iterable[CaseScore]]
    most: int = MAX_BYTES


FORMS: Mapping[Format, Form] = {
    "inspect": Form("scores.json", "an Inspect log in JSON", "*.json", inspect.read),
    "promptfoo": Form("scores.json", "promptfoo's results in JSON", "*.json", promptfoo.read),
    "lm_eval": Form("scores", "lm-eval's samples_*.jsonl", "samples_*.jsonl", lm_eval.read),
    "junit": Form("scores.xml", "a JUnit XML report", "*.xml", junit.read, junit.MAX_BYTES),
}


def out_name(kind: Format) -> str:
    """Return what `$LOOP_OUT` is called for a checker that writes this format."""
    return FORMS[kind].out if kind in FORMS else "scores.jsonl"


def read_scores(path: Path, kind: Format, *, metrics: Iterable[str]) -> tuple[CaseScore, ...]:
    """Return the scores of one arm from what a checker wrote at `$LOOP_OUT`.

    Args:
        path: A file; or a folder with exactly one such file somewhere in it, since some tools
            name their files themselves.
        kind: The format that the eval declares.
        metrics: The metrics that the eval declares.

    Raises:
        ArmError: it is missing, too large, or not of this format.
        InvalidCandidateError: a score is not a finite number.
    """
    if kind not in FORMS:
        return read_arm(path)
    form = FORMS[kind]
    file = _inside(path, form) if path.is_dir() else path
    data = written(file, expected=form.expected, most=form.most)
    return distinct(form.read(data, frozenset(metrics)), expected=form.expected)


def _inside(folder: Path, form: Form) -> Path:
    found = sorted(path for path in folder.rglob(form.files) if path.is_file())
    if len(found) != 1:
        raise ArmError(
            f"$LOOP_OUT is a folder with {len(found)} files {form.files}; expected exactly one"
        )
    return found[0]
