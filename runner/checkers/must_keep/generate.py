"""Slot-annotated cases, drawn from a declaration and a seed."""

import hashlib
import random
from itertools import chain

from runner.checkers.must_keep.declaration import Declaration, fill, parse, parts


def generate(
    declaration: bytes, *, n: int, seed: bytes, slices: tuple[str, ...]
) -> list[dict[str, object]]:
    """Draw `n` cases whose must spans are known because the generator wrote them.

    Args:
        declaration: A YAML document, see `Declaration`.
        n: Cases to draw.
        seed: Any bytes; the same bytes draw the same cases, another draw shares none.
        slices: Slices of every case; the first names it.

    Returns:
        Cases `{id, text, must: [[start, end, class]], domain, slices, source, reference}`, where
        `reference` holds the character ranges outside must spans that a good compression keeps.

    Raises:
        MustKeepError: the declaration is malformed.
    """
    found = parse(declaration)
    name = slices[0] if slices else found.domain
    return [
        {
            "id": f"{name}-{index:04d}",
            **_case(found, _stream(seed, index)),
            "domain": found.domain,
            "slices": list(slices),
            "source": "generated",
        }
        for index in range(n)
    ]


def _stream(seed: bytes, index: int) -> random.Random:
    key = hashlib.sha256(seed + index.to_bytes(8, "big")).digest()
    return random.Random(int.from_bytes(key, "big"))  # noqa: S311 - repeatable, the seed is secret


def _case(declaration: Declaration, draw: random.Random) -> dict[str, object]:
    text = ""
    must: list[list[int | str]] = []
    reference: list[list[int]] = []
    count = min(draw.randint(*declaration.sentences), len(declaration.templates))
    chosen = draw.sample(declaration.templates, count)
    ends = [declaration.joiner] * (count - 1) + [""]
    for literal, slot in chain.from_iterable(
        [*parts(template), (end, "")] for template, end in zip(chosen, ends, strict=True)
    ):
        literal = fill(declaration, literal, draw)  # noqa: PLW2901 - the drawn form of it
        if literal.strip():
            reference.append([len(text), len(text) + len(literal)])
        text += literal
        value = _value(declaration, slot, draw)
        if slot not in {"", "~"}:
            must.append([len(text), len(text) + len(value), declaration.families[slot].kind])
        text += value
    return {"text": text, "must": must, "reference": reference}


def _value(declaration: Declaration, slot: str, draw: random.Random) -> str:
    if not slot:
        return ""
    forms = declaration.fillers if slot == "~" else declaration.families[slot].forms
    return fill(declaration, draw.choice(forms), draw)
