"""Which format a file is of, and what is said where it is of none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.errors import LoopError
from runner.training.foreign.registry import FORMATS, detect, open_file, read_source
from runner.training.foreign.source import ForeignError, Imported, Source
from tests.training.foreign.test_agents import HEAD, answer, said, text, user
from tests.training.foreign.test_logs import CHAT, SAMPLE, packed, written
from tests.training.foreign.test_logs import HEAD as LOG

CLAUDE = [user("One."), answer(text("1."))]


def read_file(path: Path, kind: str | None = None) -> Imported:
    source = open_file(path)
    return read_source(source, kind or detect(source))


def jsonl(*records: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return "".join(f"{json.dumps(each)}\n" for each in records).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("claude-code", jsonl(*CLAUDE)),
        ("claude-code", jsonl({"type": "file-history-snapshot"}, *CLAUDE)),
        ("claude-code", jsonl(CLAUDE[0])),
        ("claude-code", b'{"type": \n' + jsonl(*CLAUDE)),
        ("codex", jsonl(HEAD, said("user", "Hi."))),
        ("codex", jsonl(said("user", "Hi.")["payload"])),
        ("openai", jsonl({"messages": CHAT}, {"messages": CHAT})),
        ("openai", json.dumps([{"messages": CHAT}], indent=1).encode()),
        ("openai", json.dumps(CHAT).encode()),
        ("inspect", json.dumps({**LOG, "samples": [SAMPLE]}).encode()),
        ("inspect", packed(SAMPLE)),
    ],
    ids=[
        "claude",
        "claude-snapshot-first",
        "claude-one-line",
        "claude-damaged-first",
        "codex",
        "codex-bare",
        "openai-lines",
        "openai-list",
        "openai-messages",
        "inspect-json",
        "inspect-zip",
    ],
)
def test_a_format_is_told_by_what_is_in_the_file(name: str, data: bytes) -> None:
    assert detect(Source("x", data)) == name


def test_a_trace_is_told_by_its_packing(tmp_path: Path) -> None:
    assert detect(written(tmp_path / "t.jsonl.gz")) == "trace"
    assert len(read_file(tmp_path / "t.jsonl.gz").episodes) == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "an empty file"),
        (b" \n", "an empty file"),
        (b"hello", "of no known format; known: inspect "),
        (b'{"a": 1}', "of no known format"),
        (b"[]", "of no known format"),
        (b"3", "of no known format"),
        (b"\xff\xfe\x00", "of no known format"),
        (b"[" * 99_999, "of no known format"),
        (jsonl(user("One.")), "no conversation in a session of Claude Code"),
        (b"\x1f\x8bxx", "no conversation in a trace of git-loop: "),
    ],
    ids=["empty", "blank", "text", "object", "list", "number", "bytes", "deep", "asked", "gzip"],
)
def test_what_holds_no_conversation_is_one_clear_error(
    tmp_path: Path, data: bytes, told: str
) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(ForeignError) as caught:
        read_file(tmp_path / "f")
    assert told in str(caught.value)
    assert str(tmp_path / "f") in str(caught.value)


def test_a_format_may_be_named_and_a_typo_is_met_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(jsonl({"messages": CHAT}))
    assert len(read_file(tmp_path / "f", "openai").episodes) == 1
    with pytest.raises(ForeignError, match='codexx is no format; did you mean "codex"'):
        read_file(tmp_path / "f", "codexx")
    with pytest.raises(ForeignError, match="no conversation in a rollout of Codex CLI"):
        read_file(tmp_path / "f", "codex")


def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ForeignError, match="cannot be read: No such file"):
        read_file(tmp_path / "none")


KEYS = [
    "type",
    "role",
    "content",
    "message",
    "messages",
    "payload",
    "parts",
    "text",
    "id",
    "tool_calls",
    "function",
    "arguments",
    "output",
    "samples",
    "eval",
    "scores",
    "uuid",
    "version",
    "epoch",
    "replacement_history",
    "action",
]
WORDS = [
    "user",
    "assistant",
    "tool",
    "message",
    "text",
    "tool_use",
    "C",
    "response_item",
    "compacted",
    "function_call",
    "tool_result",
]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner | st.sampled_from(WORDS), max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(values, max_size=5), st.sampled_from(sorted(FORMATS)))
def test_no_file_however_odd_is_more_than_one_clear_error(records: list[Any], name: str) -> None:
    for data in (jsonl(*records), json.dumps(records).encode()):
        try:
            found = FORMATS[name].read(Source("odd", data))
        except LoopError:
            continue
        assert all(each.messages for each in found.episodes)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 600), st.integers(1, 255))
def test_a_log_with_a_changed_byte_is_read_or_told(at: int, change: int) -> None:
    data = bytearray(packed(SAMPLE))
    data[at % len(data)] ^= change
    try:
        found = FORMATS["inspect"].read(Source("odd", bytes(data)))
    except LoopError:
        return
    assert found.episodes or found.damaged or found.skipped
