import hashlib
import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.checkers.must_keep.checker import check
from runner.checkers.must_keep.params import Params as CheckParams
from runner.compression.compress import compress
from runner.compression.errors import CompressionError
from runner.compression.model import load
from runner.core.request import CheckRequest, Made, MakeRequest
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.maker import make
from runner.makers.token_compressor.params import Params

FILES = ["compressor.json", "config.json", "model.safetensors", "tokenizer.json"]


def train_file(folder: Path) -> Path:
    lines = []
    for index in range(24):
        text = (
            f"INFO the job_{index} was not done in {index}ms by the worker of the pool\nand so on"
        )
        end = text.index(" was")
        lines.append(
            {
                "id": str(index),
                "text": text,
                "must": [[9, end, "name"]],
                "domain": "log",
                "slices": ["natural"],
                "source": "s",
            }
        )
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def run(
    folder: Path,
    name: str,
    *,
    parent: Path | None = None,
    seed: int = 1,
    smoke: bool = False,
    **params: object,
) -> Made:
    out = folder / name
    out.mkdir()
    train = folder / "train.jsonl"
    request = MakeRequest(
        kind="token_compressor",
        params=params,
        out=out,
        parent=parent,
        train=train if train.exists() else train_file(folder),
        ckpt=folder,
        seed=seed,
        smoke=smoke,
    )
    return make(request, Params.model_validate(params))


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.mark.slow
def test_silver_then_self_label_end_to_end(tmp_path: Path) -> None:
    first = run(tmp_path, "silver", steps=12)
    second = run(tmp_path, "own", parent=tmp_path / "silver", method="self_label", steps=12)
    assert sorted(p.name for p in (tmp_path / "own").iterdir()) == FILES
    assert float(first.figures["final_loss"]) < float(first.figures["first_loss"])
    assert second.figures["mk_in_ref"] == 1.0
    assert 0 < float(second.figures["label_noise"]) < 1
    assert float(second.figures["mk_in_ref"]) >= float(first.figures["mk_in_ref"])
    assert second.figures["steps"] == 12
    request = CheckRequest(
        kind="must_keep",
        params={},
        model=tmp_path / "own",
        cases=tmp_path / "train.jsonl",
        out=tmp_path / "out",
    )
    scores = list(check(request, CheckParams()))
    assert [score.case for score in scores] == [str(index) for index in range(24)]
    assert all(
        0 <= value <= 1
        for s in scores
        for n, value in s.metrics.items()
        if n not in {"override_delta", "lift"}
    )


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(tmp_path, name, steps=2, seed=seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert (
        digests(tmp_path / "a")["model.safetensors"] != digests(tmp_path / "c")["model.safetensors"]
    )


def test_smoke_takes_one_step_and_leaves_a_loadable_compressor(tmp_path: Path) -> None:
    made = run(tmp_path, "smoke", smoke=True, steps=50, override="span", threshold=1.0)
    assert made.figures["steps"] == 1
    model = load(tmp_path / "smoke")
    assert compress("the worker lost job_7 after 30ms\nin the pool", model).text == "job_7 30ms"


def test_self_label_needs_a_parent(tmp_path: Path) -> None:
    with pytest.raises(TokenCompressorError, match="starts from the working parent; there is none"):
        run(tmp_path, "x", method="self_label")


def test_a_parent_that_is_no_compressor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CompressionError, match="holds no compressor options"):
        run(tmp_path, "x", parent=tmp_path, method="self_label")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    run(tmp_path, "x", smoke=True)
    (tmp_path / "x" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CompressionError, match="holds no loadable compressor"):
        load(tmp_path / "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no text with a word"),
        ('{"text": " "}\n', "no text with a word"),
        ("[1]\n", "train.jsonl:1: no text of train: "),
        ('{"text": "ok go"}\n{"id": 1}\n', "train.jsonl:2: no text of train: text: missing"),
    ],
    ids=["empty", "blank", "no object", "no text"],
)
def test_an_unusable_train_split_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "train.jsonl").write_text(content)
    with pytest.raises(TokenCompressorError, match=message):
        run(tmp_path, "x")


@pytest.mark.parametrize(
    "params",
    [
        {"method": "gold"},
        {"base": "bert"},
        {"override": "yes"},
        {"steps": 0},
        {"rate": 1.0},
        {"ensemble": {}},
        {"threshold": 1.5},
    ],
    ids=["method", "base", "override", "steps", "rate", "unknown", "threshold"],
)
def test_unknown_parameters_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Params.model_validate(params)


def test_the_log_has_a_line_per_phase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = run(tmp_path, "logged", smoke=True)
    loss = f"{made.figures['first_loss']:.4f}"
    told = [re.sub(r"[0-9.]+ s$", "N s", line) for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "labels (silver): 24 texts, 0 variants, N s",
        f"training: 1 steps, first loss {loss}, final loss {loss}, N s",
        "stored: threshold 0.5, N s",
    ]
