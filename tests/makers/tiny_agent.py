"""A tiny agent's model, pretrained for real until it does some of what it is asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from runner.core.request import Made, MakeRequest
from runner.makers.agent_model.maker import make
from runner.makers.agent_model.params import Params
from runner.worlds.office.generate import tasks
from runner.worlds.office.pool import Pool

TEMPLATES = ("simple_post", "simple_deal")
SHAPE = {"layers": 2, "width": 48, "heads": 2, "kv_heads": 2, "hidden": 96, "window": 512}
PRETRAINING = {"steps": 80, "rate": 8e-3, "loss": "all", "tokens": 1024}
BASE: dict[str, Any] = {
    "shape": SHAPE,
    "noise": 0.0,
    "templates": TEMPLATES,
    "demonstrations": 150,
    "train": PRETRAINING,
}
RAW: dict[str, Any] = BASE | {"demonstrations": 20, "train": PRETRAINING | {"steps": 3}}
"""A base that has seen the words, and can do nothing."""
PARAMS: dict[str, Any] = {
    "base": BASE,
    "rollouts": {"samples": 4, "batch": 64},
    "processes": 1,
    "train": {"steps": 20},
}


def split(path: Path, pool: Pool, *, n: int, seed: int) -> Path:
    """Write a split of tasks that are one step each."""
    drawn = tasks(pool, templates=TEMPLATES, n=n, seed=seed)
    path.write_text("".join(f"{task.model_dump_json()}\n" for task in drawn))
    return path


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the maker left."""

    folder: Path
    made: Made
    traces: Path
    ckpt: Path

    @property
    def weights(self) -> bytes:
        return (self.folder / "model.safetensors").read_bytes()

    @property
    def files(self) -> dict[str, bytes]:
        """Path to bytes of the whole candidate."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


@dataclass(frozen=True, slots=True)
class Making:
    """Makes candidates below a folder."""

    top: Path
    train: Path
    cache: Path

    def request(
        self,
        name: str,
        parent: Candidate | None = None,
        **more: Any,  # noqa: ANN401 - any field
    ) -> MakeRequest:
        out, traces = self.top / name, self.top / f"{name}.traces"
        out.mkdir()
        traces.mkdir()
        asked = {
            "kind": "agent_model",
            "params": {},
            "out": out,
            "parent": parent and parent.folder,
            "train": self.train,
            "ckpt": self.top / f"{name}.ckpt",
            "cache": self.cache,
            "traces": traces,
            "seed": 1,
        }
        return MakeRequest.model_validate(asked | more)

    def make(
        self,
        name: str,
        parent: Candidate | None = None,
        *,
        asked: dict[str, Any] | None = None,
        **params: Any,  # noqa: ANN401 - any parameter
    ) -> Candidate:
        """Make a candidate; `asked` is the request's, the rest is what the loop says."""
        torch.set_num_threads(1)
        request = self.request(name, parent, **(asked or {}))
        made = make(request, Params.model_validate(PARAMS | params))
        return Candidate(request.out, made, self.top / f"{name}.traces", request.ckpt)


def making_in(top: Path) -> Making:
    """Return a maker of candidates in a new folder."""
    return Making(top, split(top / "train.jsonl", "train", n=12, seed=3), top / "cache")


@pytest.fixture(scope="session")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Making:
    """Where the one base of this session was made; nobody else makes anything there."""
    return making_in(tmp_path_factory.mktemp("pretrained"))


@pytest.fixture(scope="session")
def tiny(pretrained: Making) -> Candidate:
    """A base that does about half of its tasks."""
    return pretrained.make("base")


@pytest.fixture(scope="session")
def learned(tiny: Candidate, tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    """The base after one turn."""
    return making_in(tmp_path_factory.mktemp("learned")).make("turn", tiny, method="sft")


@pytest.fixture
def agents(tmp_path: Path) -> Making:
    """Makes candidates in this test's own folder."""
    return making_in(tmp_path)
