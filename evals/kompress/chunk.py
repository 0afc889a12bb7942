# ruff: noqa: INP001 - scripts beside their data are no package
"""Chunks of 200 to 440 characters from Python modules: code, diffs and prose."""

import ast
import difflib
import inspect
import tokenize
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from annotate import Marks, code_lines, prose_line

SHORTEST, LONGEST = 200, 440


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its newline, and its must spans."""

    text: str
    marks: Marks


def module_chunks(path: Path) -> dict[str, list[list[Line]]]:
    """Return the chunks of one module by domain; empty for a module that cannot be read."""
    try:
        source = path.read_text(encoding="utf-8")
        code = _annotated(source)
        changed = _renamed(source)
        after = _annotated(changed)
        tree = ast.parse(source)
    except (UnicodeDecodeError, SyntaxError, tokenize.TokenError):
        return {}
    return {
        "code": [*pack(_without_docstrings(code, tree))],
        "diff": [*pack(_diff(code, after))],
        "prose": [*pack(_prose(tree)), *pack(_comments(source))],
    }


def pack(lines: list[Line]) -> list[list[Line]]:
    """Pack consecutive lines into chunks of 200 to 440 characters; a long line ends a chunk."""
    chunks: list[list[Line]] = []
    held: list[Line] = []
    size = 0
    for line in lines:
        length = len(line.text) + 1
        if held and size + length > LONGEST:
            chunks.append(held)
            held, size = [], 0
        if length <= LONGEST:
            held.append(line)
            size += length
    chunks.append(held)
    return [chunk for chunk in chunks if sum(len(line.text) + 1 for line in chunk) >= SHORTEST]


def joined(chunk: list[Line]) -> dict[str, object]:
    """Return text and must spans of a chunk, with offsets into the text."""
    text = ""
    must: list[list[int | str]] = []
    for line in chunk:
        must += [[len(text) + a, len(text) + b, kind] for a, b, kind in line.marks]
        text += line.text + "\n"
    return {"text": text, "must": must}


def _annotated(source: str) -> list[Line]:
    marks = code_lines(source)
    return [
        Line(text, marks.get(number, []))
        for number, text in enumerate(source.splitlines(), start=1)
    ]


def _without_docstrings(lines: list[Line], tree: ast.Module) -> list[Line]:
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return [
        line for row, line in enumerate(lines, start=1) if row not in hidden and line.text.strip()
    ]


def _prose(tree: ast.Module) -> list[Line]:
    lines: list[Line] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = inspect.cleandoc(ast.get_docstring(node) or "")
            if ">>>" not in text and len(text) > SHORTEST // 2:
                lines += [Line(line, prose_line(line)) for line in text.splitlines()]
    return lines


def _comments(source: str) -> list[Line]:
    found = [line.strip() for line in source.splitlines()]
    texts = [line.lstrip("# ") for line in found if line.startswith("# ") and len(line) > 40]  # noqa: PLR2004 - whole sentences, not code switched off
    return [Line(text, prose_line(text)) for text in texts]


def _renamed(source: str) -> str:
    tree = ast.parse(source)
    names = Counter(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and len(node.id) > 3  # noqa: PLR2004 - short names occur in other words
    )
    lines = source.splitlines()
    for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[1:9:3]:
        lines = [
            line.replace(f"{name}", f"{name[:3]}_{name[3:]}") if row % 2 else line
            for row, line in enumerate(lines)
        ]
    return "\n".join(line for row, line in enumerate(lines) if row % 29 or ":" in line) + "\n"


def _diff(before: list[Line], after: list[Line]) -> list[Line]:
    texts = [line.text for line in before], [line.text for line in after]
    found: list[Line] = []
    for group in difflib.SequenceMatcher(None, *texts, autojunk=False).get_grouped_opcodes(1):
        first, last = group[0], group[-1]
        spans = [(first[1] + 1, last[2] - first[1]), (first[3] + 1, last[4] - first[3])]
        found.append(_header(spans))
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                found += [_shifted(" ", line) for line in before[a1:a2]]
                continue
            found += [_shifted("-", line) for line in before[a1:a2]]
            found += [_shifted("+", line) for line in after[b1:b2]]
    return found


def _header(spans: list[tuple[int, int]]) -> Line:
    parts = ["@@ -", f"{spans[0][0]},{spans[0][1]}", " +", f"{spans[1][0]},{spans[1][1]}", " @@"]
    ends = [sum(map(len, parts[:count])) for count in range(len(parts) + 1)]
    cuts = list(pairwise(ends))
    return Line("".join(parts), [(*cuts[1], "number"), (*cuts[3], "number")])


def _shifted(sign: str, line: Line) -> Line:
    return Line(sign + line.text, [(a + 1, b + 1, kind) for a, b, kind in line.marks])
