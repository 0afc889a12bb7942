# ruff: noqa: INP001 - scripts beside their data are no package
"""Must spans of code and prose, from the tokenizer of the language and from whole words.

Independent of the maker's lexer on purpose: it shares no pattern with it.
"""

import io
import keyword
import token
import tokenize
from collections import defaultdict

Marks = list[tuple[int, int, str]]

_NEGATIONS = {"not", "no", "never", "none", "nothing", "cannot", "without", "neither", "nor"}
_EDGES = ".,;:!?()[]{}<>\"'`*=“”"
_CONSTANTS = {"None", "True", "False"}
_ERRORS = ("Error", "Exception", "Warning")


def code_lines(source: str) -> dict[int, Marks]:
    """Annotate a Python module: 1-based line to `(column, column, class)`.

    Marked are numbers, constants, `not`, names with an underscore or in capitals, defined names,
    exceptions, and what `prose_line` finds in comments.

    Raises:
        SyntaxError: the text is no Python.
        tokenize.TokenError: the text ends within a token.
    """
    marks: dict[int, Marks] = defaultdict(list)
    before = ""
    for found in tokenize.generate_tokens(io.StringIO(source).readline):
        (row, start), (_, end), text = found.start, found.end, found.string
        if found.type == token.NUMBER:
            marks[row].append((start, end, "number"))
        elif found.type == tokenize.COMMENT:
            marks[row] += [(start + a, start + b, kind) for a, b, kind in prose_line(text)]
        elif found.type == token.NAME:
            kind = _name_class(text, before)
            if kind:
                marks[row].append((start, end, kind))
        before = text
    return dict(marks)


def prose_line(line: str) -> Marks:
    """Annotate one line of prose, whole words only, without their punctuation."""
    marks: Marks = []
    at = 0
    for word in line.split():
        at = line.index(word, at)
        core = word.strip(_EDGES)
        kind = _word_class(core) if core else ""
        if kind:
            start = line.index(core, at)
            marks.append((start, start + len(core), kind))
        at += len(word)
    return marks


def _name_class(name: str, before: str) -> str:
    if name in _CONSTANTS:
        return "constant"
    if name == "not":
        return "negation"
    if keyword.iskeyword(name) or name.startswith("__"):
        return ""
    if name.endswith(_ERRORS) and name[0].isupper():
        return "error"
    return "name" if before in {"def", "class"} or _compound(name) else ""


def _compound(name: str) -> bool:
    inner = name.strip("_")
    return "_" in inner or (len(inner) > 2 and inner.isupper())  # noqa: PLR2004 - `OK`, `ID` are prose


def _word_class(word: str) -> str:
    if word.lower() in _NEGATIONS or word.lower().endswith("n't"):
        return "negation"
    if word in _CONSTANTS:
        return "constant"
    if word.endswith(_ERRORS) and word[0].isupper() and word not in _ERRORS:
        return "error"
    if "://" in word:
        return "url"
    if _is_number(word):
        return "number"
    return "name" if "_" in word.strip("_") and word.isidentifier() else ""


def _is_number(word: str) -> bool:
    try:
        float(word.removesuffix("%"))
    except ValueError:
        return False
    return word[0].isdigit() or word[0] in "+-"
