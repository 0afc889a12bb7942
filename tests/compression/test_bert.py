import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertForTokenClassification,
    DistilBertConfig,
    DistilBertForTokenClassification,
)

from runner.compression.bert import Bert, BertShape
from runner.compression.checkpoint import read_checkpoint, write_checkpoint
from runner.compression.errors import CompressionError
from runner.compression.foreign import Foreign
from runner.compression.model import load
from runner.compression.options import Options, write_options

SHAPE = BertShape(
    vocab_size=20,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=24,
    max_position_embeddings=12,
)


def word_tokenizer() -> Tokenizer:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh"]
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def stored(folder: Path, seed: int = 3) -> Bert:
    torch.manual_seed(seed)
    network = Bert(SHAPE).eval()
    folder.mkdir()
    write_checkpoint(folder, network, word_tokenizer())
    write_options(folder, Options())
    return network


def test_logits_are_those_of_the_hugging_face_class_reading_the_same_files(tmp_path: Path) -> None:
    ours = stored(tmp_path / "m")
    theirs = BertForTokenClassification.from_pretrained(tmp_path / "m").eval()
    ids = torch.tensor([[2, 5, 6, 7, 3], [2, 8, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
    with torch.inference_mode():
        got = ours(ids, mask)
        want = theirs(input_ids=ids, attention_mask=mask.long()).logits
    assert torch.allclose(got[mask], want[mask], atol=1e-5)
    assert sum(p.numel() for p in Bert(BertShape()).parameters()) == 22_566_146


def test_special_tokens_frame_each_window_and_score_no_unit(tmp_path: Path) -> None:
    network = stored(tmp_path / "m")
    text = " ".join("abcdefghabcde")  # 13 tokens; a window of 12 takes 10 beside [CLS] and [SEP]
    (scores,) = load(tmp_path / "m").scores([text])
    first = torch.tensor([[2, *range(4, 12), 4, 5, 3]])
    rest = torch.tensor([[2, 6, 7, 8, 3]])
    with torch.inference_mode():
        want = [
            network(ids, torch.ones_like(ids).bool()).softmax(-1)[0, 1:-1, 1].tolist()
            for ids in (first, rest)
        ]
    assert scores == pytest.approx(want[0] + want[1], abs=1e-6)


def test_what_a_tokenizer_file_says_of_padding_and_truncation_is_ignored(tmp_path: Path) -> None:
    stored(tmp_path / "m")
    tokenizer = word_tokenizer()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=8)
    write_checkpoint(tmp_path / "m", Bert(SHAPE), tokenizer)
    (scores,) = load(tmp_path / "m").scores(["a b c d e f"])
    assert len(scores) == 6
    assert 1.0 not in scores  # a unit without a token would score 1


def flip(folder: Path) -> None:
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-5] ^= 1
    (folder / "model.safetensors").write_bytes(data)


def unlink(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def larger(folder: Path) -> None:
    network = Bert(SHAPE.model_copy(update={"vocab_size": 9}))
    write_checkpoint(folder, network, word_tokenizer())


def narrower(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 12}))


def relu(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))


def headed(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_attention_heads": 7}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip, "no loadable compressor: model.safetensors is not the file that was stored, sha256"),
        (unlink, "holds no loadable compressor: tokenizer.json is missing"),
        (larger, "the tokenizer has 12 tokens and the network 9; they belong to different models"),
        (narrower, "holds no loadable compressor: size mismatch"),
        (relu, "config.json describes no network"),
        (headed, "config.json describes no network"),
    ],
    ids=[
        "flipped bit",
        "missing file",
        "wrong vocabulary",
        "other shape",
        "other activation",
        "heads that do not fit",
    ],
)
def test_a_damaged_checkpoint_is_refused_in_one_line(
    tmp_path: Path, damage: object, message: str
) -> None:
    stored(tmp_path / "m")
    assert callable(damage)
    damage(tmp_path / "m")
    with pytest.raises(CompressionError, match=message) as caught:
        load(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_without_digests_still_loads(tmp_path: Path) -> None:
    network = stored(tmp_path / "m")
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    del config["sha256"]
    (tmp_path / "m" / "config.json").write_text(json.dumps(config))
    found, _ = read_checkpoint(tmp_path / "m")
    assert torch.equal(found.weights()["classifier.weight"], network.classifier.weight)


@pytest.mark.slow
def test_any_other_token_classifier_runs_by_its_own_class(tmp_path: Path) -> None:
    config = DistilBertConfig(
        vocab_size=20, dim=16, hidden_dim=24, n_layers=2, n_heads=2, max_position_embeddings=14
    )
    torch.manual_seed(2)
    theirs = DistilBertForTokenClassification(config).eval()
    theirs.save_pretrained(tmp_path)
    word_tokenizer().save(str(tmp_path / "tokenizer.json"))
    network, tokenizer = read_checkpoint(tmp_path)
    assert isinstance(network, Foreign)
    assert network.window == 12
    ids = torch.tensor([[2, 5, 6, 3]])
    with torch.inference_mode():
        got = network(ids, torch.ones_like(ids).bool())
        want = theirs(input_ids=ids).logits
    assert torch.allclose(got, want, atol=1e-6)
    again = tmp_path / "again"
    again.mkdir()
    write_checkpoint(again, network, tokenizer)
    assert torch.equal(
        read_checkpoint(again)[0].weights()["classifier.weight"], theirs.classifier.weight
    )


def test_a_model_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "no-such-model"}')
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    word_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(CompressionError, match="transformers builds no token classifier"):
        read_checkpoint(tmp_path)
