"""How fast a training step of a model from scratch is on a GPU, as a share of its peak."""

from dataclasses import asdict
from typing import Any

import torch

from runner.training.measure import Load, throughput
from runner.training.params import Shape

SHAPE = Shape(layers=12, width=768, heads=12, kv_heads=12, hidden=3072)
WORDS, ROWS, STEPS = 8192, 32, 30
LEAST_PARAMETERS = 100_000_000
PEAKS = {"H100": 989.5e12, "H200": 989.5e12, "A100": 312e12}
"""Dense bf16 operations per second, as NVIDIA's data sheets have them."""
NOT_MEASURED = "not measured on a GPU"


def gpu() -> dict[str, Any]:
    """Time training as it is and compiled; says so where there is no GPU."""
    if not torch.cuda.is_available():
        return {"told": NOT_MEASURED}
    name = torch.cuda.get_device_name()
    peak = next((each for model, each in PEAKS.items() if model in name), None)
    load = Load(shape=SHAPE, words=WORDS, rows=ROWS, steps=STEPS)
    ways = {"plain": lambda model: model, "compiled": torch.compile}
    found = {
        way: asdict(throughput(load, device="cuda", peak_flops_s=peak, prepare=prepare))
        for way, prepare in ways.items()
    }
    return {
        "device": name,
        "peak_flops_s": peak,
        "shape": SHAPE.model_dump(),
        "tokens_per_step": ROWS * SHAPE.window,
        **found,
        "bar": {"parameters": LEAST_PARAMETERS},
        "holds": found["plain"]["parameters"] >= LEAST_PARAMETERS,
    }
