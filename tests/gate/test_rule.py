import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.gate.rule import Finding, outcome

PASSING = {"d": 0.1, "gain": 0.01, "loss": 0.99, "ahead": True, "guarded": True}


def test_a_guarded_significant_gain_is_accepted() -> None:
    assert outcome(Finding(**PASSING), alpha=0.02, min_delta=0.05) == "accept"  # type: ignore[arg-type]


@pytest.mark.parametrize("names", [("d",), ("gain",), ("d", "gain"), ("d", "gain", "loss")])
def test_nan_never_accepts(names: tuple[str, ...]) -> None:
    finding = Finding(**(PASSING | dict.fromkeys(names, math.nan)))  # type: ignore[arg-type]
    assert outcome(finding, alpha=0.02, min_delta=0) != "accept"


def test_nan_everywhere_rejects() -> None:
    finding = Finding(d=math.nan, gain=math.nan, loss=math.nan, ahead=True, guarded=True)
    assert outcome(finding, alpha=0.05, min_delta=0) == "reject"


@pytest.mark.parametrize("level", [math.nan, 0.0], ids=["nan", "zero"])
def test_no_level_accepts_nothing(level: float) -> None:
    assert outcome(Finding(**PASSING), alpha=level, min_delta=0) == "keep"  # type: ignore[arg-type]


@given(
    d=st.floats(-1, 1),
    gain=st.floats(0, 1),
    loss=st.floats(0, 1),
    least=st.floats(0, 1),
)
def test_a_broken_guard_rejects_whatever_else_holds(
    d: float, gain: float, loss: float, least: float
) -> None:
    for ahead, guarded in itertools.product((True, False), repeat=2):
        finding = Finding(d=d, gain=gain, loss=loss, ahead=ahead, guarded=guarded)
        verdict = outcome(finding, alpha=0.05, min_delta=least)
        assert guarded or verdict == "reject"
        assert verdict != "accept" or (d >= least and d > 0 and gain <= 0.05)
        assert verdict != "keep" or (ahead and loss > 0.05)
