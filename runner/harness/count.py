"""What an attempt has come to so far, and what it does again and again."""

from dataclasses import dataclass, field

from runner.core.chat import ChatResponse, ToolCall, Usage


@dataclass(slots=True)
class Count:
    """Sums over an attempt's answers and calls."""

    turns: int = 0
    calls: int = 0
    refused: int = 0
    unreadable: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    seconds: float = 0.0

    def add(self, answer: ChatResponse) -> None:
        """Count an answer."""
        self.turns += 1
        self.cost_usd += answer.cost_usd
        self.seconds += answer.seconds
        self.usage = Usage.model_validate(
            {
                name: getattr(self.usage, name) + getattr(answer.usage, name)
                for name in Usage.model_fields
            }
        )


@dataclass(slots=True)
class Repeats:
    """How often in a row the latest call had the same result.

    Attributes:
        most: The longest such row so far.
    """

    most: int = 0
    _now: int = 0
    _last: tuple[str, str, str] | None = field(default=None)

    def add(self, call: ToolCall, result: str) -> None:
        """Count a call and its result."""
        this = (call.name, call.arguments, result)
        self._now = self._now + 1 if this == self._last else 1
        self._last = this
        self.most = max(self.most, self._now)
