"""Every method end to end, in two steps each."""

import hashlib
from pathlib import Path
from typing import Any, get_args

import pytest

from runner.compression.domain import classify
from runner.compression.model import load
from runner.compression.options import ROUTED, read_options
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.label.domain_workers import label_by_domain
from runner.makers.token_compressor.label.portion import Portion, Rule, label
from runner.makers.token_compressor.label.silver import fit_teacher
from runner.makers.token_compressor.maker import METHODS
from runner.makers.token_compressor.method.self_label import teacher_ranks
from runner.makers.token_compressor.params import Method, Workers
from runner.makers.token_compressor.text import read_texts

pytestmark = pytest.mark.slow
Making = Any  # the fixture's callable
WEIGHTS = "model.safetensors"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_method_that_can_be_named_is_there() -> None:
    assert sorted(METHODS) == sorted(get_args(Method))


def test_self_label_until_shows_every_pass(tmp_path: Path, making: Making) -> None:
    making("silver")
    until = {"mk_in_ref": 1.0, "passes": 2, "ratio": 1}
    made = making("own", parent="silver", method="self_label_until", until=until)
    figures = made.figures
    assert figures["passes"] in {1, 2}
    for number in range(1, int(figures["passes"]) + 1):
        before, after = (
            float(figures[f"pass_{number}_lexed_in_ref{end}"]) for end in ("", "_mended")
        )
        assert 0 <= before <= 1
        assert 0 <= after <= 1
    assert float(figures["pass_1_lexed_in_ref"]) < 1.0
    assert int(figures["pass_1_forced"]) > 0
    assert float(figures["pass_1_lexed_in_ref"]) < float(figures["pass_1_lexed_in_ref_mended"])
    assert float(figures["dev_keep_rate"]) <= 0.66
    assert {"lexed_in_ref_log", "lexed_in_ref_json", "mk_in_ref"} <= set(figures)
    load(tmp_path / "own")


def test_a_satisfied_evaluator_ends_after_one_pass(making: Making) -> None:
    making("silver")
    made = making("own", parent="silver", method="self_label_until", label_override="span")
    assert made.figures["passes"] == 1
    assert made.figures["pass_1_lexed_in_ref"] == 1.0
    assert made.figures["pass_1_forced"] == 0


def test_workers_label_each_domain_as_one_process_would(tmp_path: Path, making: Making) -> None:
    making("silver")
    texts = read_texts(tmp_path / "train.jsonl")
    workers = Workers(thresholds={"code": 0.2}, processes=1)
    silver = teacher_ranks(fit_teacher([text.text for text in texts]), texts)
    whole = Portion(folder=tmp_path / "silver", texts=tuple(texts), silver=silver, rule=Rule())
    found = label_by_domain(whole, workers)
    model = load(tmp_path / "silver")
    for domain in ("code", "log", "json", "prose"):
        places = [n for n, text in enumerate(texts) if classify(text.text) == domain]
        assert places
        rule = Rule(threshold=workers.threshold(domain))
        alone = label(model, [texts[n] for n in places], [whole.silver[n] for n in places], rule)
        assert [found[n] for n in places] == alone


def test_workers_label_every_pass_of_the_evaluator(making: Making) -> None:
    making("silver")
    made = making(
        "own",
        parent="silver",
        method="self_label_until",
        workers={"processes": 1},
        until={"passes": 2, "mk_in_ref": 1.0},
    )
    assert int(made.figures["passes"]) >= 1


def test_distill_learns_from_a_row_or_a_folder(tmp_path: Path, making: Making) -> None:
    making("large", threshold=0.3)
    small = {"method": "distill", "distill_from": 4, "with_dev": False}
    made = making("small", refs={"row-4": "large"}, **small)
    assert read_options(tmp_path / "small").threshold == 0.3
    assert made.refs == {}
    again = making("same", refs={"folder": "large"}, method="distill", distill_from="models/x")
    assert again.figures["final_loss"] == made.figures["final_loss"]
    with pytest.raises(TokenCompressorError, match="the request has no row-4, which the param"):
        making("none", method="distill", distill_from=4)


@pytest.mark.parametrize("method", ["self_label", "distill"])
def test_what_learns_scores_keeps_at_most_the_cap_of_dev(making: Making, method: str) -> None:
    making("large")
    more = {"distill_from": 4} if method == "distill" else {}
    refs = {"row-4": "large"} if method == "distill" else None
    parent = None if method == "distill" else "large"
    made = making("own", parent=parent, refs=refs, method=method, **more)
    assert float(made.figures["dev_keep_rate"]) <= 0.66


def test_what_labels_by_a_model_learns_from_variants_and_a_smoke_makes_none(
    making: Making,
) -> None:
    making("silver")
    own = {"parent": "silver", "method": "self_label"}
    assert making("two", **own).figures["variants"] == 2 * 16
    assert making("one", **own, variants=1).figures["variants"] == 16
    assert making("none", **own, variants=0).figures["variants"] == 0
    assert making("smoke", **own, smoke=True).figures["variants"] == 0
    small = {"refs": {"row-4": "silver"}, "method": "distill", "distill_from": 4}
    assert making("small", **small, variants=2).figures["variants"] == 2 * 16
    assert making("quick", **small, smoke=True).figures["variants"] == 0


def test_variants_change_what_is_learned_and_not_the_figures_of_the_labels(
    making: Making,
) -> None:
    making("silver")
    own = {"parent": "silver", "method": "self_label"}
    some, none = (
        making("some", **own, variants=2).figures,
        making("none", **own, variants=0).figures,
    )
    assert some["final_loss"] != none["final_loss"]
    for name in ("texts", "label_keep_rate", "mk_in_ref"):
        assert some[name] == none[name]


def test_inference_keeps_the_weights_and_changes_the_options(
    tmp_path: Path, making: Making
) -> None:
    making("silver", threshold=0.4)
    making("routed", parent="silver", method="inference", domains="routed", override="span")
    options = read_options(tmp_path / "routed")
    assert (options.threshold, options.override) == (0.4, "span")
    assert options.domains == ROUTED
    assert digest(tmp_path / "routed" / WEIGHTS) == digest(tmp_path / "silver" / WEIGHTS)
    making("plain", parent="routed", method="inference", threshold=0.2)
    plain = read_options(tmp_path / "plain")
    assert (plain.threshold, plain.override, plain.domains) == (0.2, "span", {})


def test_calibrated_budgets_are_stored_by_domain(tmp_path: Path, making: Making) -> None:
    making("silver")
    made = making("best", parent="silver", method="inference", domains="calibrated")
    domains = read_options(tmp_path / "best").domains
    assert domains
    assert {f"budget_{name}": each.budget for name, each in domains.items()} == made.figures


def test_an_ensemble_as_parent_lends_its_vote_and_its_best_members_weights(
    tmp_path: Path, making: Making
) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        making(name, seed=seed)
    vote = {"members": [1, 2], "keep_if": 2, "floor": "off"}
    making("both", refs={"row-1": "one", "row-2": "two"}, ensemble=vote, threshold=0.5)
    members = tmp_path / "both" / "members"
    members.mkdir()
    for role, name in (("row-1", "one"), ("row-2", "two")):
        (members / role).symlink_to(tmp_path / name)
    made = making("other", parent="both", method="inference", threshold=0.2)
    assert made.refs == {"row-1": "parent-row-1", "row-2": "parent-row-2"}
    assert read_options(tmp_path / "other").ensemble == read_options(tmp_path / "both").ensemble
    trained = making("next", parent="both", method="self_label")
    assert trained.refs == {}
    assert read_options(tmp_path / "next").ensemble is None


@pytest.mark.parametrize("method", ["self_label", "self_label_until", "inference"])
def test_what_goes_on_from_the_parent_needs_one(making: Making, method: str) -> None:
    more = {"threshold": 0.2} if method == "inference" else {}
    with pytest.raises(TokenCompressorError, match=f"^{method} starts from the working parent"):
        making("x", method=method, **more)
