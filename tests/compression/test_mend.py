import pytest

from runner.compression.lexer import lex
from runner.compression.mend import mend
from runner.compression.unit import units

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
