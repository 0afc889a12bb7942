"""From the bytes of `evals/<eval>/eval.yaml` to an eval, or to every problem at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from runner.core.build import MisfitError, build
from runner.core.canonical import canonical, digest
from runner.core.document import Document, parse
from runner.core.field import Format
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, MalformedError, suggestion
from runner.evals.check import complaints
from runner.evals.model import CommandChecker, Eval, Metric

Kinds = Mapping[str, Callable[[], type[Frozen]]]
INLINE_METRIC = "score"
_APART = {"build", "commitment", "origin", "revealed"}
"""Fields that say nothing of what is measured."""


class ForeignCheck(Protocol):
    """A spec's `check: {command: ...}`, as far as an eval can be made of it."""

    @property
    def command(self) -> tuple[str, ...]:
        """Program and arguments, run without a shell."""
        ...

    @property
    def cwd(self) -> str:
        """Folder to run in, relative to the repository."""
        ...

    @property
    def format(self) -> Format:
        """What the command writes to `$LOOP_OUT`."""
        ...

    @property
    def env(self) -> tuple[str, ...]:
        """Names of the environment variables handed on."""
        ...

    @property
    def network(self) -> str | tuple[str, ...]:
        """`none`, `all`, or the hosts that may be reached."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedEval:
    """An eval with the document that knows the lines of its parts."""

    eval: Eval
    document: Document


def read_eval(data: bytes, *, path: str, kinds: Kinds) -> LoadedEval:
    """Read an eval, and keep its lines for messages that need them later.

    Args:
        data: The file's bytes.
        path: The file's name in messages; it ends in the eval's id, `/eval.yaml`.
        kinds: Kind of each built-in checker to what imports its parameters' model; only the kind
            that the eval names is imported.

    Raises:
        MalformedError: every problem, as `evals/a/eval.yaml:3: metrics.f1.direction: ...`, by line.
    """
    document = parse(data, path=path)
    try:
        declared = build(Eval, document.data)
    except MisfitError as err:
        raise MalformedError(map(document.problem, err.complaints)) from err
    found = [*_file_name(declared, path), *complaints(declared), *_parameters(declared, kinds)]
    if found:
        raise MalformedError(map(document.problem, found))
    return LoadedEval(declared, document)


def inline_eval(check: ForeignCheck) -> Eval:
    """Make the eval of a foreign check: metric `score`, higher is better, nothing sealed.

    Its id is derived from the command, so that two loops with the same command share it and an
    edited command is a new eval, which forces a new baseline.
    """
    checker = {
        "command": check.command,
        "cwd": check.cwd,
        "env": check.env,
        "network": check.network,
    } | ({} if check.format == "jsonl" else {"format": check.format})
    return Eval(
        eval=f"command-{digest(canonical(checker))[:12]}",
        version=1,
        checker=CommandChecker.model_validate(checker),
        metrics={INLINE_METRIC: Metric(direction="max")},
    )


def eval_digest(declared: Eval) -> str:
    """Return the digest of all that an eval declares; defaults spelt out change nothing.

    How its files were built does not count: the files themselves do, elsewhere. Nor does who holds
    the key now: cases sealed to another key are the same cases.
    """
    data = declared.model_dump(mode="json", by_alias=True, exclude=_APART)
    if declared.origin is not None:
        data["recipient"] = declared.origin.recipient
    return digest(canonical(data))


def _file_name(declared: Eval, path: str) -> Iterator[Complaint]:
    found = PurePosixPath(path)
    if (found.parent.name, found.name) != (declared.eval, "eval.yaml"):
        text = f'eval "{declared.eval}" is declared in {declared.eval}/eval.yaml, not {path}'
        yield Complaint(("eval",), text)


def _parameters(declared: Eval, kinds: Kinds) -> Iterator[Complaint]:
    kind = declared.checker
    if isinstance(kind, CommandChecker):
        return
    if kind not in kinds:
        text = f'unknown checker "{kind}"{suggestion(kind, tuple(kinds))}'
        yield Complaint(("checker",), text)
        return
    try:
        build(kinds[kind](), declared.with_)
    except MisfitError as err:
        yield from (Complaint(("with", *each.pointer), each.text) for each in err.complaints)
