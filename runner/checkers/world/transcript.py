"""Attempts as they are kept: spans of a trace, and the text of a trial."""

import json
from typing import Any

from runner.checkers.world.arm import Attempted
from runner.checkers.world.case import Case
from runner.core.chat import Message
from runner.core.episode import Episode
from runner.core.score import CaseScore
from runner.core.trial import Trial
from runner.lm.hermes import render
from runner.trace import span as gen_ai
from runner.trace.span import Span, verdict_span

CALLS = "git_loop.agent.calls"
ENDED = "git_loop.agent.ended"
PARTIAL = "git_loop.agent.partial"
REFUSED = "git_loop.agent.refused"
SAMPLE = "git_loop.agent.sample"
TURNS = "git_loop.agent.turns"
GREEDY = "greedy"


def spans(found: Attempted) -> list[Span]:
    """Return the trace of a case: every attempt whole, and last what the checker said.

    Source: OpenTelemetry semantic conventions, "Generative AI"; `git_loop.*` are names of ours.
    """
    attempts: list[tuple[Episode, int | str]] = [(each, each.sample) for each in found.sampled]
    if found.greedy is not None:
        attempts.append((found.greedy, GREEDY))
    told = [_span(episode, sample) for episode, sample in attempts]
    if found.answered:
        return [*told, verdict_span(found.score)]
    score = CaseScore(case=found.case.id, slices=found.case.slices, metrics={})
    return [*told, verdict_span(score, error="UnansweredError")]


def trial(found: Attempted) -> Trial:
    """Return what the maker's side may see of a train case: every attempt, word by word."""
    texts = [f"# Attempt {each.sample}\n{said(each)}" for each in found.sampled]
    if found.greedy is not None:
        texts.append(f"# Greedy attempt\n{said(found.greedy)}")
    return Trial(
        case=dict(found.case.data),
        score=found.score,
        output="\n\n".join(texts),
        correction=_correction(found.case),
    )


def said(episode: Episode) -> str:
    """Return what was said after the instruction, as the model wrote and read it."""
    lines = [
        f"{each.role}: {render(each.content, each.tool_calls)}"
        for each in episode.messages
        if each.role in {"assistant", "tool"}
    ]
    return "\n".join([*lines, f"(ended: {episode.ended})"])


def _correction(case: Case) -> str:
    return json.dumps(case.data["assertions"], ensure_ascii=False)


def _span(episode: Episode, sample: int | str) -> Span:
    asked = next(
        (n for n, each in enumerate(episode.messages) if each.role == "assistant"),
        len(episode.messages),
    )
    messages = [_message(each) for each in episode.messages]
    attributes = {
        gen_ai.OPERATION: "invoke_agent",
        gen_ai.AGENT: episode.agent,
        SAMPLE: sample,
        gen_ai.INPUT_MESSAGES: messages[:asked],
        gen_ai.OUTPUT_MESSAGES: messages[asked:],
        ENDED: episode.ended,
        TURNS: episode.turns,
        CALLS: episode.calls,
        REFUSED: episode.refused,
        gen_ai.INPUT_TOKENS: episode.usage.tokens_in,
        gen_ai.OUTPUT_TOKENS: episode.usage.tokens_out,
        gen_ai.CALL_COST: episode.cost_usd,
        **({} if episode.mark is None else {PARTIAL: episode.mark.partial}),
    }
    return Span(f"invoke_agent {episode.agent}", attributes, episode.seconds)


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        told = {"type": "tool_call_response", "id": message.tool_call_id}
        return {"role": "tool", "parts": [{**told, "response": message.content}]}
    found = gen_ai.message(message.role, message.content)
    found["parts"] += [
        {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
        for call in message.tool_calls
    ]
    return found
