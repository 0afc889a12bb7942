"""The declaration of generated cases: templates, and slot families that fill them."""

import random
import re
from typing import Annotated

import yaml
from pydantic import Field, PositiveInt, ValidationError

from runner.checkers.must_keep.errors import MustKeepError
from runner.core.frozen import Frozen

_ALPHABETS = {
    "digit": "0123456789",
    "hex": "0123456789abcdef",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
_ATOM = re.compile(r"<([a-z_]+)(?::(\d+)-(\d+))?>")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*|~)\}")
Forms = Annotated[tuple[str, ...], Field(min_length=1)]


class Family(Frozen):
    """One slot family: the class of its must spans, and the forms that they take.

    A form is literal text with atoms: `<int:1-900>`, `<digit:2-4>`, `<hex:7-12>`, `<lower:3-8>`,
    `<upper:3-8>` (ranges are lengths but for `int`), or `<name>` of one of the lists.
    """

    kind: str = Field(alias="class")
    forms: Forms


class Declaration(Frozen):
    """Everything that a draw needs.

    Attributes:
        templates: Sentences with `{family}` slots, `{~}` for a filler, and atoms.
        fillers: Droppable phrases; the reference keeps all other literal text.
        sentences: Least and most sentences of one case.
        joiner: What stands between sentences.
        domain: The domain written into each case.
    """

    v: Annotated[int, Field(ge=1, le=1)]
    domain: str
    sentences: tuple[PositiveInt, PositiveInt]
    joiner: str
    lists: dict[str, Forms] = {}
    fillers: Forms
    families: dict[str, Family]
    templates: Forms


def parse(data: bytes) -> Declaration:
    """Read a declaration and check that every slot and atom is defined.

    Raises:
        MustKeepError: not YAML, an unknown or missing key, an undefined slot or atom.
    """
    try:
        found = Declaration.model_validate(yaml.safe_load(data))
    except (yaml.YAMLError, ValidationError) as err:
        raise MustKeepError(f"the generator's declaration cannot be read: {err}") from err
    if found.sentences[0] > found.sentences[1]:
        raise MustKeepError(f"sentences: {found.sentences[0]} > {found.sentences[1]}")
    for template in found.templates:
        for slot in _SLOT.findall(template):
            if slot != "~" and slot not in found.families:
                raise MustKeepError(f"template {template!r} names no family: {slot!r}")
    forms = [form for family in found.families.values() for form in family.forms]
    for form in (*forms, *found.fillers, *found.templates):
        for match in _ATOM.finditer(form):
            _check_atom(found, match, form)
    return found


def parts(template: str) -> list[tuple[str, str]]:
    """Split a template into `(literal, slot)` pairs; the last slot is empty."""
    cut = _SLOT.split(template)
    return list(zip(cut[::2], [*cut[1::2], ""], strict=True))


def fill(declaration: Declaration, form: str, draw: random.Random) -> str:
    """Return a form with each of its atoms drawn."""
    return _ATOM.sub(lambda match: _drawn(declaration, match, draw), form)


def family_patterns(declaration: Declaration) -> dict[str, re.Pattern[str]]:
    """Return for each family a pattern of all texts that its forms can produce.

    With it a corpus can be proven free of a private family.
    """
    return {
        name: re.compile(
            r"(?<!\w)(?:" + "|".join(_pattern(declaration, f) for f in family.forms) + r")(?!\w)",
            re.IGNORECASE,
        )
        for name, family in declaration.families.items()
    }


def _check_atom(declaration: Declaration, match: re.Match[str], form: str) -> None:
    name, low, high = match.groups()
    ranged = name in _ALPHABETS or name == "int"
    if ranged != (low is not None) or (not ranged and name not in declaration.lists):
        raise MustKeepError(f"form {form!r} has an undefined atom: {match.group()!r}")
    if ranged and int(low) > int(high):
        raise MustKeepError(f"form {form!r} has an empty range: {match.group()!r}")


def _drawn(declaration: Declaration, match: re.Match[str], draw: random.Random) -> str:
    name, low, high = match.groups()
    if low is None:
        return fill(declaration, draw.choice(declaration.lists[name]), draw)
    if name == "int":
        return str(draw.randint(int(low), int(high)))
    return "".join(draw.choices(_ALPHABETS[name], k=draw.randint(int(low), int(high))))


def _pattern(declaration: Declaration, form: str) -> str:
    out, last = "", 0
    for match in _ATOM.finditer(form):
        out += re.escape(form[last : match.start()])
        name, low, high = match.groups()
        if low is None:
            inner = "|".join(_pattern(declaration, item) for item in declaration.lists[name])
            out += f"(?:{inner})"
        elif name == "int":
            out += rf"\d{{{len(low)},{len(high)}}}"
        else:
            out += f"[{_ALPHABETS[name]}]{{{low},{high}}}"
        last = match.end()
    return out + re.escape(form[last:])
