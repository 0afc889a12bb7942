"""How a compressor decides: stored in the candidate as `compressor.json`; imports no torch."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from runner.compression.errors import CompressionError
from runner.core.canonical import canonical
from runner.core.file import write_atomic
from runner.core.frozen import Frozen

FILE = "compressor.json"
Override = Literal["off", "on", "span"]


class Options(Frozen):
    """The inference options of a candidate.

    Attributes:
        threshold: Units scoring above it are kept; scores are in [0, 1].
        override: `span` forces units of lexed character spans; `on` lexes single sub-tokens, as
            the Kompress post did; `off` trusts the model alone.
    """

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    override: Override = "off"


def write_options(folder: Path, options: Options) -> None:
    """Store the options beside the weights."""
    write_atomic(folder / FILE, canonical(options.model_dump(mode="json")))


def read_options(folder: Path) -> Options:
    """Read a candidate's options.

    Raises:
        CompressionError: the file is missing or says something this engine does not know.
    """
    try:
        return Options.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError) as err:
        raise CompressionError(f"{folder / FILE} holds no compressor options: {err}") from err
