import threading
import time
from collections.abc import Sequence

import pytest

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, ToolCall, Unanswered
from runner.lm.error import LmError, UnansweredError, WindowError
from runner.lm.play import Talk
from runner.lm.script import FunctionModel


def start(text: str, seed: int | None = None) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),), decoding=Decoding(seed=seed))


def told(text: str) -> list[Message]:
    return [Message(role="tool", content=text, tool_call_id="call_0")]


def test_a_conversation_holds_what_was_said_and_told() -> None:
    call = ToolCall(id="call_0", name="look", arguments="{}")
    asked: list[ChatRequest] = []

    def answer(request: ChatRequest) -> ChatResponse:
        asked.append(request)
        return ChatResponse(text=f"answer {len(asked)}", tool_calls=(call,))

    heard: list[tuple[int, str]] = []

    def reply(number: int, found: ChatResponse | Unanswered) -> Sequence[Message]:
        assert isinstance(found, ChatResponse)
        heard.append((number, found.text))
        return told("seen") if len(heard) == 1 else ()

    Talk(FunctionModel(answer, name="x")).play([start("go")], reply)
    assert heard == [(0, "answer 1"), (0, "answer 2")]
    assert asked[1].messages == (
        Message(role="user", content="go"),
        Message(role="assistant", content="answer 1", tool_calls=(call,)),
        Message(role="tool", content="seen", tool_call_id="call_0"),
    )


@pytest.mark.parametrize("concurrency", [0, 1, 4, 99])
def test_each_conversation_goes_on_until_nothing_is_told(concurrency: int) -> None:
    flying, most = [0], [0]
    lock = threading.Lock()

    def answer(request: ChatRequest) -> str:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        time.sleep(0.002 * (len(request.messages[0].content) % 3))
        with lock:
            flying[0] -= 1
        return f"{request.messages[0].content}/{len(request.messages)}"

    heard: dict[int, list[str]] = {n: [] for n in range(9)}
    threads = set()

    def reply(number: int, found: ChatResponse | Unanswered) -> Sequence[Message]:
        assert isinstance(found, ChatResponse)
        threads.add(threading.get_ident())
        heard[number].append(found.text)
        return told("more") if len(heard[number]) <= number % 4 else ()

    talk = Talk(FunctionModel(answer, name="x"), concurrency=concurrency)
    talk.play([start("x" * n) for n in range(9)], reply)
    assert heard == {
        n: [f"{'x' * n}/{1 + 2 * turn}" for turn in range(n % 4 + 1)] for n in range(9)
    }
    assert threads == {threading.get_ident()}
    assert 1 <= most[0] <= max(concurrency, 1)
    assert talk.name == "x"


def test_an_answer_that_does_not_come_ends_its_own_conversation_alone() -> None:
    def answer(request: ChatRequest) -> str:
        match request.messages[0].content:
            case "lost":
                raise UnansweredError("x: gone")
            case "long":
                raise WindowError("x: too long")
        return "here"

    heard = {}

    def reply(number: int, found: ChatResponse | Unanswered) -> Sequence[Message]:
        heard[number] = found if isinstance(found, Unanswered) else found.text
        return told("never") if isinstance(found, Unanswered) else ()

    starts = [start("lost"), start("found"), start("long")]
    Talk(FunctionModel(answer, name="x"), concurrency=2).play(starts, reply)
    assert heard == {
        0: Unanswered(error="x: gone"),
        1: "here",
        2: Unanswered(error="x: too long", window=True),
    }


def test_what_no_request_can_escape_stops_the_rest() -> None:
    asked = []

    def answer(request: ChatRequest) -> str:
        asked.append(request)
        raise LmError("x: no such model")

    with pytest.raises(LmError, match="x: no such model"):
        Talk(FunctionModel(answer, name="x")).play([start("a")] * 50, lambda *_: ())
    time.sleep(0.05)
    assert len(asked) == 1


def test_every_turn_draws_anew_and_the_first_as_it_was_asked() -> None:
    seeds: list[int | None] = []

    def answer(request: ChatRequest) -> str:
        seeds.append(request.decoding.seed)
        return "on"

    def played(seed: int | None) -> list[int | None]:
        seeds.clear()
        replies = iter([told("1"), told("2"), ()])
        Talk(FunctionModel(answer, name="x")).play([start("a", seed)], lambda *_: next(replies))
        return [*seeds]

    first = played(5)
    assert first[0] == 5
    assert len(set(first)) == 3
    assert first == played(5)
    assert played(None) == [None] * 3


def test_no_conversations_are_no_work() -> None:
    Talk(FunctionModel(lambda _: "never", name="x")).play([], lambda *_: ())
