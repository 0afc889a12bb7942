"""Run a maker, checker or proposer: the same door for built-in kinds and foreign commands."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runner.core.errors import LoopError
from runner.core.field import Network
from runner.core.row import Failure
from runner.iteration.parts import Parts
from runner.ledger.fingerprint import fingerprint
from runner.repo.repo import Repo
from runner.report.escape import clean
from runner.sandbox.command import Command, Finished
from runner.sandbox.run import run

GPUS = "CUDA_VISIBLE_DEVICES"
LEASED = "LOOP_GPUS"
OFFLINE = "LOOP_OFFLINE"
UNRECORDED = {"LOOP_RECORD": "0"}
PREEMPTED = 75  # EX_TEMPFAIL of sysexits.h: try again
NOT_STARTED = 127
SIGNALLED = 128  # plus the signal's number, as a shell says it
KEPT = 16_000
"""Characters of a child's output that a row keeps."""
INVALID = 65  # EX_DATAERR of sysexits.h: the candidate, not the child, is at fault


class PreemptedError(LoopError):
    """A child was preempted; nothing is recorded and the next run resumes it."""


DENIED = tuple(os.strerror(code) for code in (errno.EROFS, errno.EACCES))
CLOSED = "; what it writes goes where $LOOP_OUT points, all else is closed to it"
HINTS = (
    (("'$LOOP_", "'${LOOP_"), "; only a shell fills a variable in: command: [sh, -c, '...']"),
    (DENIED, CLOSED),
    (("ModuleNotFoundError: ",), "; install it beside git-loop, whose Python runs commands"),
)
"""Words in the last line that a child prints, and what a person may not know then."""
LOST = (((os.strerror(errno.ENOENT),), "; what was made lies in the folder $LOOP_MODEL"),)
"""The same, of checkers alone."""


class CrashError(Exception):
    """A child ended badly: an outcome of the iteration, told in its row.

    Attributes:
        cause: How the child ended, without a word of its own.
        outcome: `failed` where the candidate is at fault, else `error`.
    """

    def __init__(
        self, cause: str, *, outcome: Literal["failed", "error"], failure: Failure
    ) -> None:
        super().__init__(_told(cause, failure.log_tail))
        self.cause = cause
        self.outcome = outcome
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One child process, as the spec declares it.

    Attributes:
        role: `maker`, `checker` or `proposer`, for messages.
        variables: The `LOOP_*` variables of its contract.
        declared: Names of the variables that the spec passes on from the environment.
        readable: Files and folders it may read; `writable` ones it may also write.
        hidden: Files and folders below a readable one that it must not see.
        log: File that takes its output.
    """

    role: str
    argv: tuple[str, ...]
    cwd: Path
    variables: Mapping[str, str]
    declared: tuple[str, ...]
    network: Network
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]
    hidden: tuple[Path, ...]
    minutes: float
    log: Path


def answers(repo: Repo) -> tuple[Path, ...]:
    """Return what a maker or proposer in the checkout must not see: history, state and evals."""
    return (repo.common_dir, repo.top / "state", repo.top / "evals")


def devices(parts: Parts, gpus: int = 0) -> dict[str, str]:
    """Return what tells a child which GPUs are its own: those that are held, or get held now.

    Args:
        parts: Its lease holds GPUs for as long as an iteration makes and checks.
        gpus: How many; 0 for those that are held already, and where none is, for all that we may
            use.

    Raises:
        LoopError: there are fewer.
    """
    held = ",".join(parts.lease.take(gpus))
    if held:
        return {GPUS: held, LEASED: held}
    listed = parts.environ.get(GPUS)
    if listed is None:
        return {}
    return {GPUS: ",".join(name for name in listed.split(",") if name.strip())}


def offline(parts: Parts) -> dict[str, str]:
    """Return what tells a built-in child to record no answer, and, where that is so, to ask none.

    Recorded answers lie in the clear; a check's would tell of held-out cases.
    """
    said = parts.environ.get(OFFLINE)
    return UNRECORDED if said is None else {**UNRECORDED, OFFLINE: said}


def start(parts: Parts, child: Child) -> Finished:
    """Run the child to its end inside the sandbox and return how it ended.

    Raises:
        LoopError: a declared variable is not set, or the command cannot be found.
        PreemptedError: it asked to be tried again.
    """
    missing = [name for name in child.declared if name not in parts.environ]
    if missing:
        raise LoopError(
            f"{child.role}: environment variable {missing[0]} is not set, but env, or the key of "
            "a model, names it; export it"
        )
    finished = run(
        Command(
            argv=child.argv,
            cwd=child.cwd,
            env={name: parts.environ[name] for name in child.declared} | dict(child.variables),
            readable=child.readable,
            writable=child.writable,
            hidden=child.hidden,
            network=child.network,
            timeout_s=child.minutes * 60,
            log=child.log,
            secrets=tuple(parts.environ[name] for name in child.declared),
        ),
        mechanism=parts.mechanism,
    )
    if finished.returncode == NOT_STARTED:
        raise LoopError(f"{child.role}: {finished.log_tail.strip() or child.argv[0]}")
    if finished.returncode == PREEMPTED:
        raise PreemptedError(f"{child.role}: preempted (exit {PREEMPTED}); run again to resume")
    return finished


def expect_success(child: Child, finished: Finished) -> None:
    """Return if the child ended well.

    Raises:
        CrashError: it did not; carries what the row says of it.
    """
    if finished.returncode == 0 and not finished.timed_out:
        return
    tail, cause = clean(finished.log_tail)[-KEPT:], ending(child, finished)
    raise CrashError(
        cause,
        outcome="failed" if finished.returncode == INVALID else "error",
        failure=Failure(fingerprint=fingerprint(tail, cause=cause), log_tail=tail),
    )


def ending(child: Child, finished: Finished) -> str:
    """Say in a few words how a child ended."""
    if finished.timed_out:
        return f"{child.role} ran longer than its {child.minutes:g} minutes and was stopped"
    if finished.returncode > SIGNALLED:
        return f"{child.role} was killed by signal {finished.returncode - SIGNALLED}"
    return f"{child.role} exited with {finished.returncode}"


def _told(cause: str, tail: str) -> str:
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    if not lines:
        return f"{cause} and printed nothing"
    known = (*HINTS, *(LOST if cause.startswith("checker ") else ()))
    hints = (hint for marks, hint in known if any(text in lines[-1] for text in marks))
    return f"{cause}: {lines[-1][:200]}{next(hints, '')}"
