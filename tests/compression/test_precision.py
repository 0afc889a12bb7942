import time

import pytest
import torch

from runner.compression import precision
from runner.compression.classifier import Classifier
from runner.compression.encoder import Encoder, Shape, initialise
from runner.compression.ensemble import EnsembleScorer
from runner.compression.model import Compressor
from runner.compression.network import NetworkScorer
from runner.compression.options import Options
from runner.compression.precision import in_precision, is_faster
from runner.makers.token_compressor.network.vocabulary import train_tokenizer

SHAPE = Shape(vocab_size=400, hidden_size=32, intermediate_size=48, num_attention_heads=2)
TEXTS = [f"worker {n} failed after {n}ms\n" * n for n in (1, 7, 40)]


def scorer() -> NetworkScorer:
    torch.manual_seed(1)
    return NetworkScorer(initialise(Encoder(SHAPE)).eval(), train_tokenizer(TEXTS))


class Slow(Classifier):
    """Takes a given CPU time per call."""

    window = 512

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        ends = time.process_time() + self.seconds
        while time.process_time() < ends:
            pass
        return torch.zeros(*ids.shape, 2)

    def config(self) -> dict[str, object]:
        return {"seconds": self.seconds}


def test_fp32_is_the_network_itself() -> None:
    made = scorer()
    assert in_precision(made, "fp32") is made


def test_bf16_scores_like_fp32_and_leaves_the_network_alone() -> None:
    made = scorer()
    halved = in_precision(made, "bf16")
    assert {weight.dtype for weight in halved.network.parameters()} == {torch.bfloat16}
    assert {weight.dtype for weight in made.network.parameters()} == {torch.float32}
    for ours, theirs in zip(halved.scores(TEXTS), made.scores(TEXTS), strict=True):
        assert ours == pytest.approx(theirs, abs=0.02)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(0.002, 0.02, True), (0.02, 0.002, False), (0.01, 0.01, False)],
    ids=["faster", "slower", "alike"],
)
def test_only_what_is_clearly_faster_counts(first: float, second: float, *, expected: bool) -> None:
    assert is_faster(Slow(first), Slow(second)) is expected


def test_auto_measures_once_per_shape_and_takes_the_faster() -> None:
    precision._FASTER.clear()
    made = scorer()
    chosen = in_precision(made, "auto")
    (shape,) = precision._FASTER
    assert shape == ("Encoder", sum(weight.numel() for weight in made.network.parameters()))
    assert (chosen is made) is not precision._FASTER[shape]
    for answer in (True, False):
        precision._FASTER[shape] = answer
        assert (in_precision(made, "auto") is made) is not answer


@pytest.mark.parametrize("answer", [True, False], ids=["bf16", "fp32"])
def test_a_compressor_and_each_member_of_an_ensemble_take_what_is_faster(*, answer: bool) -> None:
    made = scorer()
    in_precision(made, "auto")
    precision._FASTER.update(dict.fromkeys(precision._FASTER, answer))
    wanted = torch.bfloat16 if answer else torch.float32

    alone = Compressor(made, made.tokenizer, Options()).faster().scorer
    vote = Compressor(EnsembleScorer((made, made), 2), made.tokenizer, Options()).faster().scorer
    assert isinstance(vote, EnsembleScorer)
    assert vote.keep_if == 2
    for each in (alone, *vote.members):
        assert isinstance(each, NetworkScorer)
        assert {weight.dtype for weight in each.network.parameters()} == {wanted}
