"""What is sent to a task model, how, and which model it is."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message
from runner.core.frozen import Frozen
from runner.lm.params import Endpoint, Local, Model, Prices, Scripted
from runner.lm.task.decoding import Repeatable, drawn, in_flight
from runner.lm.task.identity import identity
from runner.lm.task.prompt import asked, encodable, said
from runner.lm.task.trace import Traces, trace_name
from runner.trace.file import read_trace
from runner.trace.span import Span

SCRIPT = Scripted(kind="scripted", script="rules.yaml")
ENDPOINT = Endpoint(kind="endpoint", name="m", base_url="https://api.example/v1")


def test_a_text_is_asked_as_it_is_and_anything_else_as_indented_json() -> None:
    assert said(' "quoted"\n') == ' "quoted"\n'
    assert said({"é": [1]}) == '{\n "é": [\n  1\n ]\n}'


def test_without_instructions_there_is_no_system_message() -> None:
    assert asked("", "q", decoding=Decoding()) == ChatRequest(
        messages=(Message(role="user", content="q"),)
    )


def test_only_half_characters_of_an_answer_are_replaced() -> None:
    fine = ChatResponse(text="é\U0001f600", reasoning="ok")
    assert encodable(fine) is fine
    assert encodable(ChatResponse(text="a\ud83d", reasoning="b")) == ChatResponse(
        text="a?", reasoning="b"
    )


def test_a_draw_depends_on_the_seed_and_a_greedy_answer_does_not() -> None:
    assert drawn(Decoding(temperature=0.5, seed=3), 4) == Decoding(temperature=0.5, seed=7)
    assert drawn(Decoding(seed=3), 4) == Decoding(seed=3)
    assert drawn(Decoding(), 4) == Decoding()


class Declared(Frozen):
    decoding: Repeatable


def test_a_draw_without_a_seed_is_refused_where_answers_must_repeat() -> None:
    with pytest.raises(ValidationError, match="needs a seed; answers must repeat"):
        Declared(decoding=Decoding(temperature=0.1))
    assert Declared(decoding=Decoding(temperature=0.1, seed=0)).decoding.seed == 0


def test_an_endpoint_says_how_many_requests_go_out_at_once() -> None:
    assert [in_flight(ENDPOINT, each) for each in (None, 3)] == [16, 3]
    assert [in_flight(SCRIPT, each) for each in (None, 3)] == [1, 3]


@pytest.mark.parametrize(
    "more",
    [{"prices": Prices(input=1, output=2)}, {"key": None}, {"retries": 1}, {"concurrency": 2}],
    ids=["prices", "key", "retries", "concurrency"],
)
def test_what_changes_no_answer_is_no_part_of_a_models_identity(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    other = ENDPOINT.model_copy(update=more)
    assert identity(other, folder=tmp_path) == identity(ENDPOINT, folder=tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        ENDPOINT.model_copy(update={"name": "n"}),
        ENDPOINT.model_copy(update={"base_url": "https://other.example/v1"}),
        Local(kind="local", folder="m"),
        SCRIPT,
        Scripted(kind="scripted", script="clerk"),
    ],
    ids=["name", "address", "local", "rules", "built in"],
)
def test_models_that_may_answer_otherwise_are_told_apart(tmp_path: Path, other: Model) -> None:
    assert identity(other, folder=tmp_path) != identity(ENDPOINT, folder=tmp_path)


def test_a_script_is_known_by_its_rules_and_its_parameters(tmp_path: Path) -> None:
    bare = identity(SCRIPT, folder=tmp_path)
    (tmp_path / "rules.yaml").write_text("rules: []")
    one = identity(SCRIPT, folder=tmp_path)
    (tmp_path / "rules.yaml").write_text("rules: [ ]")
    assert len({str(each) for each in (bare, one, identity(SCRIPT, folder=tmp_path))}) == 3
    declared = {"kind": "scripted", "script": "clerk"}
    clerks = [Scripted.model_validate({**declared, "with": {"slip": n}}) for n in (1, 2)]
    first, second = (identity(each, folder=tmp_path) for each in clerks)
    assert first != second
    assert len(first["digest"]) == 64


def test_any_id_makes_a_safe_file_name_and_no_two_the_same(tmp_path: Path) -> None:
    traces = Traces(tmp_path, ["hunter2"])
    for case in ("../a", "a/b", "a:b", "a__b"):
        traces.write(case, [Span("say", {"case": case, "key": "hunter2"})])
    traces.write("a:b", [Span("again")], rep=1)
    assert len(list(tmp_path.iterdir())) == 5
    (span,) = read_trace((tmp_path / trace_name("../a", 0)).read_bytes(), name="t").spans
    assert span.attributes == {"case": "../a", "key": "[redacted]"}


def test_without_a_folder_no_trace_is_written(tmp_path: Path) -> None:
    Traces(None).write("a", [Span("say")])
    assert list(tmp_path.iterdir()) == []
