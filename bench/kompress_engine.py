"""The engines that are measured: models made or taken, and a process for each way to run them."""

import argparse
import json
import lzma
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.compression.checkpoint import WEIGHTS
from runner.compression.graph import export
from runner.core.request import MakeRequest
from runner.makers.token_compressor.maker import make
from runner.makers.token_compressor.params import Params

EVAL = Path(__file__).resolve().parents[1] / "evals" / "kompress"
RATE = 0.7
SEED = 17
PEER = "llmlingua==0.2.2"
TORCH = "torch==2.13.0"
SPECIALS = {
    "tokenizer_class": "BertTokenizer",
    "do_lower_case": True,
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "mask_token": "[MASK]",
}


class Engine:
    """A process that answers requests."""

    def __init__(self, *argv: str) -> None:
        quiet = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=quiet,
            text=True,
        )
        self._read("ready")

    def ask(self, texts: Sequence[str], *, scores: bool = False) -> dict[str, Any]:
        """Return what the process says of some texts."""
        if self._process.stdin is None:
            raise SystemExit("no pipe to the engine")
        request = {"texts": list(texts), "rate": RATE, "scores": scores}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._read("{"))
        return found

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def _read(self, begins: str) -> str:
        for line in self._process.stdout or ():
            if line.startswith(begins):
                return line
        raise SystemExit(f"an engine ended early: {' '.join(map(str, self._process.args))}")


def peer_python() -> Path:
    """Return the interpreter that has LLMLingua; made on first use, downloads torch."""
    place = Path.home() / ".cache" / "git-loop-bench" / "llmlingua"
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", TORCH, PEER], check=True)
    return python


def cases(name: str) -> list[dict[str, Any]]:
    """Read one of the eval's open splits."""
    lines = lzma.decompress((EVAL / name).read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


def trained(out: Path, *steps: Mapping[str, object]) -> Path:
    """Make a candidate, each of `steps` going on from the one before."""
    train = out.with_suffix(".jsonl")
    train.write_bytes(lzma.decompress((EVAL / "train.jsonl.xz").read_bytes()))
    parent = None
    for number, given in enumerate(steps):
        place = out.with_name(f"{out.name}-{number}")
        place.mkdir()
        request = MakeRequest(
            kind="token_compressor",
            params={},
            out=place,
            parent=parent,
            train=train,
            ckpt=out.parent,
            seed=SEED,
        )
        make(request, Params.model_validate(given))
        parent = place
    return Path(f"{out}-{len(steps) - 1}")


def _ways(place: Path, models: Mapping[str, Path], ours: Sequence[str]) -> dict[str, Engine]:
    """Start each model in each of its forms."""
    found = {}
    for name, folder in models.items():
        graph = place / f"{name}-int8"
        shutil.copytree(folder, graph, ignore=shutil.ignore_patterns(WEIGHTS))
        export(folder, graph)
        found[f"{name}-fp32"] = Engine(*ours, str(folder), "fp32")
        found[f"{name}-auto"] = Engine(*ours, str(folder), "auto")
        found[f"{name}-int8"] = Engine(*ours, str(graph), "fp32")
    return found


def engines(place: Path, options: argparse.Namespace) -> dict[str, Engine]:
    """Make or take the models and start a process for each way to run them."""
    brief = {"steps": 2} if options.quick else {}
    minilm = options.minilm or trained(place / "minilm", {"base": "minilm", **brief})
    ours = (sys.executable, str(Path(__file__).with_name("kompress_worker.py")))
    if options.quick:
        found = {"minilm-auto": Engine(*ours, str(minilm), "auto")}
    else:
        small = options.small or trained(
            place / "small", {"method": "silver"}, {"method": "self_label"}
        )
        found = _ways(place, {"minilm": minilm, "small": small}, ours)
    for entry in options.also:
        name, _, folder = entry.partition("=")
        found[name] = Engine(*ours, folder, "fp32")
    twin = place / "bert-base-multilingual-cased"
    shutil.copytree(minilm, twin)
    (twin / "tokenizer_config.json").write_text(json.dumps(SPECIALS))
    if not options.skip_peer:
        script = str(Path(__file__).with_name("kompress_llmlingua.py"))
        found["peer"] = Engine(str(peer_python()), script, str(twin))
    return found
