import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from runner.spec.schema import _walk, schema

ROOT = Path(__file__).parents[2]
EXAMPLE = """
version: 1
loop: kompress
description: Compress tool output without losing a must-keep token.
skill: kompress
surface: []
make: {kind: token_compressor, with: {base: scratch, method: silver}, attempts: 1}
check: {eval: kompress}
propose: {kind: queue}
hypotheses:
  - {id: self-label, line: labels, why: spans, with: {method: self_label}}
  - {id: vote, line: inference, why: other, with: {ensemble: {members: [1, 2], keep_if: 2}}}
skip: [{id: larger-base, why: no gain in two iterations, source: 12}]
gate: {kind: paired, primary: exact_at_budget@dense, min_delta: 0.005, worth: 0.05,
       guards: {keep_rate@natural: {max: 0.70}, content_f1@natural: {tolerance: 0.01}}}
stop: {patience: 3, target: {exact_pct@blind: {min: 0.96}, override_delta@dense: {max: 0}}}
budget: {usd: 5.90, usd_per_hour: 0.38}
isolation: {min: open}
publish: {base: main, heldout: claimed, reviewers: [], notify: []}
seed: 17
"""
FOREIGN = {
    "version": 1,
    "loop": "tiny",
    "make": {"command": ["python", "train.py"], "network": ["hf.co"]},
    "check": {"command": ["python", "eval.py"], "network": "all"},
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema())
    Draft202012Validator.check_schema(found)
    return found


def faults(told: dict[str, Any], value: object) -> list[str]:
    return [error.message for error in Draft202012Validator(told).iter_errors(value)]


def test_the_file_that_editors_read_is_current() -> None:
    path = ROOT / "loops" / "loop.schema.json"
    assert path.read_text(encoding="utf-8") == schema(), "run: git-loop schema > " + str(path)


def test_the_designs_example_and_the_smallest_loop_are_accepted(told: dict[str, Any]) -> None:
    assert faults(told, yaml.safe_load(EXAMPLE)) == []
    assert faults(told, FOREIGN) == []
    assert faults(told, FOREIGN | {"make": "none"}) == []


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "loops").glob("*.yaml")))
def test_every_shipped_spec_is_accepted(told: dict[str, Any], name: str) -> None:
    text = (ROOT / "loops" / name).read_text(encoding="utf-8")
    assert faults(told, yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"zzz": 1},
        {"loop": "Big"},
        {"make": {"command": ["x"], "kind": "y"}},
        {"check": {}},
        {"stop": {"patience": "3"}},
        {"gate": {"guards": {"Not A Metric": {"max": 1}}}},
        {"gate": {"kind": "pared"}},
    ],
    ids=["key", "name", "both branches", "no branch", "type", "metric", "word"],
)
def test_what_the_loader_refuses_is_marked_in_the_editor(
    told: dict[str, Any], change: dict[str, object]
) -> None:
    assert faults(told, FOREIGN | change)


def test_editors_show_what_a_field_means(told: dict[str, Any]) -> None:
    assert told["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    gate = told["$defs"]["Gate"]
    assert gate["description"] == "How a candidate is decided upon."
    assert gate["properties"]["worth"]["description"] == (
        "Gain that would be worth more cases; used by the stop rule `underpowered`."
    )
    assert "title" not in gate["properties"]["worth"]
    assert "with" in told["$defs"]["PlugInMake"]["properties"]
    kind = told["$defs"]["Propose"]["properties"]["kind"]["description"]
    assert kind == " ".join(kind.split())


def test_a_mapping_among_choices_refuses_the_keys_that_its_pattern_does_not_name() -> None:
    part = {"anyOf": [{"title": "A", "patternProperties": {"^a$": {}}}, {"type": "null"}]}
    _walk(part)
    assert part == {
        "anyOf": [
            {"patternProperties": {"^a$": {}}, "additionalProperties": False},
            {"type": "null"},
        ]
    }
