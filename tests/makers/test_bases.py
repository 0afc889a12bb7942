import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    ModernBertConfig,
    ModernBertForMaskedLM,
)

from runner.compression.checkpoint import read_checkpoint, write_checkpoint
from runner.compression.errors import CompressionError
from runner.compression.model import load
from runner.compression.network import NetworkScorer
from runner.compression.token import frame_of
from runner.core.explain import complaints
from runner.core.request import MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.maker import make
from runner.makers.token_compressor.network.fit import Example, Schedule
from runner.makers.token_compressor.network.fresh import default_schedule, fresh
from runner.makers.token_compressor.network.lora import adapters, targets
from runner.makers.token_compressor.network.origin import Base, Pretrained, Scratch
from runner.makers.token_compressor.network.pretrained import hub_folder, read_pretrained
from runner.makers.token_compressor.network.train import chosen_device, framed, train
from runner.makers.token_compressor.params import Params, needs

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*is_gradient_checkpointing.*"  # peft 0.21 with transformers 5
)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh"]
BATCH = [
    Example([4, 5, 6, 7], [1.0, 0.0, 1.0, 0.0], [3.0, 0.5, 1.0, 0.5]),
    Example([5, 7, 4], [0.0, 0.0, 1.0], [0.5, 0.5, 3.0]),
]
LONG = Schedule(40, 2e-2, 64)


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.add_special_tokens(WORDS[:4])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


def bert() -> BertModel:
    shape = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    return BertModel(BertConfig(vocab_size=20, hidden_size=16, **shape))


def modernbert() -> ModernBertForMaskedLM:
    shape = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    ends = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    return ModernBertForMaskedLM(ModernBertConfig(vocab_size=20, hidden_size=16, **shape, **ends))


def distilbert() -> DistilBertModel:
    return DistilBertModel(
        DistilBertConfig(vocab_size=20, dim=16, hidden_dim=24, n_layers=2, n_heads=2)
    )


ENCODERS = [bert, modernbert, distilbert]
IDS = ["bert", "modernbert", "distilbert"]


def stored(folder: Path, encoder: object) -> Path:
    torch.manual_seed(3)
    assert callable(encoder)
    encoder().save_pretrained(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def scorer(folder: Path, seed: int = 1) -> NetworkScorer:
    torch.manual_seed(seed)
    return NetworkScorer(*read_pretrained(folder))


def rows(made: NetworkScorer) -> list[Example]:
    return framed(BATCH, frame_of(made.tokenizer))


def base(rank: int | None = 4) -> Pretrained:
    return Pretrained(folder="m", lora=rank)


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODERS, ids=IDS)
def test_adapters_learn_one_batch_and_are_merged(tmp_path: Path, encoder: object) -> None:
    made = scorer(stored(tmp_path / "m", encoder))
    before = {name: weight.clone() for name, weight in made.network.weights().items()}
    losses = train(made.network, rows(made), LONG, base=base(), seed=1)
    assert losses[-1] < 0.5 * losses[0]
    after = made.network.weights()
    assert list(after) == list(before)
    moved = {name for name in after if not torch.equal(after[name], before[name])}
    # merged into the layers that had one; embeddings and norms stand still, the head moves
    assert {f"{name.removeprefix('inner.')}.weight" for name in targets(made.network)} <= moved
    assert all(name.startswith(("classifier", "head")) or "weight" in name for name in moved)
    assert not any(
        "mbed" in name or "norm" in name.lower() for name in moved - {"head.norm.weight"}
    )
    out = tmp_path / "out"
    out.mkdir()
    write_checkpoint(out, made.network, made.tokenizer)
    again = NetworkScorer(*read_checkpoint(out))
    assert again.scores(["a b c d"]) == made.scores(["a b c d"])


@pytest.mark.slow
def test_while_it_trains_only_adapters_and_head_move(tmp_path: Path) -> None:
    network, _ = read_pretrained(stored(tmp_path / "m", bert))
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    ids = torch.tensor([[2, 4, 5, 3]])
    mask = torch.ones_like(ids).bool()
    with adapters(network, 4) as moving:
        named = dict(moving.named_parameters())
        with torch.no_grad():
            for name, weight in named.items():
                if "lora_" in name:
                    weight.add_(0.1)
            unmerged = moving(ids, mask)
        trained = {name for name, weight in named.items() if weight.requires_grad}
        assert {name for name in trained if "lora_" not in name} == {
            "classifier.weight",
            "classifier.bias",
        }
        still = {name.replace(".base_layer", "") for name in named if name not in trained}
        assert all(torch.equal(named_at(named, name), before[name]) for name in still)
        assert len(trained) == 2 + 2 * 6 * 2
    with torch.inference_mode():
        merged = network(ids, mask)
    assert torch.allclose(merged, unmerged, atol=1e-4)
    assert not torch.equal(
        network.state_dict()["bert.encoder.layer.0.output.dense.weight"],
        before["bert.encoder.layer.0.output.dense.weight"],
    )
    assert all(weight.requires_grad for weight in network.parameters())


def named_at(named: dict[str, torch.nn.Parameter], name: str) -> torch.Tensor:
    whole = named.get(name)
    owner, _, last = name.rpartition(".")
    return named[f"{owner}.base_layer.{last}"] if whole is None else whole


@pytest.mark.slow
def test_the_same_seed_gives_the_same_losses(tmp_path: Path) -> None:
    stored(tmp_path / "m", bert)

    def losses(seed: int) -> list[float]:
        made = scorer(tmp_path / "m", seed)
        return train(made.network, rows(made), Schedule(3, 1e-2, 64), base=base(), seed=seed)

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_without_adapters_every_weight_that_is_reached_moves(tmp_path: Path) -> None:
    made = scorer(stored(tmp_path / "m", bert))
    before = {name: weight.clone() for name, weight in made.network.weights().items()}
    train(made.network, rows(made), Schedule(3, 1e-2, 64), base=base(None), seed=1)
    after = made.network.weights()
    assert all(not torch.equal(after[name], before[name]) for name in after)


def test_an_encoder_keeps_its_body_and_gets_a_fresh_head(tmp_path: Path) -> None:
    network, _ = read_pretrained(stored(tmp_path / "m", modernbert))
    theirs = load_file(tmp_path / "m" / "model.safetensors")
    ours = network.weights()
    assert torch.equal(
        ours["model.layers.0.attn.Wqkv.weight"], theirs["model.layers.0.attn.Wqkv.weight"]
    )
    assert torch.equal(ours["head.dense.weight"], theirs["head.dense.weight"])
    assert ours["classifier.weight"].abs().max() <= 0.04
    assert torch.equal(ours["classifier.bias"], torch.zeros(2))


def no_layer(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.0.output.dense.weight"]
    save_file(weights, folder / "model.safetensors")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def few_rows(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": 5}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (no_layer, r"has no bert.encoder.layer.0.output.dense.weight \(16, 24\)"),
        (no_weights, "model.safetensors holds no weights"),
        (no_tokenizer, "tokenizer.json holds no tokenizer"),
        (no_config, "config.json describes no network"),
        (few_rows, "the tokenizer has 12 tokens and the network 5"),
    ],
    ids=["layer", "weights", "tokenizer", "config", "vocabulary"],
)
def test_an_incomplete_encoder_is_refused_in_one_line(
    tmp_path: Path, damage: object, message: str
) -> None:
    stored(tmp_path / "m", bert)
    assert callable(damage)
    damage(tmp_path / "m")
    with pytest.raises((TokenCompressorError, CompressionError), match=message) as caught:
        read_pretrained(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_an_id_that_is_not_here_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(TokenCompressorError) as caught:
        hub_folder("nobody/nothing")
    assert str(caught.value).startswith("base hf nobody/nothing: not in the local cache, and the")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_large_encoder_without_a_gpu_is_refused_unless_the_cpu_is_asked_for() -> None:
    message = "no GPU: torch.cuda is not available for an encoder of 149 M parameters"
    with pytest.raises(TokenCompressorError, match=message):
        chosen_device("auto", parameters=149_000_000)
    with pytest.raises(TokenCompressorError, match="no GPU"):
        chosen_device("cuda", parameters=10)
    assert chosen_device("cpu", parameters=149_000_000) == "cpu"
    assert chosen_device("auto", parameters=22_600_000) == "cpu"


def test_each_base_has_a_schedule_of_its_own() -> None:
    own = Schedule(110, 2e-3, 1536)
    assert default_schedule("scratch", own, tokens=100_000) == own
    assert default_schedule("minilm", own, tokens=100_000) == Schedule(196, 1e-3, 512)
    assert default_schedule("modernbert", own, tokens=100_000) == Schedule(74, 2e-4, 4096)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"hf": "a/b", "folder": "c"},
        {"folder": "/etc"},
        {"folder": "../x"},
        {"hf": "a b"},
        {"hf": "a/b", "lora": 0},
        {"hf": "a/b", "device": "tpu"},
        "bert",
    ],
    ids=["neither", "both", "absolute", "outside", "blank", "rank", "device", "unknown name"],
)
def test_a_base_that_makes_no_sense_is_refused(given: object) -> None:
    adapter: TypeAdapter[Base] = TypeAdapter(Base)
    with pytest.raises(ValidationError):
        adapter.validate_python(given)


def test_a_folder_that_the_request_lacks_is_named() -> None:
    with pytest.raises(TokenCompressorError, match="the request has no folder m, which base names"):
        fresh(base(), [], {})


@pytest.mark.slow
def test_minilm_comes_from_its_package_without_importing_what_it_imports() -> None:
    script = (
        "import sys; from runner.makers.token_compressor.network.fresh import fresh;"
        "made = fresh('minilm', [], {}); print(made.network.window, len(made.scores(['a b'])[0]),"
        "[n for n in ('transformers', 'sentence_transformers', 'peft') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "512 2 []\n"


@pytest.mark.slow
def test_a_loop_can_start_from_an_encoder_in_the_repository(tmp_path: Path) -> None:
    stored(tmp_path / "m", bert)
    lines = [json.dumps({"id": str(n), "text": "a b c d e f g h " * 3}) for n in range(8)]
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    params = Params.model_validate({"base": {"folder": "m", "lora": 2}})
    assert needs(params).folders == {"base": "m"}
    (tmp_path / "out").mkdir()
    request = MakeRequest(
        kind="token_compressor",
        params={},
        out=tmp_path / "out",
        refs={"base": tmp_path / "m"},
        train=tmp_path / "train.jsonl",
        ckpt=tmp_path,
        seed=1,
    )
    made = make(request, params)
    assert made.figures["steps"] == 1  # three epochs of 240 tokens are one step of 4,096
    assert len(load(tmp_path / "out").scores(["a b c"])[0]) == 3


def test_a_scratch_base_has_the_size_that_was_asked_for() -> None:
    network = fresh(Scratch(layers=2, width=128), ["some words"] * 3, {}).network
    shape = network.config()
    found = [shape[key] for key in ("num_hidden_layers", "hidden_size", "num_attention_heads")]
    assert found == [2, 128, 2]


@pytest.mark.parametrize("given", [{"layers": 3}, {"width": 192}])
def test_a_scratch_base_is_of_the_default_size_where_it_says_nothing(given: dict[str, int]) -> None:
    one, other = (fresh(base, ["some words"] * 3, {}) for base in (Scratch(**given), "scratch"))
    assert one.network.config() == other.network.config()


def test_a_width_that_is_no_number_of_heads_is_refused() -> None:
    given = {"base": {"width": 100}}
    with pytest.raises(ValidationError) as caught:
        Params.model_validate(given)
    (said,) = complaints(Params, given, caught.value)
    assert said.text == "expected a multiple of 64, got 100"
