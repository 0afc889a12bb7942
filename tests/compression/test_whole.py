import pytest

from runner.compression.lexer import lex
from runner.compression.unit import units
from runner.compression.whole import Fidelity, fidelity, mend, together

TEXT = "at 10.0.0.7 by a.py ok"  # at | 10 . 0 . 0 . 7 | by | a . py | ok


def mended(kept: str, *, most: int | None, scores: list[float] | None = None) -> str:
    pieces = units(TEXT)
    keep = [flag == "x" for flag in kept]
    found = mend(lex(TEXT), pieces, keep, scores=scores or [0.5] * len(pieces), most=most)
    return "".join("x" if flag else "." for flag in found)


@pytest.mark.parametrize(
    ("kept", "most", "want"),
    [
        ("xxxxxxxxxxxxx", None, "xxxxxxxxxxxxx"),
        ("xxxxxxx..xxx.", None, "xxxxxxxx.xxx."),
        ("xxxx........x", None, "x...........x"),
        ("xxxxxxx......", 7, "x.......xxxxx"),
        ("xxxxxxx......", 8, "xxxxxxxx....."),
        (".........xx..", None, ".........xxx."),
        (".........x...", None, "............."),
    ],
    ids=[
        *("whole", "most of it", "less than half", "no room: others instead", "room"),
        *("two of three", "one of three"),
    ],
)
def test_a_span_is_whole_or_gone(kept: str, most: int | None, want: str) -> None:
    assert mended(kept, most=most) == want


def test_room_goes_to_what_scores_best() -> None:
    scores = [0.1] * 8 + [0.2] + [0.3] * 3 + [0.9]
    assert mended(".xxx.........", most=3, scores=scores) == "x.......x...x"


def test_spans_are_counted_by_class() -> None:
    keep = [flag == "x" for flag in ".xxxxxxx.xx.."]
    assert fidelity(lex(TEXT), units(TEXT), keep) == {
        "address": Fidelity(1, 1),
        "path": Fidelity(1, 0),
    }
    assert Fidelity(3, 1).lost == 2


def test_the_counts_of_two_texts_are_added() -> None:
    one = {"path": Fidelity(2, 1), "url": Fidelity(1, 1)}
    assert together(one, {"error": Fidelity(1, 0), "path": Fidelity(1, 1)}) == {
        "error": Fidelity(1, 0),
        "path": Fidelity(3, 2),
        "url": Fidelity(1, 1),
    }
