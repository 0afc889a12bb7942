from pathlib import Path

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Tool, ToolCall, Usage
from runner.lm.error import RateLimitedError
from runner.lm.script import FunctionModel
from runner.lm.span import chat_span
from runner.trace.file import TraceWriter, read_trace

MODEL = FunctionModel(lambda request: "x", name="toy")
REQUEST = ChatRequest(
    messages=(
        Message(role="system", content="Sort it."),
        Message(role="user", content="the log"),
        Message(
            role="assistant",
            content="",
            tool_calls=(ToolCall(id="c1", name="look", arguments='{"path": "a"}'),),
        ),
        Message(role="tool", content="nothing", tool_call_id="c1"),
    ),
    decoding=Decoding(temperature=0.5, top_p=0.9, max_tokens=7, seed=3, stop=("END",)),
    tools=(Tool(name="look", description="Reads."),),
)
ASKED = [
    {"role": "system", "parts": [{"type": "text", "content": "Sort it."}]},
    {"role": "user", "parts": [{"type": "text", "content": "the log"}]},
    {
        "role": "assistant",
        "parts": [
            {"type": "text", "content": ""},
            {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"path": "a"}},
        ],
    },
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c1", "response": "nothing"}],
    },
]
DRAWN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "toy",
    "gen_ai.input.messages": ASKED,
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.top_p": 0.9,
    "gen_ai.request.max_tokens": 7,
    "gen_ai.request.seed": 3,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.tool.definitions": [{"name": "look", "description": "Reads.", "parameters": {}}],
}


def test_a_call_is_told_whole() -> None:
    answer = ChatResponse(
        text="disk",
        reasoning="no space",
        tool_calls=(ToolCall(id="c2", name="look", arguments="{"),),
        usage=Usage(tokens_in=9, tokens_out=4, cached_tokens=5, reasoning_tokens=2),
        finish="tool_calls",
        model="toy-2026",
        cost_usd=0.25,
        seconds=1.5,
        raw={"id": "r1"},
    )
    span = chat_span(MODEL, REQUEST, answer)
    assert (span.name, span.seconds) == ("chat toy", 1.5)
    assert span.attributes == DRAWN | {
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": "no space"},
                    {"type": "text", "content": "disk"},
                    {"type": "tool_call", "id": "c2", "name": "look", "arguments": "{"},
                ],
                "finish_reason": "tool_calls",
            }
        ],
        "gen_ai.response.id": "r1",
        "gen_ai.response.model": "toy-2026",
        "gen_ai.response.finish_reasons": ["tool_calls"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.cache_read.input_tokens": 5,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "git_loop.usage.cost_usd": 0.25,
    }


def test_what_does_not_apply_is_left_out() -> None:
    request = ChatRequest(messages=(Message(role="user", content="hi"),))
    answer = ChatResponse(text="yes", usage=Usage(tokens_in=1, tokens_out=1))
    assert chat_span(MODEL, request, answer).attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "toy",
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "yes"}],
                "finish_reason": "stop",
            }
        ],
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 1,
        "gen_ai.usage.output_tokens": 1,
        "git_loop.usage.cost_usd": 0.0,
    }


def test_a_call_without_an_answer_says_why() -> None:
    span = chat_span(MODEL, REQUEST, RateLimitedError("toy: rate limit reached (429)"))
    assert span.attributes == DRAWN | {
        "gen_ai.output.messages": [],
        "error.type": "RateLimitedError",
        "error.message": "toy: rate limit reached (429)",
    }


def test_a_span_is_written_and_read_back_unchanged(tmp_path: Path) -> None:
    span = chat_span(MODEL, REQUEST, ChatResponse(text='{"a": "ä\\n"}'))
    with TraceWriter(tmp_path / "t.jsonl.gz") as trace:
        trace.write(span)
    assert read_trace((tmp_path / "t.jsonl.gz").read_bytes(), name="t").spans == (span,)
