"""A model call as a span of a trace: whole, never a summary."""

from typing import Any

from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.lm.error import LmError
from runner.trace import span as gen_ai
from runner.trace.chat import call, message
from runner.trace.span import Span

CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
ERROR_MESSAGE = "error.message"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
STOP = "gen_ai.request.stop_sequences"
TOOLS = "gen_ai.tool.definitions"
TOP_P = "gen_ai.request.top_p"


def chat_span(model: ChatModel, request: ChatRequest, outcome: ChatResponse | LmError) -> Span:
    """Return the span of one call.

    Args:
        model: What was asked.
        request: What it was asked.
        outcome: What it answered, or why it did not.

    Source: OpenTelemetry semantic conventions, "Generative AI"; `git_loop.*` are names of ours.
    """
    asked = [message(each) for each in request.messages]
    more = _request_attributes(request)
    if isinstance(outcome, LmError):
        more |= {gen_ai.ERROR: type(outcome).__name__, ERROR_MESSAGE: str(outcome)}
        return gen_ai.chat(model.name, asked=asked, answered=[], more=more)
    answered = gen_ai.message("assistant", outcome.text, reasoning=outcome.reasoning)
    answered["parts"] += [call(each) for each in outcome.tool_calls]
    answered["finish_reason"] = outcome.finish
    more |= _response_attributes(outcome)
    return gen_ai.chat(
        model.name, asked=asked, answered=[answered], more=more, seconds=outcome.seconds
    )


def _request_attributes(request: ChatRequest) -> dict[str, Any]:
    drawn = request.decoding
    found = {
        gen_ai.TEMPERATURE: drawn.temperature,
        gen_ai.MAX_TOKENS: drawn.max_tokens,
        gen_ai.SEED: drawn.seed,
        TOP_P: drawn.top_p,
        STOP: list(drawn.stop) or None,
        TOOLS: [each.model_dump(mode="json") for each in request.tools] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _response_attributes(response: ChatResponse) -> dict[str, Any]:
    usage = response.usage
    found = {
        gen_ai.RESPONSE_ID: response.raw.get("id"),
        gen_ai.RESPONSE_MODEL: response.model or None,
        gen_ai.FINISH_REASONS: [response.finish],
        gen_ai.INPUT_TOKENS: usage.tokens_in,
        gen_ai.OUTPUT_TOKENS: usage.tokens_out,
        CACHED_TOKENS: usage.cached_tokens or None,
        REASONING_TOKENS: usage.reasoning_tokens or None,
        gen_ai.CALL_COST: response.cost_usd,
    }
    return {name: value for name, value in found.items() if value is not None}
