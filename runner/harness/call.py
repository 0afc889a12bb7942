"""Calls as an agent wrote them: which can be read, and what is kept of them."""

import json

from runner.core.chat import ToolCall

MOST_KEPT = 20_000
"""Characters of a call's arguments, or of what is said, that an episode keeps."""
_EXCERPT = 2_000


def is_readable(call: ToolCall) -> bool:
    """Tell whether a call names a tool and has a JSON object for it.

    Arguments too long to be kept are not read: what they are is the world's to say.
    """
    if not call.name:
        return False
    if len(call.arguments) > MOST_KEPT:
        return True
    try:
        return isinstance(json.loads(call.arguments), dict)
    except (ValueError, RecursionError):
        return False


def kept(call: ToolCall) -> ToolCall:
    """Return a call short enough to be kept."""
    short = {"name": kept_text(call.name), "arguments": kept_text(call.arguments)}
    return call.model_copy(update=short)


def kept_text(text: str) -> str:
    """Return a text, cut with a note where it is too long to be kept."""
    if len(text) <= MOST_KEPT:
        return text
    return f"{text[:_EXCERPT]}... [cut: {len(text)} characters]"
