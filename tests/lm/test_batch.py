import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from runner.core.chat import ChatRequest, ChatResponse, Message
from runner.lm.batch import UnaskedError, answers
from runner.lm.error import LmError, UnansweredError
from runner.lm.script import FunctionModel


def ask(text: str) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),))


REQUESTS = [ask(str(number)) for number in range(40)]


def said(request: ChatRequest) -> str:
    return request.messages[-1].content


def test_answers_are_those_of_asking_one_after_the_other() -> None:
    def answer(request: ChatRequest) -> ChatResponse:
        number = int(said(request))
        time.sleep((number * 7 % 5) / 1000)
        if number % 9 == 4:
            raise UnansweredError(f"no {number}")
        return ChatResponse(text=f"answer {number}", cost_usd=number)

    model = FunctionModel(answer)
    together = answers(model, REQUESTS, concurrency=8)
    alone = answers(model, REQUESTS, concurrency=1)
    assert [str(each) for each in together] == [str(each) for each in alone]
    assert [type(each) for each in together] == [type(each) for each in alone]
    assert str(together[4]) == "no 4"
    assert [each.text for each in together if isinstance(each, ChatResponse)] == [
        f"answer {number}" for number in range(40) if number % 9 != 4
    ]


def test_as_many_are_in_flight_as_allowed() -> None:
    full = threading.Barrier(5)

    def answer(request: ChatRequest) -> str:
        full.wait(timeout=10)
        return "x"

    assert len(answers(FunctionModel(answer), REQUESTS, concurrency=5)) == 40


def test_nothing_to_ask_is_nothing_answered() -> None:
    assert answers(FunctionModel(said), [], concurrency=4) == []


def test_an_error_that_no_request_escapes_stops_the_rest_at_once() -> None:
    asked: list[str] = []
    slow = threading.Event()

    def answer(request: ChatRequest) -> str:
        asked.append(said(request))
        if said(request) == "1":
            raise LmError("the key is refused")
        slow.wait(timeout=30)
        return "late"

    began = time.monotonic()
    with pytest.raises(LmError, match="the key is refused"):
        answers(FunctionModel(answer), REQUESTS, concurrency=3)
    assert time.monotonic() - began < 5
    slow.set()
    time.sleep(0.2)
    assert len(asked) <= 4


def test_a_mistake_of_the_program_is_not_swallowed() -> None:
    def answer(request: ChatRequest) -> str:
        return str(1 / 0)

    with pytest.raises(ZeroDivisionError):
        answers(FunctionModel(answer), REQUESTS, concurrency=2)


@pytest.mark.parametrize(
    ("most_usd", "asked"), [(3.0, 3), (2.5, 3), (0.0, 0), (100.0, 40)], ids=str
)
def test_nothing_is_asked_once_the_money_is_spent(most_usd: float, asked: int) -> None:
    model = FunctionModel(lambda request: ChatResponse(text="x", cost_usd=1.0))
    found = answers(model, REQUESTS, concurrency=1, most_usd=most_usd)
    assert [isinstance(each, ChatResponse) for each in found] == [True] * asked + [False] * (
        40 - asked
    )
    assert all(
        isinstance(each, UnaskedError) and str(each) == f"not asked: {most_usd} dollars are spent"
        for each in found[asked:]
    )


def test_with_many_in_flight_the_money_is_overspent_by_those_at_most() -> None:
    model = FunctionModel(lambda request: ChatResponse(text="x", cost_usd=1.0))
    found = answers(model, REQUESTS, concurrency=8, most_usd=10)
    assert 10 <= sum(isinstance(each, ChatResponse) for each in found) <= 17


PROGRAM = """
import os, time
from runner.lm.batch import answers
from runner.core.chat import ChatRequest, Message
from runner.lm.script import FunctionModel

def answer(request):
    os.write(1, b"asked\\n")  # one piece, whatever else the other thread writes
    time.sleep(60)

requests = [ChatRequest(messages=(Message(role="user", content="x"),))] * 9
answers(FunctionModel(answer), requests, concurrency=2)
"""


def test_an_interrupt_ends_the_program_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        asked = [child.stdout.readline() for _ in range(2)]
        began = time.monotonic()
        os.kill(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert asked == ["asked\n"] * 2
    assert child.returncode == -signal.SIGINT
    assert (out, err.splitlines()[-1]) == ("", "KeyboardInterrupt")
