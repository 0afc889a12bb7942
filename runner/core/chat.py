"""The protocols that every model answers, and their words."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from runner.core.frozen import Frozen


def _whole(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


Text = Annotated[str, AfterValidator(_whole)]
"""Half a character, which JSON can name and UTF-8 cannot hold, becomes `?`."""

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Frozen):
    """One call of a tool that a model asked for.

    Attributes:
        arguments: JSON text as the model wrote it; it may be malformed.
    """

    id: str
    name: str
    arguments: Text


class Tool(Frozen):
    """A tool that a model may call.

    Attributes:
        parameters: JSON Schema of its arguments.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class Message(Frozen):
    """One message of a conversation.

    Attributes:
        tool_call_id: Of a `tool` message: which call it answers.
    """

    role: Role
    content: Text
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


class Decoding(Frozen):
    """How an answer is drawn; the default is greedy."""

    temperature: NonNegativeFloat = 0
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: PositiveInt = 1024
    seed: int | None = None
    stop: tuple[str, ...] = ()


class ChatRequest(Frozen):
    """What a model is asked."""

    messages: tuple[Message, ...]
    decoding: Decoding = Decoding()
    tools: tuple[Tool, ...] = ()


class Usage(Frozen):
    """Tokens of one call.

    Attributes:
        cached_tokens: Of `tokens_in`, those that the provider had already read.
        reasoning_tokens: Of `tokens_out`, those that it thought with before it spoke.
    """

    tokens_in: NonNegativeInt = 0
    tokens_out: NonNegativeInt = 0
    cached_tokens: NonNegativeInt = 0
    reasoning_tokens: NonNegativeInt = 0


class ChatResponse(Frozen):
    """What a model answered.

    Attributes:
        text: The answer; "" where it only called tools.
        reasoning: What it thought before, apart from what it said.
        finish: Why it ended: `stop`, `length`, `tool_calls`, `content_filter`.
        model: The model's own name for itself.
        cost_usd: By the declared prices; 0 without any.
        seconds: Time to the end of the answer; 0 from a cache.
        raw: The provider's answer as it came, for traces.
    """

    text: Text
    reasoning: Text = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    finish: str = "stop"
    model: str = ""
    cost_usd: NonNegativeFloat = 0
    seconds: NonNegativeFloat = 0
    raw: dict[str, Any] = {}


class ChatModel(Protocol):
    """A model that answers; safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """What the spec calls it: `gpt-4o-mini`, `scripted:clerk`."""
        ...

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer one request.

        Raises:
            UnansweredError: this request failed after every retry.
            LmError: no request can succeed (no key, unknown model, offline, no rule matches).
        """
        ...


class Unanswered(Frozen):
    """What stands where an answer should: the request failed after every retry.

    Attributes:
        error: Why, in one line.
        window: The conversation has outgrown the model's window.
    """

    error: str
    window: bool = False


Reply = Callable[[int, ChatResponse | Unanswered], Sequence[Message]]
"""Says what conversation n is told after an answer; nothing ends the conversation.

Called by one thread at a time, whoever plays.
"""


class Player(Protocol):
    """A model that holds several conversations at once."""

    @property
    def name(self) -> str:
        """What the spec calls the model."""
        ...

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """Hold conversations until each has ended.

        Args:
            starts: How each begins, and how its answers are drawn; `max_tokens` bounds each
                answer, `seed` the whole conversation.
            reply: Told of every answer, by the number of its conversation.

        Raises:
            LmError: no request can succeed.
        """
        ...
