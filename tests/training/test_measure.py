"""Tokens per second in a device's arithmetic, by the formula that others use."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from runner.training.measure import Load, throughput, token_flops
from runner.training.params import BENCHMARK, DEMO, SHAPES, Shape
from runner.training.scratch import blank

PALM = Shape(layers=2, width=32, heads=2, kv_heads=1, hidden=64, window=128)


@pytest.mark.parametrize("shape", [*SHAPES.values(), PALM], ids=[*SHAPES, "shared keys"])
def test_a_shape_counts_its_weights(shape: Shape) -> None:
    model = blank(shape, 700, seed=0)

    assert shape.parameters(700) == sum(each.numel() for each in model.parameters())


def test_the_demo_is_a_third_of_the_benchmark() -> None:
    assert 130_000 < DEMO.parameters(708) < 250_000
    assert 400_000 < BENCHMARK.parameters(708) < 700_000


def test_a_trained_token_costs_six_per_weight_and_its_attention() -> None:
    assert token_flops(PALM, 100) == 6 * PALM.parameters(100) + 12 * 2 * 2 * 16 * 128


def test_a_training_step_is_timed_and_learns() -> None:
    load = Load(PALM, words=100, rows=2, steps=2, precision="fp32")

    found = throughput(load, peak_flops_s=1e12)

    assert found.parameters == PALM.parameters(100)
    assert found.tokens_s > 0
    assert found.flops_s == pytest.approx(found.tokens_s * token_flops(PALM, 100))
    assert found.utilisation == pytest.approx(found.flops_s / 1e12)
    assert throughput(replace(load, steps=60)).loss < found.loss
    assert throughput(load).utilisation is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"width": 30}, "width 30 is no multiple of 2 \\* heads = 4"),
        ({"kv_heads": 3}, "heads 2 is no multiple of kv_heads 3"),
    ],
    ids=["odd heads", "uneven sharing"],
)
def test_a_shape_that_does_not_divide_is_refused(change: dict[str, int], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Shape.model_validate({**PALM.model_dump(), **change})
