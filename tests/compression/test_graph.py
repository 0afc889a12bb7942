import json
from pathlib import Path

import pytest
import torch

from runner.compression.checkpoint import write_checkpoint
from runner.compression.encoder import Encoder, Shape, initialise
from runner.compression.errors import CompressionError
from runner.compression.graph import GraphScorer, export
from runner.compression.model import load
from runner.compression.options import Options, write_options
from runner.core.request import MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.maker import make
from runner.makers.token_compressor.network.vocabulary import train_tokenizer
from runner.makers.token_compressor.params import Params

pytestmark = pytest.mark.slow
SHAPE = Shape(vocab_size=400, hidden_size=32, intermediate_size=48, num_attention_heads=2)
TEXTS = [f"worker {n} failed after {n}ms\n" * n for n in (1, 7, 90)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("graph")
    whole, small = place / "whole", place / "small"
    whole.mkdir()
    small.mkdir()
    torch.manual_seed(1)
    write_checkpoint(whole, initialise(Encoder(SHAPE)), train_tokenizer(TEXTS))
    for folder in (whole, small):
        write_options(folder, Options())
    export(whole, small)
    return whole, small


def test_the_graph_scores_like_the_network_at_every_length(folders: tuple[Path, Path]) -> None:
    whole, small = folders
    graph = load(small)
    assert isinstance(graph.scorer, GraphScorer)
    assert graph.scorer.window == 512
    for ours, theirs in zip(graph.scores(TEXTS), load(whole).scores(TEXTS), strict=True):
        assert ours == pytest.approx(theirs, abs=0.02)
    data = (small / "model.onnx").read_bytes()
    assert b"MatMulInteger" in data
    assert str(Path(__file__).parents[2]).encode() not in data
    assert len(data) < (whole / "model.safetensors").stat().st_size
    assert sorted(path.name for path in small.iterdir()) == [
        "compressor.json",
        "config.json",
        "model.onnx",
        "tokenizer.json",
    ]


def test_a_damaged_graph_is_refused_in_one_line(folders: tuple[Path, Path], tmp_path: Path) -> None:
    _, small = folders
    for file in small.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    data = bytearray((tmp_path / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(CompressionError, match=r"model\.onnx is not the file that was stored"):
        load(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    config = json.loads((tmp_path / "config.json").read_text())
    del config["sha256"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CompressionError, match="holds no loadable graph") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_only_a_checkpoint_can_be_exported(tmp_path: Path) -> None:
    with pytest.raises(CompressionError, match="holds no loadable compressor"):
        export(tmp_path, tmp_path)


def test_a_maker_can_leave_a_graph_instead_of_weights(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(TEXTS)]
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    (tmp_path / "out").mkdir()
    request = MakeRequest(
        kind="token_compressor",
        params={},
        out=tmp_path / "out",
        train=tmp_path / "train.jsonl",
        ckpt=tmp_path,
        seed=1,
        smoke=True,
    )
    make(request, Params(export="onnx"))
    assert not (tmp_path / "out" / "model.safetensors").exists()
    assert isinstance(load(tmp_path / "out").scorer, GraphScorer)
    again = request.model_copy(update={"parent": tmp_path / "out", "out": tmp_path / "next"})
    with pytest.raises(TokenCompressorError, match="the model is an export for inference"):
        make(again, Params(method="self_label"))
