"""One conversation of a model in this process, token by token."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from runner.core.chat import ChatRequest, ChatResponse, Usage
from runner.lm import hermes
from runner.lm.template import Template


@dataclass(slots=True, eq=False)
class Conversation:
    """Where a conversation stands.

    Attributes:
        number: Of the conversation, as who plays it counts.
        request: How it began, and how its answers are drawn.
        pending: Tokens that the model has yet to read: a prompt, what followed an answer, or the
            token that was drawn last.
        answer: Tokens of the answer so far, its end token included.
        asked: Tokens read before the answer.
        cached: Of `asked`, those that were read before the last reply.
        calls: Calls made so far.
        since_s: Reading of the player's clock when the answer began.
    """

    number: int
    request: ChatRequest
    pending: list[int]
    since_s: float
    answer: list[int] = field(default_factory=list)
    asked: int = 0
    cached: int = 0
    calls: int = 0
    chances: random.Random = field(init=False)

    def __post_init__(self) -> None:
        # Draws of its own: what it says does not depend on who else is in the batch.
        self.chances = random.Random(self.request.decoding.seed)  # noqa: S311 - no secret

    def take(self, token: int, *, read: int) -> None:
        """Go on with a token that was drawn after `read` tokens."""
        if not self.answer:
            self.asked = read
        self.answer.append(token)
        self.pending = [token]

    def finish(self, ends: Collection[int], template: Template) -> str | None:
        """Return why the answer is over; None while it goes on.

        Args:
            ends: Tokens that end an answer.
            template: Turns tokens into text, where strings end it, too.
        """
        drawn = self.request.decoding
        if self.answer[-1] in ends or (drawn.stop and self._stopped(template)):
            return "stop"
        return "length" if len(self.answer) >= drawn.max_tokens else None

    def response(
        self, finish: str, *, ends: Collection[int], template: Template, name: str, now_s: float
    ) -> ChatResponse:
        """Return the answer; `pending` then holds what of it the model has yet to read."""
        by_itself = self.answer[-1] in ends
        text = self._text(template, self.answer[:-1] if by_itself else self.answer)
        parsed = hermes.Parsed(text, ())
        if self.request.tools:
            parsed = hermes.parse(text, first=self.calls)
        self.calls += len(parsed.calls)
        usage = Usage(tokens_in=self.asked, tokens_out=len(self.answer), cached_tokens=self.cached)
        self.cached = self.asked + len(self.answer) - 1
        if by_itself:
            self.pending = []  # the template writes the end of a turn
        self.answer = []
        return ChatResponse(
            text=parsed.text,
            tool_calls=parsed.calls,
            usage=usage,
            finish="tool_calls" if parsed.calls and finish == "stop" else finish,
            model=name,
            seconds=now_s - self.since_s,
            raw={"text": text},
        )

    def _stopped(self, template: Template) -> bool:
        text = template.text(self.answer, whole=bool(self.request.tools))
        return any(each in text for each in self.request.decoding.stop)

    def _text(self, template: Template, tokens: Sequence[int]) -> str:
        text = template.text(tokens, whole=bool(self.request.tools))
        found = [text.find(each) for each in self.request.decoding.stop]
        return text[: min((at for at in found if at >= 0), default=len(text))]
