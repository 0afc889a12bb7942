import math

import pytest
import torch

from runner.compression.encoder import Encoder, Shape, initialise
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.network.fit import Example, Schedule, fit

SHAPE = Shape(vocab_size=20, hidden_size=16, intermediate_size=24, num_attention_heads=2)
BATCH = [
    Example([1, 2, 3, 4], [1.0, 0.0, 1.0, 0.0], [3.0, 0.5, 1.0, 0.5]),
    Example([2, 4, 1], [0.0, 0.0, 1.0], [0.5, 0.5, 3.0]),
]


def network(seed: int = 0) -> Encoder:
    torch.manual_seed(seed)
    return initialise(Encoder(SHAPE))


def test_the_loss_falls_on_one_batch() -> None:
    losses = fit(network(), BATCH, Schedule(40, 1e-2, 64), seed=1)
    assert len(losses) == 40
    assert losses[-1] < 0.2 * losses[0]
    assert all(map(math.isfinite, losses))


def test_the_same_seed_gives_the_same_losses_and_another_order_others() -> None:
    schedule = Schedule(6, 1e-2, 4)
    first = fit(network(), BATCH, schedule, seed=1)
    assert first == fit(network(), BATCH, schedule, seed=1)
    assert first != fit(network(), BATCH, schedule, seed=5)


def test_tokens_of_no_weight_teach_nothing() -> None:
    spoiled = [Example([1, 2], [1.0, 0.0], [1.0, 0.0])]
    other = [Example([1, 2], [1.0, 1.0], [1.0, 0.0])]
    schedule = Schedule(3, 1e-2, 64)
    assert fit(network(), spoiled, schedule, seed=1) == fit(network(), other, schedule, seed=1)


def test_a_loss_that_is_not_finite_ends_the_training() -> None:
    broken = network()
    torch.nn.init.constant_(broken.classifier.bias, math.nan)
    with pytest.raises(TokenCompressorError, match="step 0: the loss is nan, not finite"):
        fit(broken, BATCH, Schedule(3, 1e-2, 64), seed=1)


def test_every_parameter_is_trained() -> None:
    model = network()
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    fit(model, BATCH, Schedule(3, 1e-2, 64), seed=1)
    assert all(not torch.equal(before[name], w) for name, w in model.named_parameters())
