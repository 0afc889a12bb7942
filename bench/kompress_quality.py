"""What is left of must-keep spans: of our engines by their scores, of LLMLingua-2 by its output."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from statistics import mean
from typing import Any

from runner.compression.case import Case, CaseLine, cut
from runner.compression.decide import by_budget
from runner.compression.metric import exact, rate
from runner.compression.unit import units


def quality(
    lines: Sequence[Mapping[str, Any]], scores: Sequence[Sequence[float]], budget: float
) -> dict[str, float]:
    """Return mean `exact_pct` and keep rate of the best-scored units within a budget."""
    cases = [_case(line) for line in lines]
    kept = [by_budget(found, budget) for found in scores]
    return _means(cases, kept)


def aligned(lines: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> dict[str, float]:
    """Return the same of texts that have lost their offsets, their case and their line ends.

    Output words are found again in the input by the longest matching blocks, in lower case, which
    forgives all that.
    """
    cases = [_case(line) for line in lines]
    return _means(cases, [_found(case, out) for case, out in zip(cases, outputs, strict=True)])


def _found(case: Case, output: str) -> list[bool]:
    text = case.line.text
    have = [text[start:end].lower() for start, end in case.pieces]
    left = [output[start:end].lower() for start, end in units(output)]
    kept = [False] * len(have)
    for block in SequenceMatcher(None, have, left, autojunk=False).get_matching_blocks():
        kept[block.a : block.a + block.size] = [True] * block.size
    return kept


def _case(line: Mapping[str, Any]) -> Case:
    return cut(CaseLine.model_validate(line))


def _means(cases: Sequence[Case], kept: Sequence[Sequence[bool]]) -> dict[str, float]:
    pairs = list(zip(cases, kept, strict=True))
    return {
        "exact_pct": round(mean(exact(case, keep) for case, keep in pairs), 4),
        "keep_rate": round(mean(rate(keep) for _, keep in pairs), 4),
    }
