import pytest

from runner.compression.case import Case, CaseLine, cut
from runner.compression.probe import answerable

TEXT = "retry after 30 seconds at most\nlimit is 50 items per 7 users"


def case(text: str, *values: str, kind: str = "number") -> Case:
    must = tuple((text.index(each), text.index(each) + len(each), kind) for each in values)
    return cut(
        CaseLine(id="a", text=text, must=must, domain="log", slices=("natural",), source="s")
    )


def keeping(held: Case, words: str) -> list[bool]:
    """Keep the units that are named, each as often as it is named."""
    left = words.split()
    flags = []
    for start, end in held.pieces:
        unit = held.line.text[start:end]
        flags.append(unit in left)
        if unit in left:
            left.remove(unit)
    assert left == []
    return flags


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        pytest.param(TEXT, 1, id="everything"),
        pytest.param("", 0, id="nothing"),
        pytest.param("30", 1 / 3, id="the one value that is left is taken"),
        pytest.param("30 50 7", 0, id="values without a word beside them tie"),
        pytest.param("after 30 limit 50 per 7", 1, id="one word each tells them apart"),
        pytest.param("after 30 50", 1 / 3, id="the value whose words are gone ties"),
        pytest.param("after seconds limit items per users", 0, id="words without the values"),
    ],
)
def test_a_probe_is_answered_if_its_value_is_the_best_fit_that_survived(
    kept: str, expected: float
) -> None:
    held = case(TEXT, "30", "50", "7")
    assert answerable(held, keeping(held, kept)) == pytest.approx(expected)


def test_half_of_a_value_answers_nothing() -> None:
    held = case("waited 1.5 hours", "1.5")
    assert answerable(held, keeping(held, "waited 1 . hours")) == 0


def test_sides_count() -> None:
    held = case("from 3 to 4", "3", "4")
    assert answerable(held, keeping(held, "3 to 4")) == 1
    assert answerable(held, keeping(held, "from 3 4")) == 0.5


def test_a_value_of_another_class_does_not_compete() -> None:
    text = "took 30 for build"
    line = CaseLine(
        id="a",
        text=text,
        must=((5, 7, "number"), (12, 17, "name")),
        domain="log",
        slices=("x",),
        source="s",
    )
    assert answerable(cut(line), keeping(cut(line), "30 build")) == 1


def test_the_same_value_twice_is_one_answer() -> None:
    held = cut(
        CaseLine(
            id="a",
            text="port 80 or port 80",
            must=((5, 7, "number"), (16, 18, "number")),
            domain="log",
            slices=("x",),
            source="s",
        )
    )
    assert answerable(held, keeping(held, "80")) == 0.5


def test_a_question_that_the_whole_text_leaves_open_is_not_asked() -> None:
    held = case("x 1 y\nx 2 y\nsize 3", "1", "2", "3")
    assert answerable(held, [True] * len(held.pieces)) == 1
    assert answerable(held, keeping(held, "1 2")) == 0
    assert answerable(held, keeping(held, "size 3")) == 1


def test_without_a_span_nothing_is_asked() -> None:
    assert answerable(case("nothing here"), [False, False]) == 1


def test_words_of_another_line_do_not_help() -> None:
    held = case("speed\n3 of\n4 in", "3", "4")
    assert answerable(held, keeping(held, "speed 3 4")) == 0
