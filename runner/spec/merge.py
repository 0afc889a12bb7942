"""How a hypothesis changes what the maker is told."""

from collections.abc import Mapping
from typing import Any


def merge_params(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a hypothesis' `with` over `make.with`: mappings merge key by key, all else is replaced.

    Lists are replaced whole, since their items have no names to merge by; null is a value.
    """
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge_params(old, value) if both else value  # type: ignore[arg-type] # both
    return merged
