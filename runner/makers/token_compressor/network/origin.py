"""Where a network's first weights come from; imports no torch."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, field_validator, model_validator

from runner.core.frozen import Frozen
from runner.spec.check import CLOSED_FOLDERS, path_fault

BASE = "base"
"""Role of a base's folder in the request."""
Device = Literal["auto", "cpu", "cuda"]


def readable(folder: str) -> str:
    """Return a folder of the repository, if a maker may read it.

    Raises:
        ValueError: it is no path inside the repository, or none that a maker may read.
    """
    fault = path_fault(folder)
    if fault is None and folder.split("/", maxsplit=1)[0] in CLOSED_FOLDERS:
        fault = f"no maker may read {folder}"
    if fault:
        raise ValueError(fault)
    return folder


class Pretrained(Frozen):
    """A Hugging Face encoder, trained further by low-rank adapters or as a whole.

    Attributes:
        hf: Its id, read from the local cache of Hugging Face, or else from the hub.
        folder: A folder of the repository with `config.json`, `model.safetensors` and
            `tokenizer.json`; instead of `hf`.
        lora: Rank of the adapters, merged into the weights when the candidate is stored; None
            trains every weight.
        device: `auto` takes the GPU, and the CPU where there is none and the encoder is small.
    """

    hf: Annotated[str, Field(pattern=r"^[\w.-]+(/[\w.-]+)?$")] | None = None
    folder: str | None = None
    lora: Annotated[PositiveInt, Field(le=256)] | None = 16
    device: Device = "auto"

    @field_validator("folder")
    @classmethod
    def _inside(cls, value: str | None) -> str | None:
        return None if value is None else readable(value)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.hf is None) == (self.folder is None):
            raise ValueError("base needs either hf, an id, or folder, a path in the repository")
        return self


class Scratch(Frozen):
    """A ModernBERT of another size than the default's, from random weights.

    Attributes:
        layers: Layers; every third attends to the whole text, the others to 64 tokens.
        width: Size of a token's state, in heads of 64.
    """

    layers: Annotated[PositiveInt, Field(le=24)] = 3
    width: Annotated[PositiveInt, Field(multiple_of=64, le=1024)] = 192

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("base needs layers or width; the default's size is named scratch")
        return self


Name = Literal["scratch", "minilm", "modernbert"]
Base = Name | Scratch | Pretrained

MODERNBERT = Pretrained(hf="answerdotai/ModernBERT-base")


def lora_of(base: Base) -> int | None:
    """Return the rank of the adapters that train a base, or None where all of it is trained."""
    if base == "scratch" or isinstance(base, Scratch):
        return None
    return base.lora if isinstance(base, Pretrained) else 16


def device_of(base: Base) -> Device:
    """Return where a base is asked to be trained; the small ones on the CPU."""
    if isinstance(base, Pretrained):
        return base.device
    return "auto" if base == "modernbert" else "cpu"
