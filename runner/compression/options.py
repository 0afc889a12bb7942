"""How a compressor decides: stored in the candidate as `compressor.json`; imports no torch."""

import json
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, PositiveInt, ValidationError, model_validator

from runner.compression.errors import CompressionError
from runner.core.canonical import canonical
from runner.core.explain import complaints
from runner.core.file import write_atomic
from runner.core.frozen import Frozen
from runner.core.problem import dotted

FILE = "compressor.json"
Override = Literal["off", "on", "span"]
Domain = Literal["code", "log", "json", "prose", "other"]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class DomainOptions(Frozen):
    """How texts of one domain are decided; a budget wins over a threshold.

    Attributes:
        threshold: Units scoring above it are kept; None is the domain's own default.
        budget: Share of the units that is kept, best first; None decides by threshold.
    """

    threshold: Share | None = None
    budget: Share | None = None


class Ensemble(Frozen):
    """A vote of several compressors; the score of a unit is the k-th largest of its members'.

    Attributes:
        members: Roles; each names a folder with a compressor.
        keep_if: k: how many members must score a unit above the threshold to keep it.
    """

    members: Annotated[tuple[str, ...], Field(min_length=1)]
    keep_if: PositiveInt

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if len(set(self.members)) < len(self.members):
            raise ValueError("a member is named twice; each has one vote")
        if self.keep_if > len(self.members):
            raise ValueError(f"keep_if is {self.keep_if}, but there are {len(self.members)} votes")
        return self


class Options(Frozen):
    """The inference options of a candidate.

    Attributes:
        threshold: Units scoring above it are kept; scores are in [0, 1].
        override: `span` forces units of lexed character spans; `on` lexes single sub-tokens, as
            the Kompress post did; `off` trusts the model alone.
        domains: Empty: `threshold` decides every text. Else texts are routed by domain; a domain
            that is not named, or says nothing, has the default threshold of the Kompress post.
        ensemble: None for a compressor that scores alone.
    """

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    override: Override = "off"
    domains: dict[Domain, DomainOptions] = {}
    ensemble: Ensemble | None = None


ROUTED: dict[Domain, DomainOptions] = {
    "code": DomainOptions(threshold=0.35),
    "log": DomainOptions(threshold=0.45),
    "json": DomainOptions(threshold=0.45),
    "prose": DomainOptions(threshold=0.55),
    "other": DomainOptions(threshold=0.50),
}
"""Thresholds by domain where routing is on and a candidate names none.

Source: the Kompress post; it gives code .35, logs .45 and prose .55.
"""


def write_options(folder: Path, options: Options) -> None:
    """Store the options beside the weights; what is left at its default is left out."""
    plain = options.model_dump(mode="json", exclude_defaults=True)
    always = options.model_dump(mode="json", include={"threshold", "override"})
    write_atomic(folder / FILE, canonical(always | plain))


def read_options(folder: Path) -> Options:
    """Read a candidate's options.

    Raises:
        CompressionError: the file is missing or says something this engine does not know.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_bytes())
        return Options.model_validate_json(json.dumps(data))
    except OSError as err:
        raise CompressionError(f"{path} holds no compressor options: {err.strerror}") from err
    except ValidationError as err:
        told = "; ".join(
            f"{dotted(each.pointer)}: {each.text}" for each in complaints(Options, data, err)
        )
        raise CompressionError(f"{path} holds no compressor options: {told}") from err
    except ValueError as err:
        raise CompressionError(f"{path} holds no compressor options: it is no JSON") from err
