import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.problem import MalformedError
from runner.evals.gold import Gold, Record, read_gold, split_gold
from runner.evals.split import read_split


def jsonl(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def record(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return {"id": name, "input": f"input of {name}", "label": {"verdict": "keep"}, **more}


def split(*records: dict[str, Any], nth: int = 4) -> Gold:
    return split_gold(
        read_gold(jsonl(*records), path="g.jsonl"), path="g.jsonl", test_every_nth=nth
    )


def ids(side: tuple[dict[str, Any], ...]) -> list[str]:
    return [case["id"] for case in side]


def test_records_come_in_file_order_with_their_lines_and_keep_what_else_they_say() -> None:
    data = b"\n" + jsonl(record("a", split="test", slices=["x"]), {**record("b"), "label": None})
    assert read_gold(data, path="g.jsonl") == (
        Record(
            id="a",
            line=2,
            input="input of a",
            label={"verdict": "keep"},
            side="heldout",
            more={"slices": ["x"]},
        ),
        Record(id="b", line=3, input="input of b", label=None, side=None, more={}),
    )


def test_a_colon_in_an_id_collides_with_nothing() -> None:
    found = read_gold(jsonl(record("a:b"), record("a__b"), record("a:c")), path="g.jsonl")
    assert [each.id for each in found] == ["a:b", "a__b", "a:c"]


def test_a_scenario_id_is_an_id_and_both_may_stand_if_they_are_equal() -> None:
    scenario = {"scenarioId": "skill:foo", "input": "x", "label": 1}
    both = {"scenarioId": "b", "id": "b", "input": "y", "label": 2}
    found = read_gold(jsonl(scenario, both), path="g.jsonl")
    assert [each.case() for each in found] == [
        {"id": "skill:foo", "input": "x", "label": 1},
        {"id": "b", "input": "y", "label": 2},
    ]


BASE = record("a")
SPLITS = "split: expected one of train, test, heldout, holdout"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "g.jsonl:1: no record; expected lines of {id, input, label}"),
        (b"\n \n", "g.jsonl:1: no record; expected lines of {id, input, label}"),
        (
            b"{\n",
            (
                "g.jsonl:1: not JSON: Expecting property name enclosed in double quotes: "
                "line 1 column 2 (char 1)"
            ),
        ),
        (b"[1]", "g.jsonl:1: expected a JSON object, got a list"),
        (b'{"id": "a", "id": "b"}', 'g.jsonl:1: not JSON: key "id" appears twice'),
        (b'{"id": "a", "x": NaN}', "g.jsonl:1: not JSON: NaN is not a finite number"),
        (
            b'{"id": "a", "input": "x", "label": 1e999}',
            "g.jsonl:1: not JSON: Out of range float values are not JSON compliant",
        ),
        (
            b'{"id": "a", "input": "\\ud800", "label": 1}',
            (
                "g.jsonl:1: not JSON: 'utf-8' codec can't encode character '\\ud800' in position "
                "19: surrogates not allowed"
            ),
        ),
        (
            b"[" * 100_000,
            (
                "g.jsonl:1: not JSON: maximum recursion depth exceeded while decoding a JSON "
                "array from a unicode string"
            ),
        ),
        (
            jsonl({"input": "x", "label": 1}),
            "g.jsonl:1: id: missing; expected a non-empty string, as id or scenarioId",
        ),
        (jsonl({**BASE, "id": 7}), "g.jsonl:1: id: expected a non-empty string, got 7"),
        (jsonl({**BASE, "id": " "}), 'g.jsonl:1: id: expected a non-empty string, got " "'),
        (
            jsonl({**BASE, "scenarioId": "b"}),
            'g.jsonl:1: id "a" and scenarioId "b" differ; keep one of them',
        ),
        (
            jsonl({**BASE, "scenarioId": None}),
            "g.jsonl:1: scenarioId: expected a non-empty string, got nothing",
        ),
        (
            jsonl({"id": "a"}),
            (
                "g.jsonl:1: input: missing; expected what is asked\n"
                "g.jsonl:1: label: missing; expected the gold verdict (null is one)"
            ),
        ),
        (
            jsonl({**BASE, "input": None}),
            "g.jsonl:1: input: expected what is asked, got nothing",
        ),
        (jsonl({**BASE, "input": "\n"}), 'g.jsonl:1: input: expected what is asked, got "\\n"'),
        (jsonl({**BASE, "split": "dev"}), f'g.jsonl:1: {SPLITS}, got "dev"'),
        (
            jsonl({**BASE, "split": "hold-out"}),
            f'g.jsonl:1: {SPLITS}, got "hold-out"; did you mean "holdout"?',
        ),
        (jsonl({**BASE, "split": ["test"]}), f"g.jsonl:1: {SPLITS}, got a list"),
        (jsonl({**BASE, "split": None}), f"g.jsonl:1: {SPLITS}, got nothing"),
        (
            jsonl(BASE, {"scenarioId": "a", "input": "other", "label": 2}),
            'g.jsonl:2: record "a" appears twice, first on line 1',
        ),
        (
            jsonl(BASE, 1, BASE, {"id": "c", "input": "x"}),
            (
                "g.jsonl:2: expected a JSON object, got 1\n"
                'g.jsonl:3: record "a" appears twice, first on line 1\n'
                "g.jsonl:4: label: missing; expected the gold verdict (null is one)"
            ),
        ),
    ],
    ids=[
        "empty",
        "blank",
        "half",
        "list",
        "key twice",
        "NaN",
        "infinite",
        "half a character",
        "deep",
        "no id",
        "number id",
        "blank id",
        "two ids",
        "null id",
        "id alone",
        "null input",
        "blank input",
        "unknown split",
        "misspelt split",
        "list split",
        "null split",
        "twice under another name",
        "all at once",
    ],
)
def test_what_is_no_gold_is_told_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(MalformedError) as told:
        read_gold(data, path="g.jsonl")
    assert str(told.value) == message


def test_every_fourth_untagged_record_is_held_out_and_tags_do_not_count() -> None:
    tagged = record("t", split="train")
    found = split(record("a"), tagged, *(record(name) for name in "bcdefgh"))
    assert (ids(found.train), ids(found.heldout)) == (["a", "t", "b", "c", "e", "f", "g"], [*"dh"])
    assert found.train[1] == {"id": "t", "input": "input of t", "label": {"verdict": "keep"}}


@pytest.mark.parametrize("word", ["test", "heldout", "holdout"])
def test_an_explicit_split_wins_over_the_stride(word: str) -> None:
    names = [record("a", split=word), record("b"), record("c"), record("d", split="train")]
    found = split(*names, record("e"))
    assert (ids(found.train), ids(found.heldout)) == (["b", "c", "d", "e"], ["a"])


def test_fifty_three_records_with_their_own_tags_split_as_tagged() -> None:
    found = split(*(record(f"skill:{n}", split="train" if n < 41 else "test") for n in range(53)))
    assert (len(found.train), len(found.heldout)) == (41, 12)


@pytest.mark.parametrize(
    ("records", "nth", "message"),
    [
        ([record("a")], 1, "g.jsonl:1: test_every_nth: expected at least 2, got 1"),
        (
            [record("a"), record("b")],
            4,
            (
                "g.jsonl:1: none of the 2 records is in heldout; give at least 4 without a split, "
                "or tag some with split: heldout"
            ),
        ),
        (
            [record("a", split="test")],
            4,
            "g.jsonl:1: none of the 1 records is in train; tag some with split: train",
        ),
        (
            [record("a", input="Is it  SAFE?"), record("b", input="is it safe?")],
            2,
            (
                'g.jsonl:2: "b" is held out and asks the same as "a" of train (line 1); '
                "give both the same split"
            ),
        ),
        (
            [record("a", input={"x": 1, "y": 2}), record("b", input={"y": 2, "x": 1})],
            2,
            (
                'g.jsonl:2: "b" is held out and asks the same as "a" of train (line 1); '
                "give both the same split"
            ),
        ),
    ],
    ids=["stride", "nothing held out", "nothing to train on", "same text", "same mapping"],
)
def test_a_split_that_cannot_be_is_refused(
    records: list[dict[str, Any]], nth: int, message: str
) -> None:
    with pytest.raises(MalformedError) as told:
        split(*records, nth=nth)
    assert str(told.value) == message


def test_the_sides_are_splits_that_the_engine_reads() -> None:
    found = split(*(record(name, slices=["x"]) for name in "abcd"))
    (case,) = read_split(jsonl(*found.heldout), path="heldout.jsonl")
    assert (case.id, case.slices) == ("d", ("x",))


@given(
    tags=st.lists(st.sampled_from(["", "train", "test"]), min_size=6, max_size=40),
    nth=st.integers(2, 6),
)
def test_a_split_loses_and_repeats_nothing_and_holds_out_every_nth(
    tags: list[str], nth: int
) -> None:
    records = [record(str(n), **({"split": tag} if tag else {})) for n, tag in enumerate(tags)]
    records += [record("train", split="train"), record("test", split="test")]
    found = split(*records, nth=nth)
    assert sorted(ids(found.train) + ids(found.heldout)) == sorted(each["id"] for each in records)
    assert len(found.heldout) == tags.count("") // nth + tags.count("test") + 1
    assert found == split(*records, nth=nth)
