"""The one error of the gate."""

from runner.core.errors import LoopError


class GateError(LoopError):
    """Scores or a gate declaration that no verdict can be built on."""
