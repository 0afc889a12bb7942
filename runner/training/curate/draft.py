"""An episode on its way to a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.core.chat import Message, ToolCall
from runner.core.episode import Episode
from runner.training.curate.mend import collapsed, corrected
from runner.training.curate.turn import Part, Turn, messages_of
from runner.training.row import TrainingRow, training_row


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
        whole: All of it, as the agent left it.
        parts: What a row is made of: without loops and mistakes made good.
        key: Digest of what the parts say, call and hear.
    """

    episode: Episode
    whole: tuple[Part, ...]
    parts: tuple[Part, ...]
    key: str

    @property
    def messages(self) -> tuple[Message, ...]:
        """The row's conversation."""
        return messages_of(self.parts)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The assistant's turns in the row."""
        return tuple(part for part in self.parts if isinstance(part, Turn))

    @property
    def partial(self) -> float:
        """What its episode scored, in [0, 1]; 0 where nobody scored it."""
        return 0.0 if self.episode.mark is None else self.episode.mark.partial


def draft(episode: Episode, whole: tuple[Part, ...]) -> Draft:
    """Return a draft with its key.

    What has no effect is known before rows are compared: two tries that differ by nothing else
    would both take one of their task's few places.
    """
    parts = collapsed(corrected(whole))
    return Draft(episode, whole, parts, key_of(messages_of(parts)))


def key_of(messages: Sequence[Message]) -> str:
    """Return the digest of what messages say, call and hear, ids of calls apart."""
    return training_row(messages).digest()


def best_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Sort drafts by partial, then by what they are: the same order however they came in."""
    return sorted(drafts, key=_rank)


def _rank(each: Draft) -> tuple[float, bool, str, str]:
    return -each.partial, each.episode.mark is None, each.key, each.episode.model_dump_json()
