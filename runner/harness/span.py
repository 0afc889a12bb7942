"""An episode as the spans of a trace."""

from collections.abc import Iterator

from runner.core.chat import Message, ToolCall
from runner.core.episode import Episode
from runner.trace import span as gen_ai
from runner.trace.chat import json_or_text, message
from runner.trace.span import Span

ENDED = "git_loop.episode.ended"
"""Attribute that says why an episode ended."""


def spans(episode: Episode) -> list[Span]:
    """Return an episode's spans: the whole first, then each answer and each call, in order.

    An answer's span holds what the agent had been told since its answer before, so that the trace
    holds every message once.

    Source: OpenTelemetry semantic conventions, "Generative AI"; `git_loop.*` are names of ours.
    """
    return [_whole(episode), *_turns(episode)]


def _whole(episode: Episode) -> Span:
    attributes = {
        gen_ai.OPERATION: "invoke_agent",
        gen_ai.AGENT: episode.agent,
        gen_ai.CONVERSATION: f"{episode.task}-{episode.sample}",
        gen_ai.INPUT_TOKENS: episode.usage.tokens_in,
        gen_ai.OUTPUT_TOKENS: episode.usage.tokens_out,
        gen_ai.CALL_COST: episode.cost_usd,
        ENDED: episode.ended,
    }
    return Span(f"invoke_agent {episode.agent}", attributes, episode.seconds)


def _turns(episode: Episode) -> Iterator[Span]:
    told: list[Message] = []
    asked: dict[str, ToolCall] = {}
    for said in episode.messages:
        if said.role == "assistant":
            heard = [message(each) for each in told]
            yield gen_ai.chat(episode.agent, asked=heard, answered=[message(said)])
            told, asked = [], {each.id: each for each in said.tool_calls}
            continue
        told.append(said)
        if said.tool_call_id in asked:
            yield _called(asked[said.tool_call_id], said)


def _called(call: ToolCall, result: Message) -> Span:
    found = json_or_text(result.content)
    refused = isinstance(found, dict) and "error" in found
    return gen_ai.tool(
        call.name,
        arguments=json_or_text(call.arguments),
        result=found,
        error="refused" if refused else "",
    )
