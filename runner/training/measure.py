"""How fast a training step is, in tokens per second and in a device's arithmetic."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from runner.training.params import Precision, Shape
from runner.training.scratch import blank


@dataclass(frozen=True, slots=True)
class Load:
    """What is timed.

    Attributes:
        shape: Of the model.
        words: Tokens of its vocabulary.
        rows: Windows per step, each filled to the last token, all of which teach.
        steps: Steps that are timed, after three that are not.
        precision: Of the arithmetic; weights and optimiser are fp32.
    """

    shape: Shape
    words: int
    rows: int = 8
    steps: int = 10
    precision: Precision = "bf16"


@dataclass(frozen=True, slots=True)
class Throughput:
    """What came of it.

    Attributes:
        parameters: Weights of the model, embeddings included.
        tokens_s: Tokens trained on per second; higher is better.
        flops_s: Arithmetic of the model per second, without what an optimiser or a recomputation
            adds.
        utilisation: `flops_s` over the device's peak, in [0, 1]; None where no peak was given.
        loss: Of the last step.
        peak_bytes: Most memory that tensors took on a GPU; 0 on a CPU.
    """

    parameters: int
    tokens_s: float
    flops_s: float
    utilisation: float | None
    loss: float
    peak_bytes: int


def token_flops(shape: Shape, words: int) -> float:
    """Return the arithmetic of one trained token, forward and backward.

    `6 N` for the weights and `12 L H Q T` for attention, with `L` layers, `H` heads of size `Q` and
    windows of `T` tokens; a causal kernel that skips half of the attention is credited for all.

    Source: A. Chowdhery et al., "PaLM: Scaling Language Modeling with Pathways" (2022), appendix B.
    """
    weights = shape.parameters(words)  # tied: read once as a table, used once as a matrix
    return 6.0 * weights + 12.0 * shape.layers * shape.width * shape.window


def throughput(
    load: Load,
    *,
    device: str = "cpu",
    peak_flops_s: float | None = None,
    prepare: Callable[[Any], Any] = lambda model: model,
) -> Throughput:
    """Train a model from scratch on random tokens and time it.

    Args:
        load: Model, batch and steps.
        device: Torch's name of one.
        peak_flops_s: The device's, dense, in this precision; 989.5e12 for bf16 on an H100 or H200.
        prepare: What is done with the model first, such as `torch.compile`.
    """
    place = torch.device(device)
    model = blank(load.shape, load.words, seed=0).to(place)
    run = prepare(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    ids = torch.randint(load.words, (load.rows, load.shape.window), device=place)  # (B, T)
    for _ in range(3):
        loss = _step(run, optimizer, ids, load.precision)
    _wait(place)
    began = time.perf_counter()
    for _ in range(load.steps):
        loss = _step(run, optimizer, ids, load.precision)
    _wait(place)
    tokens_s = ids.numel() * load.steps / (time.perf_counter() - began)
    flops_s = tokens_s * token_flops(load.shape, load.words)
    return Throughput(
        parameters=sum(each.numel() for each in model.parameters()),
        tokens_s=tokens_s,
        flops_s=flops_s,
        utilisation=None if peak_flops_s is None else flops_s / peak_flops_s,
        loss=loss.item(),
        peak_bytes=torch.cuda.max_memory_allocated(place) if place.type == "cuda" else 0,
    )


def _step(
    run: Any,  # noqa: ANN401 - a model of transformers, compiled or not
    optimizer: torch.optim.Optimizer,
    ids: torch.Tensor,
    precision: Precision,
) -> torch.Tensor:
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
        logits = run(input_ids=ids, use_cache=False).logits  # (B, T, V)
    loss = cross_entropy(logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten())
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
