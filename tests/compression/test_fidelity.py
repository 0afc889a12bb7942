from runner.compression.fidelity import Fidelity, fidelity, together
from runner.compression.lexer import lex
from runner.compression.unit import units

TEXT = "at 10.0.0.7 by a.py ok"  # at | 10 . 0 . 0 . 7 | by | a . py | ok


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
