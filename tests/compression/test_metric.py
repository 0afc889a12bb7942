import pytest

from runner.compression.case import Case, CaseLine, cut
from runner.compression.metric import chance, content_f1, exact, rate, seed_exact

TEXT = "retry job_7 at a.b now ok"  # units: retry job_7 at a . b now ok


def case(*must: tuple[int, int, str], reference: tuple[tuple[int, int], ...] = ()) -> Case:
    return cut(
        CaseLine(
            id="c",
            text=TEXT,
            must=must,
            domain="d",
            slices=("natural",),
            source="s",
            reference=reference,
        )
    )


NAME, PATH = (6, 11, "name"), (15, 18, "path")


def keep(pattern: str) -> list[bool]:
    return [sign == "#" for sign in pattern]


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        ("########", 1.0),
        (".#.###..", 1.0),
        (".#.##...", 0.5),
        ("...###..", 0.5),
        ("...#.#..", 0.0),
        ("........", 0.0),
    ],
    ids=["all", "just the spans", "one unit short", "other span", "torn span", "nothing"],
)
def test_a_span_is_kept_only_if_every_unit_of_it_is(pattern: str, want: float) -> None:
    assert exact(case(NAME, PATH), keep(pattern)) == want


def test_a_case_without_spans_loses_nothing() -> None:
    assert exact(case(), keep("........")) == 1.0
    assert chance(case(), 0) == 1.0


@pytest.mark.parametrize(
    ("kept", "want"),
    [
        (8, 1.0),
        (4, (4 / 8 + (4 * 3 * 2) / (8 * 7 * 6)) / 2),
        (2, (2 / 8 + 0) / 2),
        (0, 0.0),
    ],
)
def test_chance_is_the_exact_expectation_of_random_deletion(kept: int, want: float) -> None:
    assert chance(case(NAME, PATH), kept) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        (".#.###..", 0.0),
        ("##.####.", 1.0),
        ("########", 2 * 2 / (4 + 2)),
        ("#.......", 2 / 3),
        ("..#....#", 0.0),
    ],
    ids=["spans only", "as the reference", "everything", "half", "the wrong ones"],
)
def test_content_f1_looks_at_units_outside_spans_only(pattern: str, want: float) -> None:
    held = case(NAME, PATH, reference=((0, 5), (19, 22)))
    assert content_f1(held, keep(pattern)) == pytest.approx(want)


def test_content_f1_of_an_empty_reference_is_one_if_nothing_is_kept() -> None:
    assert content_f1(case(NAME, PATH), keep(".#.###..")) == 1.0
    assert content_f1(case(NAME, PATH), keep("##.###..")) == 0.0


def test_the_posts_own_metric_is_a_substring_test_on_lexed_spans() -> None:
    assert seed_exact(case(), keep(".#......")) == 1.0
    assert seed_exact(case(), keep("#.######")) == 0.0


def test_the_keep_rate_counts_units_and_an_empty_text_is_kept() -> None:
    assert rate(keep("##......")) == 0.25
    assert rate([]) == 1.0
