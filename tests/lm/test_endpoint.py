import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Usage
from runner.lm.endpoint import EndpointModel, Pace
from runner.lm.error import (
    LmError,
    RateLimitedError,
    StalledError,
    UnansweredError,
    WindowError,
)
from runner.lm.guard import MOST_BYTES, Guard
from runner.lm.params import Endpoint, Prices

KEY = "sk-verysecretverysecretverysecret"
ASK = ChatRequest(messages=(Message(role="user", content="hello"),))
WHERE = "gpt-x at https://api.example/v1"


@dataclass
class Clock:
    """Time that passes only while someone sleeps."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds


def answer(**changes: object) -> dict[str, Any]:
    message = {"role": "assistant", "content": "hi"}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-x-2026",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
        **changes,
    }


def said(**message: object) -> dict[str, Any]:
    return answer(choices=[{"index": 0, "message": {"role": "assistant", **message}}])


Handler = Callable[[httpx2.Request], httpx2.Response]


def client(
    handler: Handler | httpx2.Response, *, clock: Clock | None = None, **more: object
) -> EndpointModel:
    def handle(request: httpx2.Request) -> httpx2.Response:
        return handler if isinstance(handler, httpx2.Response) else handler(request)

    clock = clock or Clock()
    declared = Endpoint.model_validate(
        {"kind": "endpoint", "name": "gpt-x", "base_url": "https://api.example/v1", **more}
    )
    key = KEY if declared.key else ""
    transport = httpx2.MockTransport(handle)
    return EndpointModel(
        declared, key=key, transport=transport, pace=Pace(sleep=clock.sleep, now=clock.now)
    )


def raised(model: EndpointModel) -> LmError:
    with pytest.raises(LmError) as caught:
        model.complete(ASK)
    assert KEY not in str(caught.value)
    return caught.value


def reply(status: int = 200, body: object = None, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return httpx2.Response(status, content=content, headers=headers)


def problem(message: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": "x", "param": None, "code": None, **more}}


def test_a_request_is_sent_as_documented_and_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ORG_ID", "PROJECT_ID", "ADMIN_KEY", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "foreign")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return reply(200, answer())

    client(handle).complete(ASK)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "https://api.example/v1/chat/completions")
    assert json.loads(request.content) == {
        "model": "gpt-x",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0,
        "max_tokens": 1024,
    }
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in request.headers if "organization" in name or "project" in name]


def test_without_a_key_no_authorization_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-to-be-sent")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "not-to-be-sent")
    headers: list[httpx2.Headers] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        headers.append(request.headers)
        return reply(200, answer())

    assert client(handle, key=None).complete(ASK).text == "hi"
    assert "authorization" not in headers[0]


def test_decoding_and_stop_strings_are_sent_where_they_are_set() -> None:
    bodies: list[dict[str, Any]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return reply(200, answer())

    drawn = Decoding(temperature=0.7, top_p=0.9, max_tokens=5, seed=3, stop=("a", "b"))
    client(handle).complete(ASK.model_copy(update={"decoding": drawn}))
    assert bodies[0] == {
        "model": "gpt-x",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 5,
        "seed": 3,
        "stop": ["a", "b"],
    }


def test_an_answer_is_read_whole() -> None:
    clock = Clock()

    def handle(request: httpx2.Request) -> httpx2.Response:
        clock.seconds += 1.25
        return reply(200, raw)

    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{"}}
    message = {"content": "hi", "reasoning_content": "hm", "tool_calls": [call]}
    raw = answer(
        choices=[{"message": message, "finish_reason": "tool_calls"}],
        usage={
            "prompt_tokens": 1000,
            "completion_tokens": 100,
            "total_tokens": 1100,
            "prompt_tokens_details": {"cached_tokens": 600},
            "completion_tokens_details": {"reasoning_tokens": 70},
        },
    )
    prices = {"input": 2.0, "output": 8.0, "cached": 0.5}
    found = client(handle, clock=clock, prices=prices).complete(ASK)
    assert found == ChatResponse.model_validate(
        {
            "text": "hi",
            "reasoning": "hm",
            "tool_calls": ({"id": "c1", "name": "look", "arguments": "{"},),
            "usage": Usage(tokens_in=1000, tokens_out=100, cached_tokens=600, reasoning_tokens=70),
            "finish": "tool_calls",
            "model": "gpt-x-2026",
            "cost_usd": (400 * 2.0 + 600 * 0.5 + 100 * 8.0) / 1e6,
            "seconds": 1.25,
            "raw": raw,
        }
    )


@pytest.mark.parametrize(
    ("usage", "prices", "cost"),
    [
        ({}, None, 0.0),
        ({}, Prices(input=2, output=8), (1000 * 2 + 100 * 8) / 1e6),
        ({"total_tokens": 1170}, Prices(input=2, output=8), (1000 * 2 + 170 * 8) / 1e6),
    ],
    ids=["no-prices", "cached-as-fresh", "thoughts-beside-the-answer"],
)
def test_what_is_counted_is_paid(usage: dict[str, int], prices: Prices | None, cost: float) -> None:
    counted = {"prompt_tokens": 1000, "completion_tokens": 100, **usage}
    model = client(reply(200, answer(usage=counted)), prices=prices)
    assert model.complete(ASK).cost_usd == pytest.approx(cost)


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", ""),
        ({"content": None, "refusal": "no"}, "no", ""),
        ({"content": "a", "reasoning": "hm"}, "a", "hm"),
        ({"content": "a", "reasoning": {"effort": "low"}}, "a", ""),
        ({"content": ""}, "", ""),
    ],
    ids=["parts", "refusal", "reasoning", "reasoning-settings", "nothing"],
)
def test_the_dialects_of_an_answer_are_understood(
    message: dict[str, Any], text: str, reasoning: str
) -> None:
    found = client(reply(200, said(**message))).complete(ASK)
    assert (found.text, found.reasoning) == (text, reasoning)


STUBS = {
    "none": None,
    "zero": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "nothing-out": {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9},
    "nothing-in": {"prompt_tokens": 0, "completion_tokens": 1, "total_tokens": 1},
}


@pytest.mark.parametrize("name", STUBS)
def test_an_answer_that_nobody_counted_is_a_stub_and_refused(name: str) -> None:
    error = raised(client(reply(200, answer(usage=STUBS[name]))))
    assert "is a stub; an endpoint that reports usage is needed" in str(error)
    assert not isinstance(error, UnansweredError)


def test_a_tool_call_without_usage_is_a_stub_too() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    assert "is a stub" in str(
        raised(client(reply(200, said(content=None, tool_calls=[call]) | {"usage": {}})))
    )


WORDS = problem("The engine is currently overloaded")
GARBAGE: dict[str, tuple[httpx2.Response, type[LmError], str]] = {
    "page": (
        reply(200, "<!DOCTYPE html><html>Welcome</html>"),
        LmError,
        "a web page instead of an answer; base_url should end in /v1 or so",
    ),
    "cut-short": (
        reply(200, '{"choices": [{"mess'),
        UnansweredError,
        'the answer is cut short or no JSON (19 bytes: "{\\"choices\\": [{\\"mess")',
    ),
    "bytes": (reply(200, b"\xff\x00"), UnansweredError, "is cut short or no JSON (2 bytes: "),
    "empty": (reply(200, ""), UnansweredError, "the answer is empty"),
    "list": (reply(200, []), UnansweredError, "the answer is an empty list; expected a mapping"),
    "no-choices": (
        reply(200, answer(choices=[])),
        UnansweredError,
        "the answer has no choices; expected one",
    ),
    "other": (
        reply(200, {"hello": 1}),
        UnansweredError,
        "the answer is no chat completion; expected choices, got the keys hello",
    ),
    "number": (
        reply(200, said(content=5)),
        UnansweredError,
        "the answer does not fit at choices[0].message.content",
    ),
    "error": (reply(200, WORDS), UnansweredError, "The engine is currently overloaded"),
    "key": (
        reply(401, problem(f"Incorrect API key provided: {KEY}")),
        LmError,
        "Incorrect API key provided: [redacted] (401); check OPENAI_API_KEY",
    ),
    "forbidden": (
        reply(403, problem("Country not supported")),
        LmError,
        "Country not supported (403); check OPENAI_API_KEY",
    ),
    "model": (
        reply(404, problem("The model `gpt-x` does not exist", code="model_not_found")),
        LmError,
        "The model `gpt-x` does not exist (404); check name and base_url",
    ),
    "path": (reply(404, {"detail": "Not Found"}), LmError, "Not Found (404); check name and base"),
    "proxy": (reply(407, "<html>"), LmError, "no reason given (407)"),
    "quota": (
        reply(429, problem("You exceeded your current quota", code="insufficient_quota")),
        LmError,
        "You exceeded your current quota (429)",
    ),
    "moved": (
        reply(302, "", location="https://elsewhere.example"),
        LmError,
        "no reason given (302); it redirects, and a key is not carried along: check base_url",
    ),
    "too-long-vllm": (
        reply(400, problem("maximum context length is 8192 tokens")),
        WindowError,
        "maximum context length is 8192 tokens (400)",
    ),
    "too-long-openai": (
        reply(400, problem("Your input is too long", code="context_length_exceeded")),
        WindowError,
        "Your input is too long (400)",
    ),
    "too-long-llama": (
        reply(400, {"error": {"code": 400, "message": "over the available context size (8192)"}}),
        WindowError,
        "over the available context size (8192) (400)",
    ),
    "odd-error": (reply(422, {"error": "no"}), UnansweredError, "no (422)"),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_every_other_answer_is_one_clear_error_after_one_try(name: str) -> None:
    response, kind, words = GARBAGE[name]
    clock = Clock()
    error = raised(client(response, clock=clock))
    assert type(error) is kind
    assert str(error).startswith(f"{WHERE}: ")
    assert words in str(error)
    assert "\n" not in str(error)
    assert clock.waits == []


def test_an_endpoint_without_a_key_that_asks_for_one_says_so() -> None:
    error = raised(client(reply(401, problem("No key")), key=None))
    assert str(error) == f"{WHERE}: No key (401); it asks for a key: declare `key: VARIABLE`"


def test_a_key_in_an_answer_is_in_no_record() -> None:
    found = client(reply(200, said(content=f"your key is {KEY}"))).complete(ASK)
    assert KEY not in found.model_dump_json()
    assert found.text == "your key is [redacted]"


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
    assert client(after(iter([loss, loss]))).complete(ASK).text == "hi"
    error = raised(client(after(iter([loss] * 9)), retries=2))
    assert type(error) is kind
    assert words in str(error)


def test_a_certificate_that_nobody_trusts_is_not_tried_again() -> None:
    clock = Clock()
    loss = httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    error = raised(client(after(iter([loss])), clock=clock))
    assert type(error) is LmError
    assert clock.waits == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base_url": "api.example/v1"}, "is no address; expected https://host/v1"),
        ({"base_url": "ftp://api.example"}, "is no address; expected https://host/v1"),
        ({"base_url": "http://"}, "is no address; expected https://host/v1"),
        ({"base_url": "http://[::1/v1"}, "base_url http://[::1/v1 is no address (Invalid port"),
    ],
    ids=["no-scheme", "scheme", "no-host", "bracket"],
)
def test_an_address_that_is_none_is_told_before_anything_is_asked(
    change: dict[str, str], message: str
) -> None:
    with pytest.raises(LmError) as caught:
        client(reply(200, answer()), **change)
    assert message in str(caught.value)


@pytest.mark.parametrize("key", ["sk-\u00e9", "sk-a\nb"], ids=["accent", "newline"])
def test_a_key_that_is_none_is_told_without_its_value(key: str) -> None:
    declared = Endpoint(kind="endpoint", name="toy")
    with pytest.raises(LmError) as caught:
        EndpointModel(declared, key=key)
    assert str(caught.value) == (
        "the key in OPENAI_API_KEY has characters that no key has; set it anew"
    )


def test_half_a_character_in_a_request_is_replaced() -> None:
    bodies: list[dict[str, Any]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return reply(200, answer())

    client(handle).complete(ChatRequest(messages=(Message(role="user", content="a\ud83d \u00e9"),)))
    assert bodies[0]["messages"] == [{"role": "user", "content": "a? \u00e9"}]


def test_a_body_that_only_drips_in_ends_in_time() -> None:
    clock = Clock()

    def drip() -> Iterator[bytes]:
        for _ in range(100):
            clock.seconds += 1
            yield b" "

    inner = httpx2.MockTransport(lambda request: httpx2.Response(200, content=drip()))
    guard = Guard(inner, timeout_s=30, now=clock.now)
    with (
        httpx2.Client(transport=guard) as slow,
        pytest.raises(httpx2.ReadTimeout, match="31 bytes and no end"),
    ):
        slow.get("http://api.example")
    assert clock.seconds == 31


def test_a_body_that_grows_without_end_is_cut() -> None:
    def flood() -> Iterator[bytes]:
        while True:
            yield bytes(MOST_BYTES // 4)

    inner = httpx2.MockTransport(lambda request: httpx2.Response(200, content=flood()))
    with (
        httpx2.Client(transport=Guard(inner, timeout_s=30)) as greedy,
        pytest.raises(httpx2.ReadTimeout, match=f"{MOST_BYTES // 4 * 5} bytes and no end"),
    ):
        greedy.get("http://api.example")


def test_half_a_character_in_an_answer_is_replaced() -> None:
    data = json.dumps(answer()).replace('"hi"', '"a\\ud83d b \\ud83d\\ude00"')
    found = client(reply(200, data)).complete(ASK)
    assert found.text == "a? b \U0001f600"
    assert "a? b" in found.model_dump_json()


def test_an_endpoint_that_wants_max_completion_tokens_gets_them_from_then_on() -> None:
    bodies: list[dict[str, Any]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        if "max_tokens" not in bodies[-1]:
            return reply(200, answer())
        text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return reply(400, problem(text, param="max_tokens", code="unsupported_parameter"))

    model = client(handle)
    assert [model.complete(ASK).text for _ in range(2)] == ["hi", "hi"]
    names = [[each for each in body if each.startswith("max")] for body in bodies]
    assert names == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]


def test_no_more_requests_are_in_flight_than_declared() -> None:
    lock, flying, most = threading.Lock(), 0, 0
    full = threading.Barrier(3)

    def handle(request: httpx2.Request) -> httpx2.Response:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        full.wait(timeout=10)
        with lock:
            flying -= 1
        return reply(200, answer())

    model = client(handle, concurrency=3)
    threads = [threading.Thread(target=model.complete, args=(ASK,)) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3
