"""What can be wrong with the agreement checker's input."""

from runner.core.errors import LoopError


class AgreementError(LoopError):
    """Cases, a comparison or a control that cannot be used; the message says where."""
