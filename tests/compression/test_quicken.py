"""A long input goes on in another engine; a short one never sees it."""

from dataclasses import dataclass, field

import pytest

from runner.compression.block import BLOCK
from runner.compression.compress import compress
from runner.compression.options import Options
from runner.compression.quicken import LONG, Quickened
from runner.compression.unit import Span, units

LINE = "keep drop\n"


@dataclass
class Only:
    """Keeps one word, and counts the texts that it scored."""

    word: str
    options: Options = field(default_factory=Options)
    calls: int = 0

    def scores(self, texts: list[str]) -> list[list[float]]:
        self.calls += len(texts)
        return [[float(text[a:b] == self.word) for a, b in units(text)] for text in texts]

    def cut(self, text: str) -> tuple[Span, ...]:
        return units(text)


def test_a_short_input_never_asks_for_the_faster_engine() -> None:
    first = Only("keep")
    text = LINE * (LONG // 2 // len(LINE))
    assert compress(text, Quickened(first, lambda: pytest.fail("asked"))).text == (
        "keep\n" * (LONG // 2 // len(LINE))
    )


def test_a_long_input_goes_on_in_the_faster_engine_made_once() -> None:
    first, made = Only("keep"), list[Only]()

    def faster() -> Only:
        made.append(Only("drop"))
        return made[-1]

    size = 6 * BLOCK // len(LINE)
    lines = compress(LINE * size, Quickened(first, faster)).text.splitlines()
    turn = lines.index("drop")
    assert lines == ["keep"] * turn + ["drop"] * (size - turn)
    assert (first.calls, [each.calls for each in made]) == (3, [4])


def test_options_and_tokens_are_those_of_the_engine() -> None:
    quickened = Quickened(Only("keep", Options(threshold=0.3)), lambda: pytest.fail("asked"))
    assert (quickened.options, quickened.cut("a b")) == (Options(threshold=0.3), ((0, 1), (2, 3)))
