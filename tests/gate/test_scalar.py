import math
from collections.abc import Callable

import pytest
from scipy import stats

from runner.core.score import CaseScore
from runner.gate.decide import decide
from runner.gate.errors import GateError
from runner.gate.question import Question
from runner.gate.scalar import runs, student_upper

GATE = {"kind": "scalar", "primary": "loss", "min_delta": 0.001}
NOISE = (3.28, 3.30, 3.29)


def seeds(*values: float) -> list[CaseScore]:
    return [CaseScore(case="val", rep=i, metrics={"loss": v}) for i, v in enumerate(values)]


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 30])
@pytest.mark.parametrize("t", [-2.5, 0, 0.3, 1, 4.2, 60])
def test_students_tail_agrees_with_scipy(freedom: int, t: float) -> None:
    assert student_upper(t, freedom) == pytest.approx(stats.t.sf(t, freedom), abs=1e-12)


@pytest.mark.parametrize(
    ("ours", "dev", "verdict"),
    [
        pytest.param(3.20, None, "accept", id="eight noise widths below"),
        pytest.param(3.27, None, "reject", id="within the noise"),
        pytest.param(3.27, (3.3, 3.2), "keep", id="within the noise but ahead on dev"),
        pytest.param(3.40, (3.3, 3.2), "reject", id="clearly worse"),
        pytest.param(3.29, None, "reject", id="equal"),
    ],
)
def test_one_number_must_stand_out_of_the_noise_between_seeds(
    ask: Callable[..., Question], ours: float, dev: tuple[float, float] | None, verdict: str
) -> None:
    question = ask(seeds(ours), seeds(*NOISE), gate=GATE, noise=NOISE, dev=dev)
    assert decide(question).verdict == verdict


def test_the_p_is_students_with_the_seeds_as_units(ask: Callable[..., Question]) -> None:
    decision = decide(ask(seeds(3.2, 3.22), seeds(*NOISE), gate=GATE, noise=NOISE))
    t = (3.29 - 3.21) / (0.01 * math.sqrt(1 / 2 + 1 / 3))
    assert decision.numbers is not None
    assert decision.numbers.p == pytest.approx(stats.t.sf(t, 2))
    assert decision.numbers.n == 2
    assert decision.numbers.d == 0.08


def test_a_gain_below_the_smallest_that_counts_is_rejected(ask: Callable[..., Question]) -> None:
    question = ask(seeds(3.2), seeds(*NOISE), gate=GATE | {"min_delta": 0.1}, noise=NOISE)
    assert decide(question).verdict == "reject"


@pytest.mark.parametrize("noise", [(), (3.29,)], ids=["none", "one"])
def test_without_two_reruns_there_is_no_noise_floor(
    ask: Callable[..., Question], noise: tuple[float, ...]
) -> None:
    with pytest.raises(
        GateError, match=r"at least 2 baseline re-runs .* found [01]; .* asks for 3"
    ):
        decide(ask(seeds(3.2), seeds(3.3), gate=GATE, noise=noise))


def test_identical_reruns_measure_no_noise_and_are_refused(ask: Callable[..., Question]) -> None:
    decision = decide(ask(seeds(3.2), seeds(3.3), gate=GATE, noise=(3.3, 3.3), dev=(3.3, 3.2)))
    assert decision.verdict == "reject"
    assert "no noise floor (zero width)" in decision.reason


def test_a_diverged_run_is_rejected(ask: Callable[..., Question]) -> None:
    diverged = [
        CaseScore(case="val", metrics={"loss": 1.0}).model_copy(
            update={"metrics": {"loss": math.nan}}
        )
    ]
    assert decide(ask(diverged, seeds(3.3), gate=GATE, noise=NOISE)).verdict == "reject"


def test_a_run_without_its_number_is_an_error(
    ask: Callable[..., Question], lines: Callable[..., tuple[CaseScore, ...]]
) -> None:
    question = ask(lines([1]), seeds(3.3), gate=GATE, noise=NOISE)
    assert decide(question).verdict == "error"


@pytest.mark.parametrize(("tolerance", "verdict"), [(0.05, "reject"), (0.2, "accept")])
def test_a_guards_tolerance_reads_the_point_estimate(
    ask: Callable[..., Question], tolerance: float, verdict: str
) -> None:
    ours, theirs = (
        [s.model_copy(update={"metrics": s.metrics | {"score": score}}) for s in arm]
        for arm, score in ((seeds(3.2), 0.8), (seeds(*NOISE), 0.9))
    )
    gate = GATE | {"guards": {"score": {"tolerance": tolerance}}}
    assert decide(ask(ours, theirs, gate=gate, noise=NOISE)).verdict == verdict


def test_the_plain_reason_of_a_reject_holds_no_number(ask: Callable[..., Question]) -> None:
    decision = decide(ask(seeds(3.27), seeds(*NOISE), gate=GATE, noise=NOISE))
    assert decision.reason == "no gain beyond the noise between training seeds"
    assert "from 3 baseline seeds; p = " in decision.detail


def test_equal_loss_with_a_shorter_surface_is_accepted_on_request(
    ask: Callable[..., Question],
) -> None:
    question = ask(
        seeds(3.29), seeds(3.29), gate=GATE | {"simpler": True}, noise=NOISE, surface=(9, 8)
    )
    assert decide(question).verdict == "accept"


def test_lines_of_one_repetition_belong_to_one_run() -> None:
    scores = [
        CaseScore(case=case, rep=rep, metrics={"loss": value})
        for case, rep, value in (("a", 0, 1.0), ("b", 0, 3.0), ("a", 1, 5.0), ("b", 1, 7.0))
    ]
    assert runs(scores, key="loss", on_error=0) == (2.0, 6.0)


def test_reruns_without_noise_are_refused_with_what_would_help(
    ask: Callable[..., Question],
) -> None:
    decision = decide(ask(seeds(3.2), seeds(3.3), gate=GATE, noise=(3.3, 3.3)))
    assert decision.reason == (
        "the baseline's re-runs are identical, so there is no noise floor (zero width); let the "
        "seed reach the training, or use kind: paired"
    )
