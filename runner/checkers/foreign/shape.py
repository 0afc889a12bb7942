"""The parts of a foreign file, each checked when it is taken."""

import re
from collections.abc import Mapping
from math import inf
from typing import Any

from runner.checkers.arm import ArmError

_ODD = re.compile(r"[^a-z0-9]+")


def mapping(value: object, *, where: str) -> Mapping[str, Any]:
    """Return a JSON object.

    Raises:
        ArmError: it is something else.
    """
    if not isinstance(value, dict):
        raise ArmError(f"{where}: expected an object, got {type(value).__name__}")
    return value


def listing(value: object, *, where: str) -> list[Any]:
    """Return a JSON array.

    Raises:
        ArmError: it is something else.
    """
    if not isinstance(value, list):
        raise ArmError(f"{where}: expected a list, got {type(value).__name__}")
    return value


def named(text: str) -> str:
    """Return a tool's name for a score as eval.yaml spells metrics: `LLM-Rubric` is llm_rubric."""
    return _ODD.sub("_", text.lower()).strip("_") or "score"


def amount(value: object) -> float:
    """Return a duration or a price, which are for display; 0 where the tool gives none."""
    return float(value) if isinstance(value, int | float) and 0 <= value < inf else 0.0
