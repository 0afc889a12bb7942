import json
import threading
from pathlib import Path

import httpx2
import pytest

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message
from runner.lm.cassette import Player, Recorder
from runner.lm.endpoint import EndpointModel, Pace
from runner.lm.error import LmError, UnansweredError
from runner.lm.mount import mount
from runner.lm.params import Endpoint
from runner.lm.rule import Match, Rule
from runner.lm.script import FunctionModel, ScriptedModel

KEY = "sk-verysecretverysecretverysecret"
PACE = Pace(sleep=lambda seconds: None)


def ask(text: str, **drawn: object) -> ChatRequest:
    decoding = Decoding.model_validate(drawn)
    return ChatRequest(messages=(Message(role="user", content=text),), decoding=decoding)


def client(
    transport: httpx2.BaseTransport, *, url: str = "https://api.example/v1"
) -> EndpointModel:
    declared = Endpoint(kind="endpoint", name="toy", base_url=url, retries=2)
    return EndpointModel(declared, key=KEY, transport=transport, pace=PACE)


def without_time(answer: ChatResponse) -> ChatResponse:
    return answer.model_copy(update={"seconds": 0.0})


def test_what_was_recorded_is_replayed_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    echo = FunctionModel(lambda request: f"ä {request.messages[-1].content}\n", name="toy")
    requests = [ask("one"), ask("two", max_tokens=5), ask("two")]
    live = client(Recorder(mount(echo, token=KEY), path))
    recorded = [live.complete(each) for each in requests]

    replayed = client(Player(path), url="http://127.0.0.1:1/v1")
    again = [replayed.complete(each) for each in reversed(requests)]
    assert [without_time(each) for each in reversed(again)] == [
        without_time(each) for each in recorded
    ]
    assert len(path.read_text().splitlines()) == 3


def test_no_key_and_no_header_is_written(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    leak = FunctionModel(lambda request: f"your key is {KEY}", name="toy")
    client(Recorder(mount(leak, token=KEY), path, secrets=(KEY,))).complete(ask("one"))

    text = path.read_text()
    assert KEY not in text
    assert "Bearer" not in text
    (line,) = [json.loads(each) for each in text.splitlines()]
    assert sorted(line) == ["body", "request", "status"]
    assert json.loads(line["body"])["choices"][0]["message"]["content"] == "your key is [redacted]"


def test_equal_requests_get_their_answers_in_order_and_then_the_last(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    model = ScriptedModel([Rule(times=1, reply="first"), Rule(reply="second")], name="toy")
    live = client(Recorder(mount(model), path))
    assert [live.complete(ask("x")).text for _ in range(2)] == ["first", "second"]

    replayed = client(Player(path))
    assert [replayed.complete(ask("x")).text for _ in range(3)] == ["first", "second", "second"]


def test_what_a_retry_overcame_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    rules = [Rule(times=1, raise_="rate_limit"), Rule(times=1, raise_="unanswered")]
    model = ScriptedModel([*rules, Rule(reply="at last")], name="toy")
    assert client(Recorder(mount(model), path)).complete(ask("x")).text == "at last"
    assert [json.loads(line)["status"] for line in path.read_text().splitlines()] == [200]


def test_a_refused_request_is_refused_again(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    model = ScriptedModel([Rule(match=Match(user="never"), reply="x")], name="toy")
    messages = []
    for transport in (Recorder(mount(model), path), Player):
        found = transport if isinstance(transport, Recorder) else Player(path)
        with pytest.raises(UnansweredError) as caught:
            client(found).complete(ask("x"))
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert messages[0].endswith('none of 1 rules matches the request "x" (400)')


def test_a_refused_key_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    model = ScriptedModel([Rule(reply="x")], name="toy")
    with pytest.raises(LmError):
        client(Recorder(mount(model, token="another"), path)).complete(ask("x"))
    assert not path.exists()


def test_a_request_that_was_not_recorded_says_what_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    path.write_text("")
    with pytest.raises(LmError) as caught:
        client(Player(path)).complete(ask("how long is this question that nobody recorded before?"))
    assert str(caught.value) == (
        f'{path} has no answer to "how long is this question that nobody recorded before?"; '
        "record it without LOOP_OFFLINE"
    )
    assert not isinstance(caught.value, UnansweredError)


def test_threads_record_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "toy.jsonl"
    echo = FunctionModel(lambda request: request.messages[-1].content * 500, name="toy")
    live = client(Recorder(mount(echo), path))
    threads = [threading.Thread(target=live.complete, args=(ask(str(n)),)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replayed = client(Player(path))
    assert [replayed.complete(ask(str(n))).text for n in range(24)] == [
        str(n) * 500 for n in range(24)
    ]


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", '{"request": "ab", "status": 200, "body": ""}', '{"request": "' + "a" * 64],
    ids=["empty", "cut", "list", "digest", "half"],
)
def test_a_damaged_cassette_is_told_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "toy.jsonl"
    good = json.dumps({"request": "a" * 64, "status": 200, "body": "{}"})
    path.write_text(f"{good}\n{line}\n")
    with pytest.raises(LmError) as caught:
        Player(path)
    assert str(caught.value) == (f"{path}:2: no recorded answer; expected request, status and body")


def test_a_cassette_that_cannot_be_opened_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LmError, match=r"the cassette .*none cannot be read \(No such file"):
        Player(tmp_path / "none")
    model = ScriptedModel([Rule(reply="x")], name="toy")
    with pytest.raises(LmError, match=r"the cassette .* cannot be written \(Is a directory\)"):
        client(Recorder(mount(model), tmp_path)).complete(ask("x"))
