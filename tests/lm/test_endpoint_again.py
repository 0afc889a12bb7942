"""Requests to an endpoint that are tried again, how often and how long."""

from collections.abc import Iterator

import httpx2
import pytest

from runner.core.chat import ChatRequest, Message
from runner.lm.error import (
    LmError,
    RateLimitedError,
    StalledError,
    UnansweredError,
)
from tests.lm.endpoint_ground import (
    ASK,
    WHERE,
    WORDS,
    Clock,
    Handler,
    answer,
    client,
    raised,
    reply,
)


def after(failures: Iterator[httpx2.Response | Exception]) -> Handler:
    def handle(request: httpx2.Request) -> httpx2.Response:
        found = next(failures, None) or reply(200, answer())
        if isinstance(found, Exception):
            raise found
        return found

    return handle


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_what_may_pass_is_tried_again(status: int) -> None:
    clock = Clock()
    model = client(after(iter([reply(status, WORDS), reply(status, WORDS)])), clock=clock)
    assert model.complete(ASK).text == "hi"
    assert [0.5 <= clock.waits[0] <= 0.625, 1.0 <= clock.waits[1] <= 1.25] == [True, True]


def test_a_minute_of_429_is_survived() -> None:
    clock = Clock()

    def handle(request: httpx2.Request) -> httpx2.Response:
        return reply(429, WORDS, **{"retry-after": "1"}) if clock.seconds < 60 else good

    good = reply(200, answer())
    assert client(handle, clock=clock).complete(ASK).text == "hi"
    assert clock.seconds < 100


def test_the_endpoint_is_given_the_time_that_it_asks_for() -> None:
    clock = Clock()
    limits = [
        reply(429, WORDS, **{"retry-after": "17"}),
        reply(429, WORDS, **{"retry-after-ms": "2500"}),
        reply(503, WORDS, **{"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ]
    client(after(iter(limits)), clock=clock).complete(ASK)
    bounds = zip(clock.waits, [17, 2.5, 2], strict=True)
    assert all(asked <= waited <= asked * 1.25 for waited, asked in bounds)


def test_an_endpoint_that_asks_for_too_much_time_is_not_waited_for() -> None:
    clock = Clock()
    error = raised(client(reply(429, WORDS, **{"retry-after": "3600"}), clock=clock))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 3600
    assert "would pass 180 s in all" in str(error)
    assert clock.waits == []


def test_tries_and_waits_are_bounded() -> None:
    clock = Clock()
    error = raised(client(reply(429, WORDS), clock=clock))
    assert type(error) is RateLimitedError
    assert str(error).endswith("(429): The engine is currently overloaded; tried 9 times")
    assert len(clock.waits) == 8
    assert clock.seconds < 180

    error = raised(client(reply(500, WORDS), clock=clock, retries=1))
    assert str(error) == f"{WHERE}: The engine is currently overloaded (500); tried 2 times"


def test_requests_come_back_at_different_times_but_the_same_in_every_run() -> None:
    waits = []
    for text in ("a", "b", "a"):
        clock = Clock()
        model = client(after(iter([reply(500, WORDS)])), clock=clock)
        model.complete(ChatRequest(messages=(Message(role="user", content=text),)))
        waits.append(clock.waits)
    assert waits[0] == waits[2] != waits[1]


LOST = [
    (
        httpx2.ConnectError("[Errno 111] Connection refused"),
        UnansweredError,
        "no connection ([Errno",
    ),
    (httpx2.RemoteProtocolError("peer closed"), UnansweredError, "no connection (peer closed)"),
    (httpx2.ReadTimeout("late"), StalledError, "no answer within 60 s; tried 3 times"),
    (httpx2.ConnectTimeout("late"), StalledError, "no answer within 60 s; tried 3 times"),
]


@pytest.mark.parametrize(
    ("loss", "kind", "words"), LOST, ids=["refused", "cut", "stalled", "unreachable"]
)
def test_a_lost_connection_is_tried_again_and_then_told(
    loss: Exception, kind: type[LmError], words: str
) -> None:
    model = client(after(iter([loss, loss, reply(200, answer()), *[loss] * 3])), retries=2)
    assert model.complete(ASK).text == "hi"
    error = raised(model)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    "loss",
    [httpx2.ConnectError("Name or service not known"), httpx2.ConnectTimeout("late")],
    ids=["refused", "unreachable"],
)
def test_an_endpoint_that_was_never_there_is_given_up_at_once(loss: Exception) -> None:
    clock = Clock()
    model = client(after(iter([loss] * 9)), clock=clock)
    error = raised(model)
    assert type(error) is LmError
    assert str(error).startswith(f"{WHERE}: no ")
    assert str(error).endswith("tried 3 times; nobody has answered there yet: check base_url")
    assert clock.seconds < 2


@pytest.mark.parametrize(
    "first",
    [reply(503, WORDS), httpx2.ReadTimeout("late"), httpx2.RemoteProtocolError("peer closed")],
    ids=["busy", "stalled", "cut"],
)
def test_whoever_was_there_once_is_waited_for(first: httpx2.Response | Exception) -> None:
    lost = [httpx2.ConnectError("refused")] * 7
    assert client(after(iter([first, *lost]))).complete(ASK).text == "hi"


def test_a_certificate_that_nobody_trusts_is_not_tried_again() -> None:
    clock = Clock()
    loss = httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    error = raised(client(after(iter([loss])), clock=clock))
    assert type(error) is LmError
    assert clock.waits == []
