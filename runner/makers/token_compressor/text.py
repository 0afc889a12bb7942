"""Training texts as the maker reads them."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from runner.compression.unit import Span, units
from runner.core.frozen import Frozen
from runner.makers.token_compressor.errors import TokenCompressorError


class _Line(Frozen, extra="ignore"):
    text: str
    domain: str = ""
    must: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """One training text, cut into units.

    Attributes:
        must: Annotated spans; only ever read to report `mk_in_ref`, never to make labels.
    """

    text: str
    domain: str
    pieces: tuple[Span, ...]
    must: tuple[tuple[int, int, str], ...]


def read_texts(path: Path | None) -> list[Text]:
    """Read the train split.

    Raises:
        TokenCompressorError: there is none, it is empty, or a line has no text.
    """
    if path is None:
        raise TokenCompressorError("the request has no train split; the maker learns from one")
    texts: list[Text] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found = _Line.model_validate(json.loads(line))
        except (ValueError, ValidationError) as err:
            raise TokenCompressorError(f"{path.name}:{number}: not a training text: {err}") from err
        texts.append(Text(found.text, found.domain, units(found.text), found.must))
    kept = [text for text in texts if text.pieces]
    if not kept:
        raise TokenCompressorError(f"{path.name}: no text with a word; training needs some")
    return kept
