"""Build an eval's files anew with its own script, and add logged traffic to its train split."""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.core.canonical import canonical
from runner.core.file import write_atomic
from runner.evals.check import key_variable
from runner.evals.model import Eval
from runner.evals.split import read_split
from runner.sandbox.command import Command
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.run import run
from runner.seal.suffix import pack
from runner.wiring.data import (
    DataError,
    EvalData,
    declared_eval,
    identity_here,
    open_eval,
    sealed_declarations,
)
from runner.wiring.table import CHECKERS, load
from runner.wiring.taint import texts

MINUTES = 60
_OURS = Mechanism("plain", reason="the repository's own script writes into the repository")


@dataclass(frozen=True, slots=True)
class Built:
    """What was written.

    Attributes:
        folder: Where to.
        files: Names of the files that the script wrote anew or that traffic was added to.
        traffic: What became of the logged texts, by word; empty without a log.
    """

    eval: str
    folder: Path
    files: tuple[str, ...]
    traffic: Mapping[str, int] = field(default_factory=dict)


def build(root: Path, name: str, *, log: Path | None = None, out: Path | None = None) -> Built:
    """Run the eval's build script, then add the consented texts of a traffic log to train.

    Traffic is held against dev and the held-out split that the repository has now, so the key is
    needed. Texts that an earlier call added are replaced.

    Args:
        root: The repository's work tree.
        name: The eval's id.
        log: Folder of traffic logs.
        out: Folder to write to, made if missing; None writes into the eval's folder.

    Raises:
        DataError: there is nothing to do, the key is missing, or the script failed.
        LoopError: the eval or a log is malformed.
    """
    declared = declared_eval(root, name)
    identity = identity_here(root, declared)
    if declared.build is None and log is None:
        raise DataError(
            f"evals/{name}/eval.yaml names no build script; add build: SCRIPT, or give --log DIR"
        )
    if log is not None:
        _require_log(declared, log)
    folder = root / "evals" / name if out is None else out
    before = _stamps(folder)
    _make(folder)
    if declared.build is not None:
        _run(root, declared, identity, folder)
    counts = {} if log is None else _add(open_eval(root, name), log, folder)
    after = _stamps(folder)
    files = tuple(sorted(each for each in after if after[each] != before.get(each)))
    return Built(name, folder, files, counts)


def _require_log(declared: Eval, log: Path) -> None:
    kind = declared.checker
    if not isinstance(kind, str) or CHECKERS[kind].ingest is None:
        takers = ", ".join(sorted(name for name, each in CHECKERS.items() if each.ingest))
        raise DataError(f"--log: eval {declared.eval} takes no traffic; checkers that do: {takers}")
    if len(declared.files("train")) != 1:
        raise DataError(f"--log: eval {declared.eval} has no train split of one file to add to")
    if not log.is_dir():
        raise DataError(f"--log: {log} is no folder")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise DataError(f"--out: {folder} cannot be made: {err.strerror}") from err


def _stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*") if path.is_file()}


def _run(root: Path, declared: Eval, identity: str | None, folder: Path) -> None:
    script = root / "evals" / declared.eval / str(declared.build)
    if not script.is_file():
        raise DataError(f"{script.relative_to(root)} is missing; evals/{declared.eval} names it")
    env = {"LOOP_OUT": str(folder.absolute())}
    if identity is not None:
        env[key_variable(declared)] = identity
    with tempfile.TemporaryDirectory() as scratch:
        command = Command(
            argv=(sys.executable, str(script)),
            cwd=root,
            env=env,
            log=Path(scratch) / "log",
            readable=(root,),
            writable=(folder.absolute(),),
            timeout_s=MINUTES * 60.0,
            secrets=() if identity is None else (identity,),
        )
        done = run(command, mechanism=_OURS)
    if done.timed_out:
        raise DataError(f"{declared.build} did not end within {MINUTES} minutes")
    if done.returncode:
        last = (done.log_tail.strip() or "it said nothing").splitlines()[-1]
        raise DataError(f"{declared.build} exited with {done.returncode}: {last}")


def _add(data: EvalData, log: Path, folder: Path) -> Mapping[str, int]:
    """Write the train split with the logged texts at its end, into `folder`."""
    if data.closed:
        raise DataError(
            f"--log: held-out {', '.join(data.closed)} cannot be opened, and traffic must be held "
            f"against it; set {key_variable(data.declared)} to the age identity of the eval"
        )
    name = str(data.declared.train)
    cases = [case for case in _train(data, folder / name) if case.get("source") != "traffic"]
    train = [str(case["text"]) for case in cases if isinstance(case.get("text"), str)]
    checked = [held for held in (data.split("dev"), *data.heldout) if held is not None]
    found = load(str(CHECKERS[str(data.declared.checker)].ingest))(
        log,
        train=train,
        checked=[text for held in checked for text in texts(held.cases)],
        sealed=[*sealed_declarations(data)],
    )
    lines = b"".join(canonical(case) for case in (*cases, *found.cases))
    write_atomic(folder / name, pack(lines, name=name))
    counts: Mapping[str, int] = found.counts
    return counts


def _train(data: EvalData, written: Path) -> list[dict[str, Any]]:
    """Return the train cases just built, else those of the repository."""
    path = written if written.is_file() else data.folder / written.name
    return [dict(case.data) for case in read_split(path.read_bytes(), path=written.name)]
