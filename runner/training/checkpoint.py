"""Where a training stands, on disk: safetensors, written whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from runner.core.file import write_atomic

_FILE = "training.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(frozen=True, slots=True)
class State:
    """What a training changes.

    Attributes:
        weights: Name to weight that is trained, changed in place.
        optimizer: Over exactly these, in their order.
    """

    weights: dict[str, torch.nn.Parameter]
    optimizer: torch.optim.Optimizer


def write_checkpoint(folder: Path, state: State, losses: Sequence[float], *, key: str) -> None:
    """Replace the folder's checkpoint by one after `len(losses)` steps.

    Args:
        folder: Made where it is missing.
        state: Weights and optimiser.
        losses: Of each step so far.
        key: Digest of all that decides the training, so that no other goes on from here.
    """
    tensors = {"losses": torch.tensor(losses, dtype=torch.float64), "rng": torch.get_rng_state()}
    for name, weight in state.weights.items():
        tensors[f"weight.{name}"] = weight.detach()
        tensors |= {f"{each}.{name}": state.optimizer.state[weight][each] for each in _MOMENTS}
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
        place = {each: weight.device if each != "step" else "cpu" for each in _MOMENTS}
        state.optimizer.state[weight] = {
            each: found[f"{each}.{name}"].to(place[each]) for each in _MOMENTS
        }
    torch.set_rng_state(found["rng"])
    losses: list[float] = found["losses"].tolist()
    return losses
