"""Traces of a row as inspect_ai has them, read back by inspect_ai."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from runner.core.row import EvalRef, Host, Isolation, Row
from runner.core.score import CaseScore
from runner.iteration.folder import RunFolder
from runner.iteration.trace import Shelf, keep_traces
from runner.seal.key import new_identity, recipient_of
from runner.store.store import Store
from runner.trace.file import TraceWriter, trace_name
from runner.trace.index import Split
from runner.trace.span import (
    FINISH_REASONS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    Span,
    chat,
    message,
    tool,
    verdict_span,
)
from runner.wiring.trace import Traces
from runner.wiring.trace_export import ExportError, export

KEY = new_identity()
ROW = Row(
    number=3,
    kind="iteration",
    run="a" * 64,
    prev="b" * 64,
    spec="c" * 64,
    reset_digest="d" * 64,
    eval=EvalRef(id="triage", version=2, heldout="e" * 64),
    code="f" * 40,
    line="main",
    seed=1,
    verdict="accept",
    reason="",
    isolation=Isolation(level="open", probe=""),
    host=Host(device="", versions={}),
    started="2026-03-01T12:00:00+00:00",
    finished="2026-03-01T12:10:00+00:00",
)
CALLING = {
    "role": "assistant",
    "parts": [{"type": "tool_call", "id": "1", "name": "ls", "arguments": {"path": "."}}],
}
CAME = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "a b"}]}
ASKED = [message("system", "be brief"), message("user", "why?")]
TALK = (
    chat("clerk", asked=ASKED, answered=[CALLING], more={FINISH_REASONS: ["tool_calls"]}),
    tool("ls", arguments={"path": "."}, result="a b"),
    chat(
        "clerk",
        asked=[*ASKED, CALLING, CAME],
        answered=[message("assistant", "disk", reasoning="it is full")],
        more={INPUT_TOKENS: 90, OUTPUT_TOKENS: 12, FINISH_REASONS: ["length"]},
        seconds=0.5,
    ),
    verdict_span(
        CaseScore(
            case="t17",
            metrics={"agreement": 0.25, "parsed": 1},
            slices=("disk",),
            seconds=2,
            cost_usd=0.25,
        ),
        correction="network",
    ),
)
ODD = (
    Span(
        "chat x",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": "just text",
            "gen_ai.output.messages": [{"role": "robot", "parts": [{"type": "image"}]}],
            "gen_ai.usage.input_tokens": "many",
        },
    ),
    verdict_span(CaseScore(case="t18", metrics={"agreement": 0.75, "parsed": 0}, failed=True)),
)


def traces_of(top: Path, *kept: tuple[Span, ...], split: Split = "dev") -> Traces:
    folder = top / "traces"
    folder.mkdir(parents=True)
    for count, each in enumerate(kept):
        with TraceWriter(folder / trace_name(str(count), 0)) as writer:
            for span in each:
                writer.write(span)
    run, store = RunFolder(top / "run"), Store(top / "store")
    run.create()
    shelf = Shelf(store, run, recipient_of(KEY))
    pack = keep_traces(shelf, [folder], arm="dev/attempt-1", split=split, candidate="9" * 64)
    assert pack is not None
    return Traces("triage", ROW, store, (pack,), (), KEY)


INSPECTED = pytest.mark.skipif(
    find_spec("inspect_ai") is None,
    reason="inspect_ai has an environment of its own; make test runs this module there, too",
)


@pytest.fixture
def log(tmp_path: Path) -> Any:  # noqa: ANN401 - inspect_ai's, which mypy does not follow
    from inspect_ai.log import read_eval_log  # noqa: PLC0415 - three seconds

    into = tmp_path / "row.eval"
    assert export(traces_of(tmp_path, TALK, ODD), into) == 2
    return read_eval_log(str(into))


@INSPECTED
@pytest.mark.slow
def test_inspect_reads_back_what_was_kept(log: Any) -> None:  # noqa: ANN401 - as above
    assert (log.status, log.eval.task, log.eval.model) == (
        "success",
        "triage/dev/attempt-1",
        "clerk",
    )
    assert (log.eval.dataset.name, log.eval.dataset.sample_ids) == ("triage/dev", ["t17", "t18"])
    assert log.eval.created == ROW.started
    assert log.eval.metadata == {
        "loop": "triage",
        "row": 3,
        "arm": "dev/attempt-1",
        "loop.case.split": "dev",
        "candidate": "9" * 64,
        "verdict": "accept",
    }
    means = {score.name: score.metrics["mean"].value for score in log.results.scores}
    assert means == {"agreement": 0.5, "parsed": 0.5}
    sample = log.samples[0]
    assert (sample.id, sample.epoch, sample.target) == ("t17", 1, "network")
    assert [each.role for each in sample.input] == ["system", "user"]
    assert [(each.role, each.text) for each in sample.messages] == [
        ("system", "be brief"),
        ("user", "why?"),
        ("assistant", ""),
        ("tool", "a b"),
        ("assistant", "disk"),
    ]
    (call,) = sample.messages[2].tool_calls
    assert (call.id, call.function, call.arguments) == ("1", "ls", {"path": "."})
    assert sample.messages[3].tool_call_id == "1"
    assert sample.messages[4].content[0].reasoning == "it is full"
    assert (sample.output.completion, sample.output.stop_reason) == ("disk", "max_tokens")
    assert (sample.output.usage.input_tokens, sample.output.usage.output_tokens) == (90, 12)
    assert {name: (each.value, each.answer) for name, each in sample.scores.items()} == {
        "agreement": (0.25, "disk"),
        "parsed": (1.0, "disk"),
    }
    assert sample.total_time == 2
    assert sample.metadata["loop.case.cost_usd"] == 0.25
    assert sample.metadata["loop.case.slices"] == ["disk"]
    assert [span["name"] for span in sample.metadata["spans"]] == ["execute_tool ls"]
    assert sample.model_usage["clerk"].total_tokens == 102


@INSPECTED
@pytest.mark.slow
def test_what_is_in_no_known_shape_is_exported_as_text(log: Any) -> None:  # noqa: ANN401 - as above
    sample = log.samples[1]
    assert [(each.role, each.text) for each in sample.messages] == [
        ("user", "just text"),
        ("user", '{"type": "image"}'),
    ]
    assert sample.metadata["failed"] is True
    assert sample.model_usage["unknown"].total_tokens == 0


@INSPECTED
@pytest.mark.slow
def test_json_is_the_other_format_and_equal_traces_give_equal_logs(tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log  # noqa: PLC0415 - three seconds

    for name in ("a", "b"):
        export(traces_of(tmp_path / name, TALK), tmp_path / f"{name}.json")
    first, second = ((tmp_path / f"{name}.json").read_bytes() for name in ("a", "b"))
    assert first == second
    assert len(read_eval_log(str(tmp_path / "a.json")).samples) == 1


@INSPECTED
@pytest.mark.slow
def test_sealed_traces_are_exported_with_the_key(tmp_path: Path) -> None:
    into = tmp_path / "h.json"
    assert export(traces_of(tmp_path, TALK, split="heldout"), into) == 1
    assert '"heldout"' in into.read_text()


def test_one_clear_error_where_a_log_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traces = traces_of(tmp_path, TALK)
    (pack,) = traces.packs
    twice = Traces("triage", ROW, traces.store, (pack, pack))
    with pytest.raises(ExportError, match=r"^a log holds one arm, and triage 3 has dev"):
        export(twice, tmp_path / "x.json")
    with pytest.raises(ExportError, match=r"x.txt: expected a file name that ends in .eval or .j"):
        export(traces, tmp_path / "x.txt")
    (tmp_path / "x.json").touch()
    with pytest.raises(ExportError, match=r"x.json is there already; name a new file$"):
        export(traces, tmp_path / "x.json")
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(ExportError, match=r"^trace export needs inspect_ai; install the ext"):
        export(traces, tmp_path / "y.json")
