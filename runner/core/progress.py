"""The port through which an iteration tells where it is."""

from typing import Literal, Protocol

StageName = Literal["plan", "make", "check", "gate", "record", "publish"]


class Progress(Protocol):
    """Hears of stages as they run; the command line draws it, tests record it."""

    def stage_began(self, stage: StageName, *, detail: str) -> None:
        """Hear that a stage works."""
        ...

    def stage_ended(self, stage: StageName, *, seconds: float, detail: str) -> None:
        """Hear that a stage left its receipt."""
        ...

    def note(self, text: str) -> None:
        """Hear one line worth telling."""
        ...
