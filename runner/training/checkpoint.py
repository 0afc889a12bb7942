"""Where a training stands, on disk: safetensors, written whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from runner.core.file import write_atomic

_FILE = "training.safetensors"
_MOMENT = "moment"
_STEP = "step"
"""What AdamW counts, on the CPU whatever its weights are on."""


@dataclass(frozen=True, slots=True)
class State:
    """What a training changes.

    Attributes:
        weights: Name to weight that is trained, changed in place.
        optimizers: Over exactly these, each weight in one of them.
    """

    weights: dict[str, torch.nn.Parameter]
    optimizers: tuple[torch.optim.Optimizer, ...]


def write_checkpoint(folder: Path, state: State, losses: Sequence[float], *, key: str) -> None:
    """Replace the folder's checkpoint by one after `len(losses)` steps.

    Args:
        folder: Made where it is missing.
        state: Weights and optimisers.
        losses: Of each step so far.
        key: Digest of all that decides the training, so that no other goes on from here.
    """
    tensors = {"losses": torch.tensor(losses, dtype=torch.float64), "rng": torch.get_rng_state()}
    for name, weight in state.weights.items():
        tensors[f"weight.{name}"] = weight.detach()
        for moment, value in _owner(state, weight).state[weight].items():
            tensors[f"{_MOMENT}.{moment}.{name}"] = value
    folder.mkdir(parents=True, exist_ok=True)
    plain = {name: each.cpu().contiguous() for name, each in tensors.items()}
    write_atomic(folder / _FILE, save(plain, metadata={"key": key}))


def read_checkpoint(folder: Path, state: State, *, key: str) -> list[float] | None:
    """Put a training back to where its checkpoint stands.

    Returns:
        The losses so far; None where there is no checkpoint of this very training, or a damaged
        one: `state` is then as it was.
    """
    try:
        with safe_open(folder / _FILE, framework="pt") as file:
            if (file.metadata() or {}).get("key") != key:
                return None
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError):
        return None
    for name, weight in state.weights.items():
        weight.data.copy_(found[f"weight.{name}"])
    for tensor, value in found.items():
        kind, _, rest = tensor.partition(".")
        if kind == _MOMENT:
            moment, _, name = rest.partition(".")
            weight = state.weights[name]
            place = "cpu" if moment == _STEP else weight.device
            _owner(state, weight).state[weight][moment] = value.to(place)
    torch.set_rng_state(found["rng"])
    losses: list[float] = found["losses"].tolist()
    return losses


def _owner(state: State, weight: torch.nn.Parameter) -> torch.optim.Optimizer:
    return next(
        each
        for each in state.optimizers
        if any(weight is one for group in each.param_groups for one in group["params"])
    )
