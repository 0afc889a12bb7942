"""What a task model is asked."""

import json
from collections.abc import Sequence

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Tool


def said(value: object) -> str:
    """Return a JSON value as a model reads it: a text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)


def asked(
    instructions: str, question: str, *, decoding: Decoding, tools: Sequence[Tool] = ()
) -> ChatRequest:
    """Return a request of two messages: the instructions, unless there are none, and the question.

    Args:
        instructions: The system message; "" for none.
        question: The user message.
        decoding: How the answer is drawn.
        tools: Tools that the model may call.
    """
    user = Message(role="user", content=question)
    if not instructions:
        return ChatRequest(messages=(user,), decoding=decoding, tools=tuple(tools))
    system = Message(role="system", content=instructions)
    return ChatRequest(messages=(system, user), decoding=decoding, tools=tuple(tools))


def encodable(response: ChatResponse) -> ChatResponse:
    """Return an answer that has a UTF-8 form: half of a surrogate pair becomes a question mark."""
    texts = {"text": response.text, "reasoning": response.reasoning}
    fixed = {name: text.encode(errors="replace").decode() for name, text in texts.items()}
    return response if fixed == texts else response.model_copy(update=fixed)
