"""Traces survive crashes and hold no secrets."""

import gzip
import json
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.core.redact import MASK
from runner.core.score import CaseScore
from runner.trace.error import TraceError
from runner.trace.file import MOST_BYTES, Trace, TraceWriter, read_trace, trace_name
from runner.trace.span import INPUT_TOKENS, SEED, Span, chat, message, tool, verdict_span

SPANS = tuple(Span(f"chat m{n}", {"n": n, "text": "x" * n}, 0.5) for n in range(20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case.jsonl.gz"


def write(path: Path, *spans: Span, secrets: tuple[str, ...] = ()) -> bytes:
    with TraceWriter(path, secrets=secrets) as writer:
        for span in spans:
            writer.write(span)
    return path.read_bytes()


def test_a_trace_reads_back_whole(path: Path) -> None:
    assert read_trace(write(path, *SPANS), name="t") == Trace(SPANS, whole=True)


def test_any_gzip_tool_reads_it(path: Path) -> None:
    lines = gzip.decompress(write(path, *SPANS[:2])).splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["chat m0", "chat m1"]
    assert json.loads(lines[1]) == {
        "name": "chat m1",
        "seconds": 0.5,
        "attributes": {"n": 1, "text": "x"},
    }


def test_a_file_is_named_by_its_case_whatever_the_id_holds() -> None:
    assert trace_name("t17", 2) == "86046204f9ca4228-2.jsonl.gz"
    names = {trace_name(case, 0) for case in ("a:b", "a__b", "a/b", "../a", "", "\ud800")}
    assert len(names) == 6


def test_equal_runs_write_equal_files(tmp_path: Path) -> None:
    assert write(tmp_path / "a", *SPANS) == write(tmp_path / "b", *SPANS)


def test_every_span_is_on_disk_when_write_returns(path: Path) -> None:
    writer = TraceWriter(path)
    for count, span in enumerate(SPANS, start=1):
        writer.write(span)
        assert read_trace(path.read_bytes(), name="t") == Trace(SPANS[:count], whole=False)
    writer.close()
    writer.close()
    assert read_trace(path.read_bytes(), name="t") == Trace(SPANS, whole=True)


def test_a_killed_writer_loses_nothing_it_had_written(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from runner.trace.file import TraceWriter;"
        "from runner.trace.span import Span; w = TraceWriter(Path(sys.argv[1]));"
        "w.write(Span('a')); w.write(Span('b')); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert read_trace(path.read_bytes(), name="t") == Trace((Span("a"), Span("b")), whole=False)


def test_every_cut_leaves_a_prefix(path: Path) -> None:
    data = write(path, *SPANS)
    counts = [len(read_trace(data[:end], name="t").spans) for end in range(len(data))]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(SPANS))
    for end in range(0, len(data), 7):
        found = read_trace(data[:end], name="t")
        assert found.spans == SPANS[: len(found.spans)]
        assert not found.whole


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(min_value=10), flip=st.integers(min_value=1, max_value=255))
def test_damage_never_raises_and_is_never_whole(path: Path, at: int, flip: int) -> None:
    data = bytearray(write(path, *SPANS))
    data[10 + at % (len(data) - 10)] ^= flip
    found = read_trace(bytes(data), name="t")
    assert not found.whole or found.spans == SPANS


def test_a_line_that_is_no_span_ends_the_trace() -> None:
    good = b'{"name": "a", "seconds": 0.0, "attributes": {}}\n'
    for bad in (b"[1]\n", b"null\n", b"{}\n", b"not json\n", b"\xff\n"):
        data = gzip.compress(good + bad + good)
        assert read_trace(data, name="t") == Trace((Span("a"),), whole=False)


def test_nothing_and_something_else(path: Path) -> None:
    assert read_trace(b"", name="t") == Trace((), whole=False)
    assert read_trace(write(path), name="t") == Trace((), whole=True)
    with pytest.raises(TraceError, match=r"^t is no trace: expected gzip JSON lines$"):
        read_trace(b"PK\x03\x04", name="t")


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(level=1, wbits=31)
    block = b"\0" * (16 << 20)
    data = b"".join(packer.compress(block) for _ in range(MOST_BYTES // len(block) + 1))
    with pytest.raises(TraceError, match=r"^t unpacks to more than \d+ bytes$"):
        read_trace(data + packer.flush(), name="t")


SECRET = "correct-horse-battery"


def test_secrets_are_masked_wherever_they_stand(path: Path) -> None:
    span = tool(
        "bash",
        arguments={"line": f"curl -H 'X: {SECRET}'", SECRET: [SECRET, {"deep": (SECRET,)}]},
        result=f"https://me:{'pw' * 4}@host ghp_{'a1' * 18}\nOPENAI_API_KEY=abcdefgh",
        error=SECRET,
    )
    data = gzip.decompress(write(path, span, secrets=(SECRET,))).decode()
    for secret in (SECRET, "pwpwpwpw", "ghp_a1", "abcdefgh"):
        assert secret not in data
    (found,) = read_trace(path.read_bytes(), name="t").spans
    assert found.attributes["gen_ai.tool.call.arguments"] == {
        "line": f"curl -H 'X: {MASK}'",
        MASK: [MASK, {"deep": [MASK]}],
    }


def test_a_key_block_does_not_swallow_the_rest_of_the_line(path: Path) -> None:
    span = Span("a", {"key": "-----BEGIN RSA PRIVATE KEY-----\nabc", "after": 1})
    (found,) = read_trace(write(path, span), name="t").spans
    assert found.attributes == {"key": MASK, "after": 1}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("\ud800", "?"),
        (b"\x00", "b'\\x00'"),
        (Path("/x"), "PosixPath('/x')"),
        ((1, 2), [1, 2]),
        ({1: True}, {"1": True}),
        (None, None),
        (2**70, 2**70),
    ],
    ids=repr,
)
def test_what_json_cannot_carry_does_not_stop_a_run(
    path: Path, value: object, kept: object
) -> None:
    (found,) = read_trace(write(path, Span("a", {"v": value})), name="t").spans
    assert found.attributes["v"] == kept


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
def test_json_values_read_back_as_they_were(path: Path, value: object) -> None:
    (found,) = read_trace(write(path, Span("a", {"v": value})), name="t").spans
    assert found.attributes["v"] == value


def test_names_are_opentelemetrys() -> None:
    asked = [message("system", "be brief"), message("user", "hi")]
    span = chat(
        "m-1",
        asked=asked,
        answered=[message("assistant", "hello", reasoning="greet")],
        more={INPUT_TOKENS: 7, SEED: 3},
        seconds=0.25,
    )
    assert span == Span(
        "chat m-1",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m-1",
            "gen_ai.input.messages": [
                {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
                {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
            ],
            "gen_ai.output.messages": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "greet"},
                        {"type": "text", "content": "hello"},
                    ],
                }
            ],
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.request.seed": 3,
        },
        0.25,
    )


def test_a_tool_that_worked_has_no_error() -> None:
    assert tool("read", arguments={"path": "a"}, result="text", seconds=1.5) == Span(
        "execute_tool read",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "read",
            "gen_ai.tool.call.arguments": {"path": "a"},
            "gen_ai.tool.call.result": "text",
        },
        1.5,
    )
    failed = tool("read", arguments={}, result=None, error="not_found")
    assert failed.attributes["error.type"] == "not_found"


def test_a_case_ends_with_what_the_checker_said_of_it() -> None:
    score = CaseScore(
        case="t17",
        rep=1,
        slices=("network",),
        metrics={"agreement": 2 / 3, "parsed": 1},
        cost_usd=0.002,
        tokens_in=90,
        tokens_out=12,
        seconds=0.5,
    )
    assert verdict_span(score, correction='{"retry": true}') == Span(
        "verdict",
        {
            "loop.case.id": "t17",
            "loop.case.rep": 1,
            "loop.case.scores": {"agreement": 2 / 3, "parsed": 1},
            "loop.case.failed": False,
            "loop.case.cost_usd": 0.002,
            "loop.case.tokens_in": 90,
            "loop.case.tokens_out": 12,
            "loop.case.slices": ["network"],
            "loop.case.correction": '{"retry": true}',
        },
        0.5,
    )
    broken = verdict_span(CaseScore(case="a", metrics={}, failed=True), error="timeout")
    assert broken.attributes["error.type"] == "timeout"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"cannot be written \(No such file or directory\)$"):
        TraceWriter(tmp_path / "gone" / "t")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    writer = TraceWriter(Path("/dev/full"))
    with pytest.raises(TraceError, match=r"is cut short \(No space left on device\)$"):
        writer.write(Span("a"))
    with pytest.raises(TraceError):
        writer.close()


def test_a_case_of_three_spans_costs_far_less_than_a_model(tmp_path: Path) -> None:
    skill = "".join(f'- If the log says "sign {n}", category is disk.\n' for n in range(60))
    took = []
    for number in range(50):
        spans = (
            chat(
                "m",
                asked=[message("system", skill), message("user", f"case {number}\n" * 200)],
                answered=[message("assistant", '{"category": "disk"}', reasoning="sign 3")],
            ),
            tool("bash", arguments={"line": "ls"}, result="total 0"),
            verdict_span(CaseScore(case=f"t{number}", metrics={"agreement": 1})),
        )
        began = time.perf_counter()
        write(tmp_path / trace_name(f"t{number}", 0), *spans, secrets=("sk-known-to-be-one",))
        took.append(time.perf_counter() - began)
    assert sorted(took)[25] < 0.002  # 150 us on an idle machine; 3.6 ms before it was made fast
