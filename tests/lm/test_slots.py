"""A forward pass over many conversations calculates what is asked for, and nothing else."""

from pathlib import Path

import pytest
import torch

from runner.lm.folder import Loaded, device_of, load
from runner.lm.slots import Slots, prepare

pytestmark = pytest.mark.slow  # the first of them waits for transformers

ROWS = [[5, 9, 3, 7, 2, 8, 4, 6, 1], [4, 4, 9, 2]]


@pytest.fixture
def loaded(tiny_agent: Path) -> Loaded:
    return load(tiny_agent, device="cpu", dtype=torch.float32)


@torch.inference_mode()
def followed(loaded: Loaded, row: list[int]) -> torch.Tensor:
    """Return what follows a row by a plain forward pass, (V,)."""
    tokens = torch.tensor([row], device=device_of("cpu"))
    logits: torch.Tensor = loaded.model(input_ids=tokens).logits[0, -1].float()
    return logits


@torch.inference_mode()
def in_pieces(loaded: Loaded) -> list[torch.Tensor]:
    """Return what follows the rows, read side by side in three pieces."""
    slots = Slots(loaded, count=2)
    slots.feed([0, 1], [ROWS[0][:5], ROWS[1][:2]])
    slots.feed([0], [ROWS[0][5:7]])
    return list(slots.feed([0, 1], [ROWS[0][7:], ROWS[1][2:]]))


def test_the_last_layer_calculates_its_mlp_for_last_tokens_alone(loaded: Loaded) -> None:
    widths: dict[int, list[int]] = {0: [], 1: []}
    for number, layer in enumerate(loaded.model.model.layers):
        layer.mlp.act_fn.register_forward_hook(
            lambda _, given, __, seen=widths[number]: seen.append(given[0].shape[1])
        )
    wanted = [followed(loaded, row) for row in ROWS]
    prepare(loaded)
    for seen in widths.values():
        seen.clear()
    found = in_pieces(loaded)
    assert widths == {0: [5, 2, 2], 1: [1, 1, 1]}
    for plain, each in zip(wanted, found, strict=True):
        torch.testing.assert_close(each, plain, atol=1e-5, rtol=1e-4)


def test_an_mlp_that_looks_beyond_its_token_is_left_whole(loaded: Loaded) -> None:
    mlp = loaded.model.model.layers[-1].mlp
    plain = mlp.forward
    mlp.forward = lambda x: plain(x) * (1.0 if x.shape[1] > 1 else -3.0)
    wanted = followed(loaded, ROWS[0])
    prepare(loaded)
    torch.testing.assert_close(followed(loaded, ROWS[0]), wanted)
