"""An episode on its way to a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.core.canonical import canonical, digest
from runner.core.chat import Message, ToolCall
from runner.core.episode import Episode
from runner.training.curate.turn import Part, Turn, messages_of
from runner.training.row import TrainingRow


@dataclass(frozen=True, slots=True)
class Runtime:
    """How the model that will learn from the rows reads and writes.

    Attributes:
        parse: The calls that a text of the model's holds, as the harness will read it.
        render: What the model would have to write to say a text and make calls.
        count_tokens: Length of a whole row.
    """

    parse: Callable[[str], Sequence[ToolCall]]
    render: Callable[[str, Sequence[ToolCall]], str]
    count_tokens: Callable[[TrainingRow], int]


@dataclass(frozen=True, slots=True)
class Draft:
    """An episode with its conversation in normal form.

    Attributes:
        key: Digest of the messages: what they say, call and hear.
    """

    episode: Episode
    parts: tuple[Part, ...]
    key: str

    @property
    def messages(self) -> tuple[Message, ...]:
        """Its conversation."""
        return messages_of(self.parts)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The assistant's turns."""
        return tuple(part for part in self.parts if isinstance(part, Turn))

    @property
    def partial(self) -> float:
        """What its episode scored, in [0, 1]; 0 where nobody scored it."""
        return 0.0 if self.episode.mark is None else self.episode.mark.partial


def draft(episode: Episode, parts: tuple[Part, ...]) -> Draft:
    """Return a draft with its key."""
    said = [
        [each.role, each.content, [[call.name, call.arguments] for call in each.tool_calls]]
        for each in messages_of(parts)
    ]
    return Draft(episode, parts, digest(canonical(said)))


def best_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Sort drafts by partial, then by what they are: the same order however they came in."""
    return sorted(drafts, key=_rank)


def _rank(each: Draft) -> tuple[float, str, str, int, str]:
    episode = each.episode
    return -each.partial, each.key, episode.task, episode.sample, episode.agent
