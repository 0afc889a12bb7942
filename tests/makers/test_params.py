"""What `make.with` may say together, told in one clear line where it may not."""

from typing import Any

import pytest

from runner.core.build import MisfitError, build
from runner.makers.token_compressor.params import Params, needs

VOTE = {"members": [1, 2], "keep_if": 2}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an ensemble that would train": (
        {"method": "self_label", "ensemble": VOTE},
        "ensemble trains nothing, so method self_label would never run; say method: inference",
    ),
    "more votes than members": (
        {"ensemble": {"members": [1, 2], "keep_if": 3}},
        "ensemble: keep_if is 3, but there are 2 votes",
    ),
    "a row twice": (
        {"ensemble": {"members": [1, 1], "keep_if": 1}},
        "ensemble: a row is named twice; each has one vote",
    ),
    "a row below 0": (
        {"ensemble": {"members": [-1], "keep_if": 1}},
        "ensemble.members[0]: expected a number >= 0, got -1",
    ),
    "nothing to change": (
        {"method": "inference"},
        "method inference changes nothing; give threshold, override, domains, export or ensemble",
    ),
    "no teacher": (
        {"method": "distill"},
        "method distill needs distill_from: a row's number or a folder of the repository",
    ),
    "a teacher for nobody": (
        {"distill_from": 3},
        "distill_from is never used: method is silver",
    ),
    "a teacher outside": (
        {"method": "distill", "distill_from": "../models"},
        'distill_from: expected a path inside the repository, got "../models"',
    ),
    "a teacher that knows the answers": (
        {"method": "distill", "distill_from": "evals/kompress"},
        "distill_from: no maker may read evals/kompress",
    ),
    "an evaluator for nobody": (
        {"method": "self_label", "until": {"passes": 2}},
        "until is never used: method is self_label",
    ),
    "an override for nobody": (
        {"label_override": "on"},
        "label_override is never used: method is silver",
    ),
    "two things for nobody": (
        {"label_override": "on", "workers": {"processes": 2}},
        "label_override is never used: method is silver; workers is never used: method is silver",
    ),
    "workers without a model": (
        {"method": "silver", "workers": {"processes": 2}},
        "workers is never used: method is silver",
    ),
    "two ways to decide": (
        {"threshold": 0.4, "domains": "routed"},
        "threshold is never used: domains are decided by their own",
    ),
    "a cap for nobody": (
        {"threshold": 0.4, "keep_cap": 0.6},
        "keep_cap is never used: threshold is not auto",
    ),
    "a floor for nobody": (
        {"domains": "routed", "domain_exact": 0.9},
        "domain_exact is never used: domains is not calibrated",
    ),
    "an unknown domain": (
        {"domains": {"html": {"threshold": 0.3}}},
        'domains.html: expected one of code, log, json, prose, other, got "html"',
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_nonsense_is_refused_in_one_line(name: str) -> None:
    data, message = BAD[name]
    with pytest.raises(MisfitError) as raised:
        build(Params, data)
    assert str(raised.value).removeprefix(": ") == message


def test_parameters_name_rows_and_folders_by_role() -> None:
    vote = needs(build(Params, {"ensemble": VOTE}))
    assert (vote.rows, vote.folders) == ({"row-1": 1, "row-2": 2}, {})
    taught = needs(build(Params, {"method": "distill", "distill_from": 0}))
    assert (taught.rows, taught.folders) == ({"row-0": 0}, {})
    folder = needs(build(Params, {"method": "distill", "distill_from": "models/large"}))
    assert (folder.rows, folder.folders) == ({}, {"folder": "models/large"})
    assert needs(Params()).rows == {}


def test_the_defaults_are_those_of_the_post() -> None:
    until = Params().until
    assert (until.mk_in_ref, until.force_below, until.ratio) == (0.9, 0.8, 1.2)
    workers = build(Params, {"method": "self_label", "workers": {}}).workers
    assert workers is not None
    table = {name: workers.threshold(name) for name in ("code", "log", "json", "prose")}
    assert table == {"code": 0.35, "log": 0.45, "json": 0.45, "prose": 0.55}


def test_a_worker_may_have_another_threshold() -> None:
    data = {"method": "self_label", "workers": {"thresholds": {"code": 0.2}}}
    workers = build(Params, data).workers
    assert workers is not None
    assert (workers.threshold("code"), workers.threshold("log")) == (0.2, 0.45)
