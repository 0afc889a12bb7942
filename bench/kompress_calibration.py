"""The calibration plot of a compressor on the dev split of kompress.

Run with `python bench/kompress_calibration.py --model DIR --title TEXT`, DIR from `git-loop pull`;
writes docs/images/kompress-calibration.svg and prints the expected calibration error by slice.
"""

import argparse
from pathlib import Path

import torch

from runner.compression.calibration import Bin, expected_error, reliability, worth
from runner.compression.case import Case, CaseLine, cut
from runner.compression.model import Compressor, load
from runner.core.file import write_atomic
from runner.report.calibration import reliability_svg
from runner.wiring.data import open_eval

ROOT = Path(__file__).parents[1]
IMAGE = ROOT / "docs" / "images" / "kompress-calibration.svg"


def main() -> None:
    """Score, sort into bins, draw."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", type=Path, required=True, help="a compressor's folder")
    options.add_argument("--out", type=Path, default=IMAGE)
    options.add_argument("--title", default="Calibration of keep scores on dev")
    given = options.parse_args()
    torch.set_num_threads(1)
    panels = bins(load(given.model), dev_cases())
    given.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(given.out, reliability_svg(panels, title=given.title).encode())
    for name, held in panels.items():
        print(f"{name}: {expected_error(held):.3f} over {sum(each.count for each in held)} units")


def dev_cases() -> list[Case]:
    """Return the cases of dev, cut into units."""
    dev = open_eval(ROOT, "kompress").split("dev")
    return [] if dev is None else [cut(CaseLine.model_validate(dict(c.data))) for c in dev.cases]


def bins(model: Compressor, cases: list[Case]) -> dict[str, tuple[Bin, ...]]:
    """Pool the units of each slice."""
    scored = model.scores([case.line.text for case in cases])
    found: dict[str, tuple[Bin, ...]] = {}
    for name in sorted({slice_ for case in cases for slice_ in case.line.slices}):
        held = [(c, s) for c, s in zip(cases, scored, strict=True) if name in c.line.slices]
        found[name] = reliability(
            [score for _, scores in held for score in scores],
            [flag for case, _ in held for flag in worth(case)],
        )
    return found


if __name__ == "__main__":
    main()
