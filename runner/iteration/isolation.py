"""How well the maker was kept from the held-out split, once it is known where the key was."""

from runner.core.errors import LoopError
from runner.core.receipt import MakeReceipt
from runner.core.row import Isolation, Level
from runner.spec.model import Spec

LEVELS: tuple[Level, ...] = ("open", "sandboxed", "separate")


class TooOpenError(LoopError):
    """The isolation that a spec demands is not to be had here."""


def kept(made: MakeReceipt, *, machine: str) -> Isolation:
    """Return the isolation of a make whose candidate is checked on `machine`.

    That the key was not in the maker's environment is no separation: only a check elsewhere is. On
    the same machine the sandbox alone counts, as it was measured at the make.

    Args:
        made: The make's receipt.
        machine: Where the key is, as `Parts.machine` names it.
    """
    if made.isolation.level != "separate" or made.machine != machine:
        return made.isolation
    return Isolation(
        level=made.sandbox.level,
        probe=f"the key was on the maker's machine; {made.sandbox.probe}",
    )


def require(isolation: Isolation, spec: Spec) -> None:
    """Refuse below the spec's `isolation.min`.

    Raises:
        TooOpenError: the measured level is weaker.
    """
    if LEVELS.index(isolation.level) < LEVELS.index(spec.isolation.min):
        raise TooOpenError(
            f"isolation here is {isolation.level}, but loops/{spec.loop}.yaml asks for at least "
            f"{spec.isolation.min}: {isolation.probe}"
        )
