"""What instructs the model: a body of instructions, and in which form to answer."""

from dataclasses import dataclass

from runner.checkers.agreement.params import Params
from runner.core.canonical import digest

_FORMS = ("one value", "a list", "a text")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A system message, and the digest that cells know it by."""

    text: str
    digest: str


def prompt(body: str, params: Params) -> Prompt:
    """Return the system message of some instructions, which may be ""."""
    text = "\n\n".join(part for part in (body, f"# Answer\n{form(params)}") if part)
    return Prompt(text=text, digest=digest(text.encode()))


def form(params: Params) -> str:
    """Return the sentence that says how to answer, as in `category (one value) and areas (a list)`.

    Labels without fields are one text, and so is their answer.
    """
    if not params.fields:
        return "Answer with the text alone, and nothing else."
    kinds = zip((params.categorical, params.array, params.text), _FORMS, strict=True)
    parts = [
        f"{', '.join(names)} ({word}{' each' if len(names) > 1 else ''})"
        for names, word in kinds
        if names
    ]
    named = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    fields = "fields" if len(params.fields) > 1 else "field"
    return f"Answer with one JSON object with the {fields} {named}."
