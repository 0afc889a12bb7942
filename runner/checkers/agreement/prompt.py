"""What instructs the model: a candidate's file, and in which form to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.checkers.agreement.case import Case
from runner.checkers.agreement.params import Params
from runner.core.canonical import digest
from runner.lm.task.surface import chosen, folded, instructions, read_surfaces

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


def bodies(folder: Path, cases: Sequence[Case], params: Params) -> list[str]:
    """Return the instructions with which each case is answered, without frontmatter.

    A case of a fold has those of the fold, where the candidate brings them.

    Args:
        folder: The candidate's files.
        cases: What is to be answered.
        params: Which file instructs.

    Raises:
        InvalidCandidateError: a file is missing or broken.
        SurfaceError: the candidate has several files, and none is declared.
    """
    surfaces = read_surfaces(folder)
    path = chosen(surfaces, params.prompt)
    own = instructions(surfaces[path], path=path)
    folds = {case.fold for case in cases if case.fold is not None}
    texts = {fold: folded(folder, path, fold) for fold in sorted(folds)}
    fitted = {
        fold: instructions(text, path=f"folds/{fold}/{path}")
        for fold, text in texts.items()
        if text is not None
    }
    return [own if case.fold is None else fitted.get(case.fold, own) for case in cases]


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
