"""Feedback: what a person shipped becomes a train case, once, and never a held-out one."""

import json
from pathlib import Path

import pytest

from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of
from runner.wiring.data import open_eval
from runner.wiring.feedback import Added, FeedbackError, add, text_of

SPEC = """\
version: 1
loop: a
surface: [p.md]
make: none
check: {eval: e}
propose: {kind: reflect}
gate: {primary: agreement, min_delta: 0.01}
"""
EVAL = """\
eval: e
version: 1
checker: agreement
with: {model: {kind: scripted, script: clerk}, categorical: [kind], array: [tags]}
train: train.jsonl
heldout: [{file: held.jsonl.age}]
recipient: %s
metrics: {agreement: {direction: max}}
"""
SHIPPED = '{"kind": "disk", "tags": ["docker"]}'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    identity = new_identity()
    monkeypatch.setenv("LOOP_HELDOUT_KEY", identity)
    folder = tmp_path / "evals/e"
    folder.mkdir(parents=True)
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops/a.yaml").write_text(SPEC)
    (tmp_path / "p.md").write_text("Sort logs.\n")
    (folder / "eval.yaml").write_text(EVAL % recipient_of(identity))
    (folder / "train.jsonl").write_text(line("t1", "a full disk"))
    (folder / "held.jsonl.age").write_bytes(
        seal(line("h1", "a secret log").encode(), recipient_of(identity))
    )
    return tmp_path


def line(name: str, asked: str) -> str:
    return json.dumps({"id": name, "input": asked, "label": {"kind": "disk", "tags": []}}) + "\n"


def given(root: Path, **changes: str | None) -> Added:
    data = {"asked": "no space left", "shipped": SHIPPED, "proposed": None, "name": None}
    return add(root, "a", **(data | changes))  # type: ignore[arg-type] # all are texts or None


def test_what_was_shipped_becomes_a_train_case(root: Path) -> None:
    proposed = 'I think {"kind": "net", "tags": ["docker"]}'
    added = given(root, proposed=proposed, name="from-monday")
    assert added == Added("evals/e/feedback.jsonl", "from-monday", 0.5, 1)
    train = open_eval(root, "e").split("train")
    assert train is not None
    assert [case.id for case in train.cases] == ["t1", "from-monday"]
    assert train.cases[1].data == {
        "id": "from-monday",
        "slices": ["feedback"],
        "input": "no space left",
        "label": {"kind": "disk", "tags": ["docker"]},
        "proposed": proposed,
    }


def test_feedback_adds_up_and_nothing_is_replaced(root: Path) -> None:
    first, second = given(root), given(root, asked="timed out")
    assert (first.cases, second.cases) == (1, 2)
    assert first.case != second.case
    assert first.agreement is None
    assert (root / "evals/e/train.jsonl").read_text() == line("t1", "a full disk")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"asked": "A  full disk"}, "is case t1 of train already; a case stands in one split only"),
        ({"asked": "a secret log"}, "this input is held out; a case stands in one split only"),
        ({"asked": "  "}, "--input: empty; expected what the model was given"),
        ({"shipped": "disk"}, "--shipped: not JSON: "),
        ({"shipped": '{"kin": 1}'}, "expected one JSON object with the fields kind, tags"),
        ({"name": "t1"}, "--id: t1 is a case of train; choose another"),
    ],
    ids=["in train", "held out", "empty", "no json", "no field", "id taken"],
)
def test_what_is_no_new_case_is_refused_and_nothing_is_written(
    root: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(FeedbackError) as caught:
        given(root, **changes)
    assert message in str(caught.value)
    assert not (root / "evals/e/feedback.jsonl").exists()


def test_the_same_feedback_twice_is_refused(root: Path) -> None:
    given(root)
    with pytest.raises(FeedbackError, match="of train already"):
        given(root)


def test_an_answer_that_cannot_be_read_agrees_with_nothing(root: Path) -> None:
    assert given(root, proposed="no idea").agreement == 0.0


def test_files_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff")
    with pytest.raises(FeedbackError, match=r"--input: .*x is not UTF-8 text"):
        text_of(tmp_path / "x", flag="--input")
    with pytest.raises(FeedbackError, match=r"--shipped: .*No such file"):
        text_of(tmp_path / "y", flag="--shipped")
