from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.lexer import CLASSES, lex, lex_pieces


def found(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.kind) for span in lex(text)]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("see src/app/main.py:42 now", [("src/app/main.py:42", "path")]),
        ("in /etc/app/conf.d here", [("/etc/app/conf.d", "path")]),
        ("commit 3f9ac21 broke it", [("3f9ac21", "hex")]),
        ("took 350ms or 4.5 GB", [("350ms", "number"), ("4.5 GB", "number")]),
        (
            "do not, cannot, don't",
            [("not", "negation"), ("cannot", "negation"), ("don't", "negation")],
        ),
        ("ERROR KeyError here", [("ERROR", "error"), ("KeyError", "error")]),
        ("v1.2.3 and 4.5.6-rc1", [("v1.2.3", "version"), ("4.5.6-rc1", "version")]),
        ("at 2026-01-02T03:04:05Z", [("2026-01-02T03:04:05Z", "time")]),
        ("from 10.0.0.7:8080 up", [("10.0.0.7:8080", "address")]),
        ("run --no-cache -v", [("--no-cache", "flag"), ("-v", "flag")]),
        ("get https://a.example/b?c=1 ok", [("https://a.example/b?c=1", "url")]),
        ("MAX_SIZE is True", [("MAX_SIZE", "constant"), ("True", "constant")]),
        ("def run(user_id, maxRate)", [("run", "name"), ("user_id", "name"), ("maxRate", "name")]),
        (
            "id 12345678-1234-4234-8234-1234567890ab",
            [("12345678-1234-4234-8234-1234567890ab", "uuid")],
        ),
        ("the quick brown fox jumps", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_typed_spans_are_found_whole(text: str, want: list[tuple[str, str]]) -> None:
    assert found(text) == want


@given(st.text(alphabet="aA1_.-:/ \nE@", max_size=60))
def test_spans_are_disjoint_ascending_and_never_empty(text: str) -> None:
    spans = lex(text)
    assert all(span.start < span.end for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert {span.kind for span in spans} <= set(CLASSES)


def test_single_pieces_lose_spans_that_cross_them() -> None:
    text = "user_id 42"
    assert [text[s.start : s.end] for s in lex_pieces(text, ((0, 4), (4, 7), (8, 10)))] == ["42"]


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["a.", "a-", "1.", "a@", "A_-", "x/.y-", "_a__", "n'"])
def test_an_endless_line_is_lexed_in_time_linear_in_its_length(unit: str) -> None:
    shortest = {size: min(timed(unit * size) for _ in range(2)) for size in (8_000, 64_000)}
    assert shortest[64_000] < 30 * shortest[8_000] + 0.1  # quadratic: 64 times


def timed(text: str) -> float:
    began = perf_counter()
    lex(text)
    return perf_counter() - began
