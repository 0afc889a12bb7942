"""Spans in the words of OpenTelemetry's GenAI conventions.

Source: OpenTelemetry semantic conventions 1.41, "Generative AI" (attribute names, span names).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.core.score import CaseScore

AGENT = "gen_ai.agent.name"
CALL_COST = "git_loop.usage.cost_usd"
CONVERSATION = "gen_ai.conversation.id"
ERROR = "error.type"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_MESSAGES = "gen_ai.input.messages"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
MAX_TOKENS = "gen_ai.request.max_tokens"
MODEL = "gen_ai.request.model"
OPERATION = "gen_ai.operation.name"
OUTPUT_MESSAGES = "gen_ai.output.messages"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
SEED = "gen_ai.request.seed"
SYSTEM = "gen_ai.system_instructions"
TEMPERATURE = "gen_ai.request.temperature"
TOOL = "gen_ai.tool.name"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"

CASE = "loop.case.id"
CORRECTION = "loop.case.correction"
COST = "loop.case.cost_usd"
FAILED = "loop.case.failed"
REP = "loop.case.rep"
SCORES = "loop.case.scores"
SLICES = "loop.case.slices"
SPLIT = "loop.case.split"
# The case's sum over all its calls: under OpenTelemetry's names it would be counted twice.
TOKENS_IN = "loop.case.tokens_in"
TOKENS_OUT = "loop.case.tokens_out"

VERDICT = "verdict"
"""Name of the span that ends a case's trace: what the checker said of it."""

Message = Mapping[str, Any]
"""`{"role": ..., "parts": [{"type": "text", "content": ...}, ...]}`."""


@dataclass(frozen=True, slots=True)
class Span:
    """One line of a trace.

    Attributes:
        name: Operation and its object, such as `chat gpt-x` or `execute_tool bash`.
        attributes: Attribute name to JSON value.
        seconds: How long it took; no wall time, so that equal runs write equal traces.
    """

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def message(role: str, text: str, *, reasoning: str = "") -> dict[str, Any]:
    """Return a message of one text part, after its reasoning if there was any.

    Args:
        role: `system`, `user`, `assistant` or `tool`.
        text: What was said.
        reasoning: What the model thought before; kept apart from what it said.
    """
    thought = [{"type": "reasoning", "content": reasoning}] if reasoning else []
    return {"role": role, "parts": [*thought, {"type": "text", "content": text}]}


def chat(
    model: str,
    *,
    asked: Sequence[Message],
    answered: Sequence[Message],
    more: Mapping[str, Any] | None = None,
    seconds: float = 0.0,
) -> Span:
    """Return the span of one model call.

    Args:
        model: Name of the model that was asked for.
        asked: All messages of the request, the system's included.
        answered: The answer's messages.
        more: Further attributes by name, such as `INPUT_TOKENS`.
        seconds: Time to the end of the answer.
    """
    attributes = {
        OPERATION: "chat",
        MODEL: model,
        INPUT_MESSAGES: list(asked),
        OUTPUT_MESSAGES: list(answered),
        **(more or {}),
    }
    return Span(f"chat {model}", attributes, seconds)


def tool(
    name: str, *, arguments: object, result: object, error: str = "", seconds: float = 0.0
) -> Span:
    """Return the span of one tool call.

    Args:
        name: The tool.
        arguments: JSON value that it was called with.
        result: JSON value that came back.
        error: Short name of what went wrong; "" when nothing did.
        seconds: How long it took.
    """
    attributes = {
        OPERATION: "execute_tool",
        TOOL: name,
        TOOL_ARGUMENTS: arguments,
        TOOL_RESULT: result,
        **({ERROR: error} if error else {}),
    }
    return Span(f"execute_tool {name}", attributes, seconds)


def verdict_span(score: CaseScore, *, correction: str = "", error: str = "") -> Span:
    """Return the span that a checker ends a case's trace with.

    The checker does not know which split it scores, so `SPLIT` is the index's to say.

    Args:
        score: What the checker said of the case.
        correction: What would have been right, verbatim; "" where the checker cannot tell.
        error: Short name of what went wrong; "" when nothing did.
    """
    attributes = {
        CASE: score.case,
        REP: score.rep,
        SCORES: dict(score.metrics),
        FAILED: score.failed,
        COST: score.cost_usd,
        TOKENS_IN: score.tokens_in,
        TOKENS_OUT: score.tokens_out,
        **({SLICES: list(score.slices)} if score.slices else {}),
        **({CORRECTION: correction} if correction else {}),
        **({ERROR: error} if error else {}),
    }
    return Span(VERDICT, attributes, score.seconds)
