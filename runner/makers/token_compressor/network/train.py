"""One training of one network: where it runs, what of it moves, in what precision."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from runner.compression.classifier import Classifier
from runner.compression.token import Frame
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.network.fit import Example, Schedule, fit
from runner.makers.token_compressor.network.lora import adapters
from runner.makers.token_compressor.network.origin import Base, Device, device_of, lora_of
from runner.makers.token_compressor.network.pretrained import body_size

_SMALL = 50_000_000
"""Parameters up to which a CPU trains an encoder without being told to."""


def train(
    network: Classifier,
    examples: Sequence[Example],
    schedule: Schedule,
    *,
    base: Base = "scratch",
    seed: int,
) -> list[float]:
    """Train in place, on the device and by the adapters that the base asks for.

    Returns:
        The loss of each step. The network is back on the CPU, plain, ready to score.

    Raises:
        TokenCompressorError: the device is missing, or the loss is not finite.
    """
    place = torch.device(chosen_device(device_of(base), parameters=body_size(network.parameters())))
    if place.type == "cuda":
        # its attention has no repeatable backward pass: say so, but train
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
    rank = lora_of(base)
    way: AbstractContextManager[nn.Module] = (
        nullcontext(network) if rank is None else adapters(network, rank)
    )
    with way as moving:
        losses = fit(moving.to(place), examples, schedule, seed=seed)
        moving.cpu()
    network.eval()
    return losses


def chosen_device(wanted: Device, *, parameters: int) -> str:
    """Return `cuda` or `cpu`.

    Raises:
        TokenCompressorError: there is no GPU, and the CPU was not asked for or would take hours.
    """
    there = torch.cuda.is_available()
    if wanted == "cpu" or (wanted == "auto" and not there and parameters <= _SMALL):
        return "cpu"
    if there:
        return "cuda"
    millions = parameters // 1_000_000
    raise TokenCompressorError(
        f"no GPU: torch.cuda is not available for an encoder of {millions} M parameters;"
        " base.device: cpu trains it all the same"
    )


def framed(examples: Sequence[Example], frame: Frame) -> list[Example]:
    """Set the tokenizer's special tokens around each example; they teach nothing themselves."""
    left, right = [0.0] * len(frame.before), [0.0] * len(frame.after)
    return [
        Example(
            frame.around(example.ids),
            left + example.targets + right,
            left + example.weights + right,
        )
        for example in examples
    ]
