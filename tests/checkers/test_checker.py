import subprocess
import sys
from pathlib import Path

import pytest

from runner.checkers.must_keep.checker import check, controls
from runner.checkers.must_keep.errors import MustKeepError
from runner.checkers.must_keep.params import Params
from runner.compression.case import case_bytes
from runner.core.request import CheckRequest

# units: wait for job_7 then 3 more of it now ok - lexed: job_7 and 3
CASE: dict[str, object] = {
    "id": "one",
    "text": "wait for job_7 then 3 more of it now ok",
    "must": [[9, 14, "name"], [37, 39, "quantifier"]],
    "domain": "log",
    "slices": ["natural"],
    "source": "s",
    "reference": [[0, 4]],
}


def request(tmp_path: Path, *names: str, seed: int = 0) -> CheckRequest:
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(case_bytes(CASE))
    return CheckRequest(
        kind="must_keep",
        params={},
        cases=cases,
        out=tmp_path / "out.jsonl",
        controls=names,
        seed=seed,
    )


def test_keep_all_loses_nothing_and_is_a_truncation_at_a_budget(tmp_path: Path) -> None:
    (score,) = controls(request(tmp_path, "keep_all"), Params())["keep_all"]
    assert (score.case, score.slices) == ("one", ("natural",))
    assert score.metrics == {
        "exact_pct": 1.0,
        "all_kept": 1.0,
        "keep_rate": 1.0,
        "exact_at_budget": 0.5,
        "exact_at_budget_50": 0.5,
        "exact_at_budget_60": 0.5,
        "exact_at_budget_80": 0.5,
        "content_f1": pytest.approx(2 / 9),
        "override_delta": 0.0,
        "lift": 0.0,
        "answerable": 1.0,
        "calibration_error": pytest.approx(1 - 3 / 10),
        "seed_exact_pct": 1.0,
    }


def test_regex_only_is_perfect_by_the_posts_metric_and_blind_to_other_spans(tmp_path: Path) -> None:
    (score,) = controls(request(tmp_path, "regex_only"), Params())["regex_only"]
    assert score.metrics["seed_exact_pct"] == 1.0
    assert score.metrics["exact_pct"] == 0.5
    assert score.metrics["keep_rate"] == 0.2
    assert score.metrics["content_f1"] == 0.0
    assert score.metrics["answerable"] == 0.5
    # 2 units scored 1, one of them worth keeping; 8 scored 0, two of them worth keeping
    assert score.metrics["calibration_error"] == pytest.approx((2 * 0.5 + 8 * 0.25) / 10)
    assert score.metrics["override_delta"] == 0.0
    assert score.metrics["lift"] == pytest.approx(0.5 - 0.2)


def test_random_keeps_seven_tenths_and_repeats_for_a_seed(tmp_path: Path) -> None:
    first = controls(request(tmp_path, "random", seed=5), Params())
    assert first == controls(request(tmp_path, "random", seed=5), Params())
    (score,) = first["random"]
    assert score.metrics["keep_rate"] == 0.7
    assert score.metrics["lift"] == pytest.approx(score.metrics["exact_pct"] - 0.7)


def test_only_the_controls_that_were_asked_for_are_scored(tmp_path: Path) -> None:
    assert list(controls(request(tmp_path, "random", "keep_all"), Params())) == [
        "random",
        "keep_all",
    ]


def test_an_unknown_control_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MustKeepError, match="'gold' is unknown; must_keep has keep_all, random"):
        controls(request(tmp_path, "gold"), Params())


def test_a_check_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MustKeepError, match="names no model"):
        next(check(request(tmp_path), Params()))


def test_budgets_of_the_reports_name_their_metrics(tmp_path: Path) -> None:
    (score,) = controls(request(tmp_path, "keep_all"), Params(reports=(0.9,)))["keep_all"]
    assert [name for name in score.metrics if name.startswith("exact_at_budget")] == [
        "exact_at_budget",
        "exact_at_budget_90",
    ]


def test_params_and_controls_import_no_torch() -> None:
    modules = [
        "runner.checkers.must_keep.checker",
        "runner.checkers.must_keep.generate",
        "runner.makers.token_compressor.params",
    ]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
