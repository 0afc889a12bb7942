"""Long inputs in faster arithmetic: short ones never wait for the measuring; imports no torch."""

from collections.abc import Callable

from runner.compression.compress import Engine
from runner.compression.options import Options
from runner.compression.unit import Span

LONG = 65_536
"""Characters, context included, after which faster arithmetic is looked for: four blocks."""


class Quickened:
    """An engine for one input, which another takes over from once the input has proved long.

    A short input is scored by the first engine alone, so its output does not depend on what the
    machine is fast at.
    """

    def __init__(self, engine: Engine, faster: Callable[[], Engine]) -> None:
        """Begin with one engine.

        Args:
            engine: Scores the first `LONG` characters.
            faster: Makes what scores the rest; called at most once.
        """
        self._engine, self._faster = engine, faster
        self._seen = 0

    @property
    def options(self) -> Options:
        """Return how it decides."""
        return self._engine.options

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        before, self._seen = self._seen, self._seen + sum(map(len, texts))
        if before < LONG <= self._seen:
            self._engine = self._faster()
        return self._engine.scores(texts)

    def cut(self, text: str) -> tuple[Span, ...]:
        """Return the character spans of the model's tokens."""
        return self._engine.cut(text)
