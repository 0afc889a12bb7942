import json
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file
from transformers import ModernBertConfig, ModernBertForTokenClassification

from runner.compression.encoder import Encoder, Shape, initialise

SHAPE = Shape(
    vocab_size=97,
    hidden_size=32,
    intermediate_size=48,
    num_attention_heads=2,
    local_attention=8,
    num_hidden_layers=4,
)


def padded(lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(lengths)
    mask = torch.arange(longest)[None, :] < torch.tensor(lengths)[:, None]
    return torch.randint(1, 97, mask.shape) * mask, mask


def test_logits_are_those_of_the_hugging_face_class_reading_the_same_files(tmp_path: Path) -> None:
    torch.manual_seed(3)
    ours = initialise(Encoder(SHAPE)).eval()
    save_file(ours.state_dict(), tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_text(json.dumps(SHAPE.model_dump()))
    theirs = ModernBertForTokenClassification.from_pretrained(tmp_path).eval()
    ids, mask = padded([40, 23, 7])
    with torch.inference_mode():
        got = ours(ids, mask)
        want = theirs(input_ids=ids, attention_mask=mask.long()).logits
    assert torch.allclose(got[mask], want[mask], atol=1e-5)
    assert theirs.config.local_attention == 8


def test_parameter_names_and_shapes_are_those_of_the_hugging_face_class() -> None:
    theirs = ModernBertForTokenClassification(ModernBertConfig(**SHAPE.model_dump()))
    assert {n: p.shape for n, p in Encoder(SHAPE).state_dict().items()} == {
        n: p.shape for n, p in theirs.state_dict().items()
    }


def test_padding_changes_no_logit_and_is_never_nan() -> None:
    torch.manual_seed(4)
    network = initialise(Encoder(SHAPE)).eval()
    ids, mask = padded([60, 5])
    with torch.inference_mode():
        together = network(ids, mask)
        alone = network(ids[1:, :5], mask[1:, :5])
    assert torch.isfinite(together).all()
    assert torch.allclose(together[1, :5], alone[0], atol=1e-5)


def test_the_same_generator_state_draws_the_same_weights() -> None:
    torch.manual_seed(5)
    first = initialise(Encoder(SHAPE)).state_dict()
    torch.manual_seed(5)
    second = initialise(Encoder(SHAPE)).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_default_shape_has_two_and_a_half_million_parameters() -> None:
    assert sum(weight.numel() for weight in Encoder(Shape()).parameters()) == 2_551_682


@pytest.mark.parametrize("heads", [4, 7, 64])
def test_a_width_that_heads_cannot_share_in_pairs_is_refused(heads: int) -> None:
    with pytest.raises(ValidationError, match=f"180 wide in {heads} heads"):
        Shape(hidden_size=180, num_attention_heads=heads)
