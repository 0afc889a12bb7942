"""Conversations as a model reads them: its chat template, then its tokenizer."""

import json
from collections.abc import Sequence
from typing import Any

from runner.core.chat import Message, Tool, ToolCall
from runner.lm import hermes
from runner.lm.error import LmError
from runner.lm.folder import one_line

_STUB = "thus"
_ASK = Message(role="user", content="say")
_SAID = Message(role="assistant", content=_STUB)
_HEARD = Message(role="tool", content="heard", tool_call_id="call_0")
_MOST_KEPT = 100_000


class Template:
    """Renders conversations; what follows an answer is rendered on its own and kept."""

    def __init__(self, tokenizer: Any, *, name: str) -> None:  # noqa: ANN401 - transformers' own
        """Wrap a tokenizer.

        Args:
            tokenizer: With a chat template.
            name: What the model calls itself, for messages.
        """
        self._tokenizer = tokenizer
        self._name = name
        self._follows: dict[tuple[Message, ...], tuple[int, ...]] = {}
        self._stubbed = ""
        self._told: dict[tuple[str, ...], bool] = {(): False}

    @property
    def takes_tools(self) -> bool:
        """Whether the template knows of tools at all."""
        return "tool" in str(self._tokenizer.chat_template)

    def prompt(self, messages: Sequence[Message], tools: Sequence[Tool]) -> tuple[int, ...]:
        """Return a conversation's tokens up to where an answer begins.

        Raises:
            LmError: the template does not take the messages, or no tools.
        """
        if tools and not self.takes_tools:
            raise LmError(
                f"{self._name} calls no tools: its chat template names none; serve it with a "
                "parser of its tool calls and declare an endpoint instead"
            )
        return self._tokens(self._text(messages, tools if self._tells(messages, tools) else ()))

    def follow(self, told: Sequence[Message]) -> tuple[int, ...]:
        """Return what comes between an answer and the next: end of turn, messages, a beginning.

        Raises:
            LmError: the template does not take the messages.
        """
        key = tuple(told)
        if key not in self._follows:
            if len(self._follows) >= _MOST_KEPT:
                self._follows.clear()
            text = self._text((_ASK, _SAID, *told), ())
            self._follows[key] = self._tokens(text.removeprefix(self._stub()))
        return self._follows[key]

    def check_append_only(self) -> None:
        """See that a turn changes nothing of what stands before it.

        Raises:
            LmError: it does.
        """
        once = self._text((_ASK, _SAID, _HEARD), ())
        twice = self._text((_ASK, _SAID, _HEARD, _SAID, _HEARD), ())
        after = once.removeprefix(self._stub())
        if once == after or twice != once + _STUB + after:
            raise LmError(
                f"the chat template of {self._name} rewrites earlier turns, so that rollouts "
                "cannot go on from their tokens; serve the model and declare an endpoint instead"
            )

    def text(self, tokens: Sequence[int], *, whole: bool) -> str:
        """Return tokens as text.

        Args:
            tokens: What a model wrote, without its end token.
            whole: Control tokens included: the marks of calls may be some.
        """
        found: str = self._tokenizer.decode(
            list(tokens), skip_special_tokens=not whole, clean_up_tokenization_spaces=False
        )
        return found

    def _tells(self, messages: Sequence[Message], tools: Sequence[Tool]) -> bool:
        """Whether the template tells a model of the tools: rendering many of them takes time."""
        names = tuple(each.name for each in tools)
        if names not in self._told:
            self._told[names] = self._text(messages, tools) != self._text(messages, ())
        return self._told[names]

    def _stub(self) -> str:
        self._stubbed = self._stubbed or self._text((_ASK,), ()) + _STUB
        return self._stubbed

    def _text(self, messages: Sequence[Message], tools: Sequence[Tool]) -> str:
        try:
            text: str = self._tokenizer.apply_chat_template(
                [_said(each) for each in messages],
                tools=[_tool(each) for each in tools] or None,
                add_generation_prompt=True,
                tokenize=False,
            )
        except Exception as err:
            # Templates are programs of the folder's; what they raise is theirs to choose.
            refusal = f"the chat template of {self._name} refuses the messages: {one_line(err)}"
            raise LmError(refusal) from err
        return text

    def _tokens(self, text: str) -> tuple[int, ...]:
        found = self._tokenizer(text, add_special_tokens=False, verbose=False)
        return tuple(found["input_ids"])


def _said(message: Message) -> dict[str, Any]:
    """Return a message in OpenAI's form; calls that nobody can read are text, as they were."""
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    calls = [(each, _object(each)) for each in message.tool_calls]
    if any(arguments is None for _, arguments in calls):
        found["content"] = hermes.render(message.content, message.tool_calls)
    elif calls:
        found["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": arguments},
            }
            for call, arguments in calls
        ]
    if message.role == "tool":
        found["tool_call_id"] = message.tool_call_id
    return found


def _object(call: ToolCall) -> dict[str, Any] | None:
    """Return a call's arguments; None where they are no JSON object, or the call has no name."""
    try:
        found = json.loads(call.arguments) if call.name else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _tool(tool: Tool) -> dict[str, Any]:
    return {"type": "function", "function": tool.model_dump()}
