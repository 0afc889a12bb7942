"""A compressor as an ONNX graph with 8-bit weights: written once, run by onnxruntime; an extra."""

import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from runner.compression.checkpoint import (
    TOKENIZER,
    WEIGHTS,
    check_digests,
    read_checkpoint,
    read_tokenizer,
    write_config,
)
from runner.compression.classifier import Classifier
from runner.compression.errors import CompressionError
from runner.compression.network import KEEP, pad
from runner.compression.token import score_units

GRAPH = "model.onnx"
_NEEDED = "this needs onnx and onnxruntime: pip install 'git-loop[onnx]'"
_ROWS, _LENGTH = 2, 16
_WINDOW = "window"


@dataclass(frozen=True, slots=True)
class GraphScorer:
    """An exported graph with its tokenizer."""

    session: Any
    tokenizer: Tokenizer
    window: int

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit, in [0, 1]."""
        return score_units(self.run, self.tokenizer, texts, window=self.window)

    def run(self, rows: list[list[int]]) -> list[list[float]]:
        """Return one keep probability per token of each row, padding included."""
        ids, mask = pad(rows)  # (B, T)
        (logits,) = self.session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})
        keep = torch.from_numpy(logits).softmax(-1)[..., KEEP]  # (B, T)
        return keep.tolist()


def export(folder: Path, out: Path) -> None:
    """Write a checkpoint as a graph: matrix products in 8 bits, everything else as it was.

    Args:
        folder: A candidate with weights of its own.
        out: An existing folder; gets the graph, the tokenizer and the configuration. The same
            folder loses its weights.

    Raises:
        CompressionError: onnx is not installed, or the folder holds no checkpoint.
    """
    try:
        import onnx  # noqa: PLC0415 - an extra
        import onnxscript  # noqa: F401, PLC0415 - torch's exporter needs it
        from onnxruntime.quantization import quantize_dynamic  # noqa: PLC0415 - an extra
    except ImportError as err:
        raise CompressionError(_NEEDED) from err
    network, _ = read_checkpoint(folder)
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name) / GRAPH
        _trace(network, whole)
        quantize_dynamic(whole, whole, op_types_to_quantize=["MatMul"], per_channel=True)
        graph = onnx.load(whole)
    for node in graph.graph.node:
        del node.metadata_props[:]  # source lines with this machine's paths
    (out / GRAPH).write_bytes(graph.SerializeToString(deterministic=True))
    if folder == out:
        (out / WEIGHTS).unlink()
    else:
        shutil.copyfile(folder / TOKENIZER, out / TOKENIZER)
    write_config(out, {**network.config(), _WINDOW: network.window}, names=(GRAPH, TOKENIZER))


def _trace(network: Classifier, place: Path) -> None:
    ids = torch.ones(_ROWS, _LENGTH, dtype=torch.long)  # (B, T)
    sizes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about itself
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids, dtype=torch.bool)),
            place,
            input_names=["ids", "mask"],
            output_names=["logits"],
            dynamic_shapes={"ids": sizes, "mask": sizes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def read_graph(folder: Path, *, threads: int) -> GraphScorer:
    """Read an exported compressor.

    Raises:
        CompressionError: onnxruntime is not installed, or a file is missing or damaged.
    """
    try:
        import onnxruntime  # noqa: PLC0415 - an extra
    except ImportError as err:
        raise CompressionError(_NEEDED) from err
    config = check_digests(folder)
    tokenizer = read_tokenizer(folder)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
    try:
        session = onnxruntime.InferenceSession(
            folder / GRAPH, settings, providers=["CPUExecutionProvider"]
        )
        window = int(config[_WINDOW])
    except Exception as err:  # onnxruntime raises classes of its own, all of them bare
        said = str(err).splitlines()[0]
        raise CompressionError(f"{folder} holds no loadable graph: {said}") from err
    return GraphScorer(session, tokenizer, window)
