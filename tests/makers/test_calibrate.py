"""Options that are read off dev, so that a guard holds by how the candidate was made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models

from runner.compression.case import Case, CaseLine, cut
from runner.compression.model import Compressor
from runner.compression.options import Options, read_options
from runner.core.errors import InvalidCandidateError
from runner.makers.token_compressor.calibrate import (
    clustered_error,
    kept_above,
    smallest_budgets,
    smallest_threshold,
)


@dataclass(frozen=True)
class Table:
    """Scores that are written down, text by text."""

    rows: dict[str, list[float]]

    def scores(self, texts: list[str]) -> list[list[float]]:
        return [self.rows[text] for text in texts]


def model(rows: dict[str, list[float]], **options: Any) -> Compressor:  # noqa: ANN401 - any option
    return Compressor(Table(rows), Tokenizer(models.BPE()), Options(**options))


ROWS = {"a b c d": [0.1, 0.2, 0.3, 0.4], "e f": [0.25, 0.9]}


@pytest.mark.parametrize(
    ("cap", "threshold", "rate"),
    [(1.0, 0.0, 1.0), (0.75, 0.2, 0.75), (0.5, 0.25, 0.5), (0.3, 0.4, 0.25), (0.2, 0.9, 0.0)],
)
def test_the_smallest_threshold_under_a_cap_is_found(
    cap: float, threshold: float, rate: float
) -> None:
    found = smallest_threshold(model(ROWS), list(ROWS), cap=cap)
    assert (found.threshold, found.keep_rate) == (threshold, rate)


def test_a_threshold_is_rounded_up_so_that_the_cap_still_holds() -> None:
    rows = {"a b c": [0.123456, 0.5, 0.9]}
    found = smallest_threshold(model(rows), list(rows), cap=0.67)
    assert (found.threshold, found.keep_rate) == (0.1235, pytest.approx(2 / 3))


def test_what_the_override_forces_counts_whatever_its_score() -> None:
    rows = {"wait 30ms now ok": [0.2, 0.0, 0.9, 0.1]}
    found = smallest_threshold(model(rows, override="span"), list(rows), cap=0.5)
    assert (found.threshold, found.keep_rate) == (0.2, 0.5)
    with pytest.raises(InvalidCandidateError, match=r"at most 0\.2 of dev: .* alone keeps 0\.250"):
        smallest_threshold(model(rows, override="span"), list(rows), cap=0.2)


def test_texts_of_one_file_count_as_one_draw() -> None:
    values = [0.5, 0.5, 0.7, 0.7]
    assert clustered_error(values, ["a", "b", "c", "d"]) == pytest.approx(0.05)
    assert clustered_error(values, ["a", "a", "b", "b"]) == pytest.approx(0.1 / 2**0.5)
    assert clustered_error(values, ["a", "a", "a", "a"]) == pytest.approx(0.0, abs=1e-12)


def test_an_empty_text_is_kept_whole() -> None:
    assert kept_above([[], [0.2]], 0.5) == 0.5


def case(text: str, *must: tuple[int, int, str]) -> Case:
    return cut(CaseLine(id=text, text=text, must=must, domain="d", slices=(), source="s"))


def test_budgets_are_the_smallest_per_domain_that_keep_enough() -> None:
    prose = "one two three four five six seven eight nine ten"
    ranks = [0.9, 0.1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0]
    held = case(prose, (8, 13, "word"), (14, 18, "word"), (24, 27, "word"))
    found = smallest_budgets(model({prose: ranks}), [held], least=0.95)
    (domain,) = found
    assert found[domain].budget == 0.5
    assert smallest_budgets(model({prose: ranks}), [held], least=0.5)[domain].budget == 0.3


@pytest.mark.slow
def test_an_automatic_threshold_is_stored_and_keeps_less_than_the_cap(
    tmp_path: Path,
    making: Any,  # noqa: ANN401 - the fixture's callable
) -> None:
    made = making("auto", threshold="auto", keep_cap=0.4)
    assert read_options(tmp_path / "auto").threshold == made.figures["threshold"]
    assert float(made.figures["dev_keep_rate"]) <= 0.4
