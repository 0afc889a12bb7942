"""One script, mounted in process, under the real client, and behind the real server."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from runner.core.chat import ChatModel, ChatRequest, ChatResponse, Decoding, Message, Tool, ToolCall
from runner.lm.endpoint import EndpointModel, Pace
from runner.lm.error import LmError, RateLimitedError, StalledError, UnansweredError
from runner.lm.mount import mount
from runner.lm.params import Endpoint
from runner.lm.script import ScriptedModel, read_script
from runner.lm.server import serve

SCRIPT = r"""
rules:
  - match: {user: {regex: 'job_(\d+)'}}
    reply: {text: "job ${1}: dísk \"full\"\n", reasoning: "it says  so"}
  - match: {user: look}
    reply:
      tool_calls: [{name: look, arguments: {path: a.log}}, {name: wait, arguments: "{", id: w}]
  - match: {whole: answered}
    reply: {text: cut, finish: length}
    usage: {tokens_in: 40, tokens_out: 7, cached_tokens: 30, reasoning_tokens: 2}
  - match: {user: odd}
    reply: ""
  - match: {user: unlucky}
    raise: unanswered
  - match: {user: hurry}
    raise: rate_limit
    retry_after_s: 1.5
  - match: {user: silence}
    raise: stall
"""
PACE = Pace(sleep=lambda seconds: None)


def ask(*said: Message | str) -> ChatRequest:
    messages = (
        each if isinstance(each, Message) else Message(role="user", content=each) for each in said
    )
    return ChatRequest(
        messages=(Message(role="system", content="Sort it."), *messages),
        decoding=Decoding(top_p=0.5, seed=3, stop=("END",)),
        tools=(Tool(name="look", description="Reads.", parameters={"type": "object"}),),
    )


CALL = ToolCall(id="c1", name="look", arguments="{}")
REQUESTS = [
    ask("lost job_71"),
    ask("look"),
    ask(
        "first",
        Message(role="assistant", content="", tool_calls=(CALL,)),
        Message(role="tool", content="answered", tool_call_id="c1"),
    ),
    ask("odd"),
]
FAULTS = [
    ("unlucky", UnansweredError),
    ("hurry", RateLimitedError),
    ("silence", StalledError),
    ("nobody knows", LmError),
]


@contextmanager
def in_process(model: ScriptedModel) -> Iterator[ChatModel]:
    yield model


@contextmanager
def under_the_client(model: ScriptedModel) -> Iterator[ChatModel]:
    declared = Endpoint(kind="endpoint", name=model.name, retries=0)
    client = EndpointModel(declared, key="k-1", transport=mount(model, token="k-1"), pace=PACE)
    yield client
    client.close()


@contextmanager
def behind_the_server(model: ScriptedModel) -> Iterator[ChatModel]:
    with serve(model, token="k-1") as address:
        declared = Endpoint(
            kind="endpoint", name=address.model, base_url=address.url, retries=0, timeout_s=0.5
        )
        client = EndpointModel(declared, key="k-1", pace=PACE)
        yield client
        client.close()


MOUNTS = [in_process, under_the_client, behind_the_server]


@pytest.fixture
def script(tmp_path: Path) -> ScriptedModel:
    path = tmp_path / "chat.yaml"
    path.write_text(SCRIPT)
    return read_script(path, name="scripted:chat.yaml")


def test_one_script_answers_the_same_wherever_it_is_mounted(script: ScriptedModel) -> None:
    answers: list[list[ChatResponse]] = []
    for place in MOUNTS:
        with place(script) as model:
            found = [model.complete(each) for each in REQUESTS]
        answers.append([each.model_copy(update={"seconds": 0, "raw": {}}) for each in found])

    assert answers[1] == answers[0]
    assert answers[2] == answers[0]
    assert [each.text for each in answers[0]] == ['job 71: dísk "full"\n', "", "cut", ""]
    assert answers[0][1].tool_calls[1] == ToolCall(id="w", name="wait", arguments="{")


@pytest.mark.parametrize("place", MOUNTS)
def test_one_script_fails_the_same_wherever_it_is_mounted(
    script: ScriptedModel, place: Callable[[ScriptedModel], AbstractContextManager[ChatModel]]
) -> None:
    kinds = []
    with place(script) as model:
        for text, _ in FAULTS:
            with pytest.raises(LmError) as caught:
                model.complete(ask(text))
            kinds.append(type(caught.value))
    # Over HTTP a request that is refused does not say whether another would be.
    unmatched = LmError if place is in_process else UnansweredError
    assert kinds == [*(kind for _, kind in FAULTS[:-1]), unmatched]
