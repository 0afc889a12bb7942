"""What the maker's side may see of one train case: what was answered, and what was wrong with it.

Never made of a held-out case.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.core.frozen import Frozen
from runner.core.score import CaseScore


class Trial(Frozen):
    """One case as a candidate answered it, whole: no part of it is ever a summary.

    Attributes:
        case: The case as it stands in the split, its label included.
        score: What the checker said of it.
        output: What the candidate answered, verbatim.
        reasoning: What it thought before it answered, verbatim; "" where it did not say.
        correction: What would have been right, verbatim; "" where the checker cannot tell.
    """

    case: dict[str, Any]
    score: CaseScore
    output: str
    reasoning: str = ""
    correction: str = ""


Score = Callable[[Mapping[str, str], Sequence[Mapping[str, Any]]], Sequence[Trial]]
"""Answers and scores cases with a surface, path to text; one trial per case, in their order.

A case that the candidate broke on is a failed trial; an exception is the machine's fault.
"""
