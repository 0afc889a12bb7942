"""Which isolation this machine gives a loop, as measured and as the eval allows."""

from pathlib import Path

from runner.core.errors import LoopError
from runner.core.row import Isolation, Level
from runner.evals.model import Eval
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.probe import probe_once
from runner.spec.model import Spec
from runner.wiring.crosscheck import best_level

LEVELS: tuple[Level, ...] = ("open", "sandboxed", "separate")


class TooOpenError(LoopError):
    """The isolation that a spec demands is not to be had here."""


def measure(mechanism: Mechanism, evaluation: Eval, *, home: Path, key_here: bool) -> Isolation:
    """Return the level of a run on this machine, and what it rests on.

    Args:
        mechanism: What `detect` found.
        evaluation: Its published key or plain cases make every run open.
        home: Where held-out data would lie; the probe's canary goes there.
        key_here: Whether this machine holds the key of the held-out split.

    Raises:
        SandboxError: the canary cannot be written.
    """
    probe = probe_once(mechanism, folder=home)
    best, why = best_level(evaluation)
    if best == "open":
        return Isolation(level="open", probe=f"{why}; {probe.sentence}")
    if not key_here:
        return Isolation(level="separate", probe=f"another machine holds the key; {probe.sentence}")
    return Isolation(level=probe.level, probe=probe.sentence)


def require(isolation: Isolation, spec: Spec) -> None:
    """Refuse to start below the spec's `isolation.min`.

    Raises:
        TooOpenError: the measured level is weaker.
    """
    if LEVELS.index(isolation.level) < LEVELS.index(spec.isolation.min):
        raise TooOpenError(
            f"isolation here is {isolation.level}, but loops/{spec.loop}.yaml asks for at least "
            f"{spec.isolation.min}: {isolation.probe}"
        )
