"""What keeps a command from being started as asked."""

from runner.core.errors import LoopError


class SandboxError(LoopError):
    """A command's paths or limits cannot be honoured; nothing was started."""
