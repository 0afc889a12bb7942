"""Models from scratch start alike, and with one eye on the token before."""

from pathlib import Path

import pytest
import torch

from runner.training.params import BENCHMARK, DEMO, Shape
from runner.training.scratch import blank, scratch


@pytest.mark.parametrize("shape", [DEMO, BENCHMARK], ids=["demo", "benchmark"])
def test_the_first_head_looks_at_the_token_before(shape: Shape) -> None:
    model = blank(shape, 700, seed=0)
    model.set_attn_implementation("eager")
    ids = torch.randint(700, (1, 60), generator=torch.Generator().manual_seed(0))

    with torch.inference_mode():
        seen = model(input_ids=ids, output_attentions=True).attentions[0][0]  # (H, T, T)

    before = seen.diagonal(offset=-1, dim1=1, dim2=2)[:, 10:]  # (H, T - 11)
    assert seen[0, 10:].argmax(-1).tolist() == list(range(9, 59))
    assert before[0].min() > 0.2
    assert before[1:].mean() < 0.1


def test_a_seed_draws_the_weights_and_leaves_other_randomness_alone(words: Path) -> None:
    torch.manual_seed(5)
    ahead = torch.rand(1)
    torch.manual_seed(5)

    first, again, other = (scratch(DEMO, words, seed=seed).model.state_dict() for seed in (0, 0, 1))

    assert torch.equal(torch.rand(1), ahead)
    assert all(torch.equal(weight, again[name]) for name, weight in first.items())
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])


def test_a_turns_end_is_known_to_whoever_generates(words: Path) -> None:
    chat = scratch(DEMO, words, seed=0)

    assert chat.tokenizer.convert_ids_to_tokens(chat.ending) == "<|im_end|>"
    assert chat.model.generation_config.eos_token_id == chat.ending
    assert chat.model.config.eos_token_id == chat.ending
    assert chat.window == 1024
