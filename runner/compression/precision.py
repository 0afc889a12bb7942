"""bf16 where this machine is faster with it, measured and not guessed."""

import copy
import time
from typing import Literal

import torch

from runner.compression.classifier import Classifier
from runner.compression.network import NetworkScorer

Precision = Literal["fp32", "bf16", "auto"]
_GAIN = 0.9
_ROWS, _LENGTH = 2, 64
_FASTER: dict[tuple[str, int], bool] = {}


def in_precision(scorer: NetworkScorer, precision: Precision) -> NetworkScorer:
    """Return a scorer whose arithmetic is of a precision.

    `fp32` gives the same bits on every run and is what a check uses. `auto` times both on this
    machine, once per process and shape: a CPU without bf16 instructions is up to 8 times slower
    with it. Scores of bf16 differ in the third digit, so a unit at the threshold may fall.
    """
    if precision == "fp32":
        return scorer
    halved = NetworkScorer(copy.deepcopy(scorer.network).to(torch.bfloat16), scorer.tokenizer)
    if precision == "bf16":
        return halved
    network = scorer.network
    shape = (type(network).__name__, sum(weight.numel() for weight in network.parameters()))
    if shape not in _FASTER:
        _FASTER[shape] = is_faster(halved.network, network)
    return halved if _FASTER[shape] else scorer


@torch.inference_mode()
def is_faster(network: Classifier, than: Classifier) -> bool:
    """Time two networks on a small batch and return whether the first takes clearly less CPU."""
    return _taken(network) < _GAIN * _taken(than)


def _taken(network: Classifier) -> float:
    length = min(_LENGTH, network.window)
    ids = torch.zeros(_ROWS, length, dtype=torch.long)  # (B, T)
    mask = torch.ones_like(ids, dtype=torch.bool)  # (B, T)
    network(ids, mask)  # the first run lays out weights
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        network(ids, mask)
        best = min(best, time.process_time() - began)
    return best
