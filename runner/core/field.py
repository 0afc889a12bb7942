"""Constrained field types that spec and eval share."""

from typing import Annotated, Literal

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
KindName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]
MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(@[a-z][a-z0-9_-]*)?$")]
Argv = Annotated[tuple[str, ...], Field(min_length=1)]
Network = Literal["none", "all"] | tuple[str, ...]
