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


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"shipped": '{"kind": NaN}'}, "--shipped: not JSON"),
        ({"shipped": '{"kind": "\\ud800"}'}, "--shipped: not JSON"),
        ({"shipped": '{"kind": 1e999}'}, "--shipped: not JSON"),
        ({"shipped": '{"tags": "docker"}'}, "label.tags: expected a list"),
        ({"name": " "}, "--id: expected printable"),
        ({"name": "\udcff"}, "--id: expected printable"),
    ],
    ids=["NaN", "half a character", "infinite", "no list", "blank id", "odd id"],
)
def test_what_no_case_can_hold_is_refused_and_nothing_written(
    root: Path, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(FeedbackError, match=told):
        given(root, **changes)
    assert not (root / "evals/e/feedback.jsonl").exists()


def test_a_file_that_ends_within_a_line_keeps_its_cases_apart(root: Path) -> None:
    path = root / "evals/e/feedback.jsonl"
    path.write_text(line("by-hand", "a lost disk").rstrip("\n"))
    assert given(root).cases == 2
    assert [json.loads(each)["input"] for each in path.read_text().splitlines()] == [
        "a lost disk",
        "no space left",
    ]


def test_a_checker_that_compares_no_labels_takes_no_feedback(root: Path) -> None:
    path = root / "evals/e/eval.yaml"
    model = "{kind: scripted, script: clerk}"
    text = path.read_text().replace("checker: agreement", "checker: judge")
    text = text.replace(
        f"with: {{model: {model}, categorical: [kind], array: [tags]}}",
        f"with: {{model: {model}, judge: {model}, criterion: shorter}}",
    )
    path.write_text(text.replace("agreement: {direction", "win: {direction"))
    (root / "loops/a.yaml").write_text(SPEC.replace("primary: agreement", "primary: win"))
    with pytest.raises(FeedbackError, match="checker judge compares no answer with a label"):
        given(root)


def test_without_the_key_it_is_told_that_held_out_cases_were_not_compared(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert given(root, asked="once").closed == ()
    monkeypatch.delenv("LOOP_HELDOUT_KEY")
    assert given(root, asked="a secret log").closed == ("heldout 0",)
