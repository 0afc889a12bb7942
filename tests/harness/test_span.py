from runner.core.chat import Message, ToolCall, Usage
from runner.core.episode import Episode
from runner.harness.span import spans
from runner.trace.span import Span


def text(role: str, content: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def test_a_trace_says_the_whole_episode_once() -> None:
    calls = (
        ToolCall(id="call_0", name="add", arguments='{"n": 1}'),
        ToolCall(id="call_1", name="", arguments='{"n": '),
    )
    episode = Episode(
        task="t1",
        sample=2,
        agent="tiny",
        messages=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="Add one."),
            Message(role="assistant", content="I add.", tool_calls=calls),
            Message(role="tool", content='{"ok": true}', tool_call_id="call_0"),
            Message(role="tool", content='{"error": "no call"}', tool_call_id="call_1"),
            Message(role="assistant", content="Done."),
        ),
        ended="answered",
        usage=Usage(tokens_in=30, tokens_out=9),
        cost_usd=0.25,
        seconds=1.5,
    )
    made = [
        {"type": "tool_call", "id": "call_0", "name": "add", "arguments": {"n": 1}},
        {"type": "tool_call", "id": "call_1", "name": "", "arguments": '{"n": '},
    ]
    results = [
        {"type": "tool_call_response", "id": "call_0", "response": '{"ok": true}'},
        {"type": "tool_call_response", "id": "call_1", "response": '{"error": "no call"}'},
    ]
    first = text("assistant", "I add.")
    assert isinstance(first["parts"], list)
    first["parts"] += made
    assert spans(episode) == [
        Span(
            "invoke_agent tiny",
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "tiny",
                "gen_ai.conversation.id": "t1-2",
                "gen_ai.usage.input_tokens": 30,
                "gen_ai.usage.output_tokens": 9,
                "git_loop.usage.cost_usd": 0.25,
                "git_loop.episode.ended": "answered",
            },
            1.5,
        ),
        Span(
            "chat tiny",
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "tiny",
                "gen_ai.input.messages": [text("system", "Be brief."), text("user", "Add one.")],
                "gen_ai.output.messages": [first],
            },
        ),
        Span(
            "execute_tool add",
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "add",
                "gen_ai.tool.call.arguments": {"n": 1},
                "gen_ai.tool.call.result": {"ok": True},
            },
        ),
        Span(
            "execute_tool ",
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "",
                "gen_ai.tool.call.arguments": '{"n": ',
                "gen_ai.tool.call.result": {"error": "no call"},
                "error.type": "refused",
            },
        ),
        Span(
            "chat tiny",
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "tiny",
                "gen_ai.input.messages": [{"role": "tool", "parts": [each]} for each in results],
                "gen_ai.output.messages": [text("assistant", "Done.")],
            },
        ),
    ]
