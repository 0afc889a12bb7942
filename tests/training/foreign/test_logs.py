"""Chats of OpenAI's form, logs of inspect_ai and traces of our own."""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from runner.core.chat import Message
from runner.core.episode import Episode
from runner.core.score import CaseScore
from runner.harness.span import spans
from runner.trace.file import TraceWriter
from runner.trace.span import chat, message, tool, verdict_span
from runner.training.foreign import inspect_log, openai_chat, trace
from runner.training.foreign.source import ForeignError, Imported, Source
from tests.training.curate.tries import calls
from tests.training.foreign.test_agents import shown

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"n": "Ann"}'}}
CHAT: list[dict[str, Any]] = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Who is Ann?"}]},
    {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "Hm."},
    {"role": "tool", "tool_call_id": "c1", "content": "[]"},
    {"role": "assistant", "content": "Nobody."},
]
SHOWN = [
    "system Be brief.",
    "user Who is Ann?",
    'assistant c1=find{"n": "Ann"}',
    "tool [c1] []",
    "assistant Nobody.",
]
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}


def read_chat(value: object) -> Imported:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return openai_chat.read(Source("chat.json", data))


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"messages": CHAT}, ["1"]),
        (CHAT, ["1"]),
        ([{"messages": CHAT}, {"messages": CHAT}], ["[1]", "[2]"]),
        (
            f"{json.dumps({'messages': CHAT})}\n\n{json.dumps({'messages': CHAT})}".encode(),
            ["1", "3"],
        ),
    ],
    ids=["one", "messages", "list", "lines"],
)
def test_a_chat_is_read_alone_in_a_list_and_by_line(value: object, places: list[str]) -> None:
    found = read_chat(value)
    assert [each.task for each in found.episodes] == [f"openai:chat.json:{at}" for at in places]
    assert all(shown(each.messages) == SHOWN for each in found.episodes)
    assert found.skipped == {"part of type reasoning_content": len(places)}


@pytest.mark.parametrize(
    "tools", [[TOOL], json.dumps([TOOL]), [TOOL["function"]]], ids=str.__name__
)
def test_tools_of_a_chat_are_read_as_a_list_or_as_text(tools: object) -> None:
    found = read_chat({"messages": CHAT, "tools": tools})
    (named,) = found.tools.values()
    assert [(each.name, each.parameters) for each in named] == [("find", {"type": "object"})]


def test_arguments_may_be_an_object() -> None:
    call = {"id": "c1", "function": {"name": "find", "arguments": {"n": "Ann"}}}
    chat_ = [CHAT[1], {**CHAT[2], "tool_calls": [call]}, *CHAT[3:]]
    assert shown(read_chat(chat_).episodes[0].messages)[1] == 'assistant c1=find{"n": "Ann"}'


def test_what_is_no_chat_is_named_by_its_place() -> None:
    odd = {"messages": [*CHAT, {"role": "function", "content": "x"}], "tools": [{"x": 1}]}
    found = read_chat(
        [{"messages": 3}, odd, {"messages": CHAT[:2]}, {"messages": CHAT, "tools": "{"}]
    )
    assert len(found.episodes) == 2
    assert found.damaged == (
        "chat.json:[1]: no messages",
        "chat.json:[2]: a message of role function; expected one of OpenAI's",
        "chat.json:[2]: a tool of another form: no name",
        "chat.json:[4]: tools: text that is no JSON",
    )
    assert found.skipped["conversation without an answer"] == 1


SAMPLE: dict[str, Any] = {
    "id": "a",
    "epoch": 2,
    "messages": [
        {"id": "x", "role": "user", "content": "Who is Ann?"},
        {
            "id": "y",
            "role": "assistant",
            "content": [
                {"type": "reasoning", "reasoning": "Hm."},
                {"type": "text", "text": "I look."},
            ],
            "tool_calls": [{"id": "c1", "function": "find", "arguments": {"n": "Ann"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "", "error": {"message": "no such tool"}},
        {"role": "assistant", "content": "attachment://4f"},
    ],
    "attachments": {"4f": "Nobody."},
    "scores": {"match": {"value": "C"}, "other": {"value": 0.1}},
}
HEAD: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {"task": "who", "model": "openai/gpt-x"},
}


def packed(
    *samples: object, head: str = "header.json", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, sample in enumerate(samples):
            text = sample if isinstance(sample, str) else json.dumps(sample)
            archive.writestr(f"samples/{number}_epoch_1.json", text)
        archive.writestr(head, json.dumps(HEAD))
        archive.writestr("summaries.json", "[]")
    return file.getvalue()


def read_log(data: bytes) -> Imported:
    return inspect_log.read(Source("who.eval", data))


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({**HEAD, "samples": [SAMPLE]}).encode(),
        packed(SAMPLE),
        packed(SAMPLE, head="_journal/start.json"),
    ],
    ids=["json", "zip", "unfinished"],
)
def test_a_log_is_read_plain_and_packed(data: bytes) -> None:
    found = read_log(data)
    (episode,) = found.episodes
    assert shown(episode.messages) == [
        "user Who is Ann?",
        'assistant I look. c1=find{"n": "Ann"}',
        "tool [c1] no such tool",
        "assistant Nobody.",
    ]
    assert (episode.task, episode.sample, episode.agent) == ("inspect:who:a", 1, "openai/gpt-x")
    assert episode.mark is not None
    assert (episode.mark.partial, episode.mark.strict) == (1.0, True)
    assert found.skipped == {"part of type reasoning": 1}


@pytest.mark.parametrize(
    ("value", "partial"),
    [("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0), ("yes", 1.0), (True, 1.0), (0.25, 0.25)],
    ids=["C", "P", "I", "N", "yes", "true", "number"],
)
def test_a_score_is_a_share(value: object, partial: float) -> None:
    sample = {**SAMPLE, "scores": {"s": {"value": value}}}
    (episode,) = read_log(packed(sample)).episodes
    assert episode.mark is not None
    assert episode.mark.partial == partial


@pytest.mark.parametrize(
    "value", [7, -1, "maybe", {"a": 1}, float("nan")], ids=["7", "-1", "word", "dict", "nan"]
)
def test_a_score_that_is_no_share_is_no_mark_and_told(value: object) -> None:
    found = read_log(packed({**SAMPLE, "scores": {"s": {"value": value}}}))
    assert found.episodes[0].mark is None
    assert found.skipped["score that is no share from 0 to 1"] == 1
    assert found.damaged[0].startswith("who.eval:sample a: its score is no number from 0 to 1")


@pytest.mark.parametrize(
    ("limit", "ended"),
    [(None, "answered"), ("message", "turns"), ("token", "tokens"), ("time", "truncated")],
)
def test_a_limit_says_how_a_sample_ended(limit: str | None, ended: str) -> None:
    sample = SAMPLE if limit is None else {**SAMPLE, "limit": {"type": limit, "limit": 1}}
    assert read_log(packed(sample)).episodes[0].ended == ended


def test_what_a_sample_shows_but_does_not_say_is_counted() -> None:
    odd = [
        {"role": "system", "content": "Be brief."},
        {"role": "critic", "content": "x"},
        {"role": "user", "content": [{"type": "image", "image": "attachment://1"}]},
    ]
    sample = {**SAMPLE, "messages": [*odd, *SAMPLE["messages"]], "scores": {}}
    found = read_log(packed(sample))
    assert found.episodes[0].messages[0].content == "Be brief."
    assert found.episodes[0].mark is None
    assert found.skipped == {
        "message of role critic": 1,
        "part of type image": 1,
        "part of type reasoning": 1,
    }


def test_samples_that_cannot_be_used_are_told() -> None:
    broken = {**SAMPLE, "error": {"message": "boom"}}
    silent = {**SAMPLE, "id": "c", "messages": SAMPLE["messages"][:1]}
    found = read_log(packed(SAMPLE, broken, "{", {**SAMPLE, "epoch": 0}, silent))
    assert len(found.episodes) == 1
    assert found.skipped["sample that ended with an error"] == 1
    assert found.skipped["sample without an answer"] == 1
    assert [each.partition(": ")[0] for each in found.damaged] == [
        "who.eval:samples/2_epoch_1.json",
        "who.eval:sample a",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 and no more", "a damaged zip"),
        (packed(), "a zip without samples; expected a log of inspect_ai"),
        (b"{", "no JSON"),
        (json.dumps(HEAD).encode(), "a log without samples; expected a whole one"),
    ],
    ids=["damaged", "no-samples", "no-json", "header-only"],
)
def test_what_is_no_log_is_one_clear_error(data: bytes, said: str) -> None:
    with pytest.raises(ForeignError, match=said):
        read_log(data)


def zstandard_log() -> bytes:
    """A log as inspect_ai packs it, made by hand: Python 3.11 cannot write such a zip."""
    zstandard = pytest.importorskip("zstandard")
    data = bytearray(packed(SAMPLE, method=zipfile.ZIP_STORED))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        plain = archive.read("samples/0_epoch_1.json")
    small = zstandard.ZstdCompressor().compress(plain)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("samples/0_epoch_1.json", small)
    made = file.getvalue()
    sizes = len(small).to_bytes(4, "little") * 2
    right = len(small).to_bytes(4, "little") + len(plain).to_bytes(4, "little")
    made = made.replace(sizes, right)
    local, central = made.index(b"PK\x03\x04"), made.index(b"PK\x01\x02")
    method = (93).to_bytes(2, "little")
    made = made[: local + 8] + method + made[local + 10 :]
    return made[: central + 10] + method + made[central + 12 :]


def test_a_log_packed_with_zstandard_is_read_too() -> None:
    (episode,) = read_log(zstandard_log()).episodes
    assert episode.messages[-1].content == "Nobody."


def test_without_zstandard_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zstandard_log()
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ForeignError, match=r"pip install zstandard, or convert it: inspect log"):
        read_log(data)


def call_part(id_: str) -> dict[str, Any]:
    return {"type": "tool_call", "id": id_, "name": "find", "arguments": {"n": "Ann"}}


def written(path: Path, *, whole: bool = True) -> Source:
    asked = [message("system", "Be brief."), message("user", "Who is Ann?")]
    first = {"role": "assistant", "parts": [call_part("c1")], "finish_reason": "tool_calls"}
    heard = {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "c1", "response": "[]"}],
    }
    last = {**message("assistant", "Nobody.", reasoning="Hm."), "finish_reason": "stop"}
    with TraceWriter(path) as writer:
        writer.write(chat("tiny", asked=asked, answered=[first]))
        writer.write(tool("find", arguments={"n": "Ann"}, result="[]"))
        writer.write(chat("tiny", asked=[*asked, first, heard], answered=[last]))
        writer.write(verdict_span(CaseScore(case="task-1", rep=2, metrics={"partial": 0.5})))
    data = path.read_bytes()
    return Source(str(path), data if whole else data[:-12])


def test_a_trace_of_ours_is_read_with_its_mark(tmp_path: Path) -> None:
    found = trace.read(written(tmp_path / "t.jsonl.gz"))
    (episode,) = found.episodes
    assert shown(episode.messages) == [
        "system Be brief.",
        "user Who is Ann?",
        'assistant c1=find{"n": "Ann"}',
        "tool [c1] []",
        "assistant Nobody.",
    ]
    assert (episode.task, episode.sample, episode.agent) == ("trace:task-1", 2, "tiny")
    assert episode.mark is not None
    assert episode.mark.partial == 0.5
    assert found.skipped == {
        "part of type reasoning of assistant": 1,
        "span execute_tool": 1,
        "span verdict": 1,
    }


def test_a_trace_cut_short_says_so_and_gives_what_it_has(tmp_path: Path) -> None:
    found = trace.read(written(tmp_path / "t.jsonl.gz", whole=False))
    assert len(found.episodes) == 1
    assert "it is damaged, or was cut short" in found.damaged[0]


def test_calls_of_a_trace_that_do_not_go_on_are_conversations_of_their_own(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t.jsonl.gz") as writer:
        for words in ("One?", "Two?"):
            said = [message("user", words)]
            writer.write(chat("tiny", asked=said, answered=[message("assistant", "Yes.")]))
        writer.write(chat("tiny", asked=said, answered=[], more={"error.type": "LmError"}))
    found = trace.read(Source("t", (tmp_path / "t.jsonl.gz").read_bytes()))
    assert [(each.sample, each.messages[0].content) for each in found.episodes] == [
        (0, "One?"),
        (1, "Two?"),
    ]
    assert found.skipped == {"call that failed": 1}


def test_an_episode_tells_at_each_answer_what_is_new(tmp_path: Path) -> None:
    episode = Episode(
        task="task-1",
        sample=3,
        agent="tiny",
        messages=(
            Message(role="user", content="Who is Ann?"),
            *calls(("find", '{"n": "Ann"}', '[{"id": "c1"}]')),
            Message(role="assistant", content="c1."),
        ),
        ended="answered",
    )
    with TraceWriter(tmp_path / "t.jsonl.gz") as writer:
        for span in [*spans(episode), *spans(episode)]:
            writer.write(span)
    found = trace.read(Source("t", (tmp_path / "t.jsonl.gz").read_bytes()))
    assert [each.messages for each in found.episodes] == [episode.messages] * 2
    assert [each.task for each in found.episodes] == ["trace:task-1-3"] * 2
    assert found.episodes[0].agent == "tiny"


def test_what_is_no_trace_is_one_clear_error() -> None:
    with pytest.raises(ForeignError, match="t is no trace: expected gzip JSON lines"):
        trace.read(Source("t", b"{}"))
