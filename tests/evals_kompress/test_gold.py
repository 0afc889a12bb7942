import importlib.util
from pathlib import Path
from typing import get_args

import pytest

from runner.compression.unit import units
from runner.makers.token_compressor.label.mark import sharpened
from runner.makers.token_compressor.params import Method
from runner.makers.token_compressor.text import Text

BENCH = Path(__file__).parents[2] / "bench" / "kompress_gold.py"


@pytest.mark.slow
def test_gold_labels_rank_annotated_spans_above_all_else() -> None:
    spec = importlib.util.spec_from_file_location("kompress_gold", BENCH)
    assert spec is not None
    assert spec.loader is not None
    gold = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gold)
    common = [Text("the cat sat", "prose", units("the cat sat"), ()) for _ in range(20)]
    text = "the zebra sat on the 7"
    (mark,) = gold.gold_marks([*common, Text(text, "prose", units(text), ((21, 22, "n"),))])[-1:]
    # of 66 units "the" is 22, "sat" 21, "cat" 20; the other three occur once
    ranks = [0, 63 / 66, 22 / 66, 63 / 66, 0]
    assert mark.targets == [*(0.4 * sharpened(rank) for rank in ranks), 1.0]
    assert mark.keep == [False, True, False, True, False, True]


def test_no_method_of_the_loop_learns_from_annotations() -> None:
    assert "gold" not in get_args(Method)
