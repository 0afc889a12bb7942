"""The maker's override: a lexer of typed must-keep spans.

It knows nothing of how eval cases are generated, and eval cases are never annotated with it;
otherwise the override would mark its own homework.
"""

import re
from dataclasses import dataclass

# repeats that may fail late are bounded: without, one line `a-a-a-...` of 32 KB took 40 s
_CLASSES = (
    ("url", r"\b[a-z][a-z0-9+.-]{1,10}://[^\s\"'<>)\]}]+"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    (
        "time",
        (
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
            r"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"
        ),
    ),
    ("address", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"),
    (
        "path",
        (
            r"(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?(?::\d+(?::\d+)?)?"
            r"|\b[\w-]{1,80}(?:/[\w.-]+)*"
            r"\.(?:py|c|h|go|rs|js|ts|json|ya?ml|toml|txt|md|log|sh|cfg|ini)\b"
            r"(?::\d+(?::\d+)?)?"
        ),
    ),
    ("flag", r"(?<![\w-])--?[A-Za-z][\w-]*"),
    ("version", r"\bv\d+(?:\.\d+)+(?:[-+][\w.]+)?\b|\b\d+\.\d+\.\d+(?:[-+][\w.]+)?\b"),
    ("hex", r"\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b"),
    (
        "number",
        (
            r"[-+]?\b\d+(?:[.,_]\d+)*(?:e[-+]?\d+)?"
            r"(?:\s?(?:%|[kKMGT]i?B\b|ns\b|us\b|ms\b|s\b|min\b|h\b|px\b|Hz\b|bytes?\b))?"
        ),
    ),
    (
        "error",
        (
            r"\b(?:ERROR|ERR|WARN(?:ING)?|FATAL|CRITICAL|PANIC|FAIL(?:ED|URE)?)\b"
            r"|\b[A-Z]\w*(?:Error|Exception|Warning)\b|\bE[A-Z]{4,}\b"
        ),
    ),
    (
        "negation",
        r"(?i:\b(?:not|no|never|none|nothing|cannot|without|neither|nor)\b|\b\w+n't\b)",
    ),
    ("constant", r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?:True|False|None|true|false|null)\b"),
    (
        "name",
        (
            r"(?<=\bdef )\w+|(?<=\bclass )\w+|\b[A-Za-z]+_\w+\b|\b_+[a-z]+_\w+\b"
            r"|\b[a-z]+[A-Z]\w*\b|\b[A-Z]{3,}\b"
        ),
    ),
)
_LEXER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _CLASSES))
CLASSES = tuple(name for name, _ in _CLASSES)


@dataclass(frozen=True, slots=True)
class MustSpan:
    """A character span `[start, end)` that must survive whole, and its class."""

    start: int
    end: int
    kind: str


def lex(text: str) -> tuple[MustSpan, ...]:
    """Find the must-keep spans of a text: ascending, disjoint, never empty."""
    return tuple(
        MustSpan(match.start(), match.end(), match.lastgroup or "")
        for match in _LEXER.finditer(text)
        if match.end() > match.start()
    )


def lex_pieces(text: str, cuts: tuple[tuple[int, int], ...]) -> tuple[MustSpan, ...]:
    """Lex each piece alone, as the Kompress post did with single sub-tokens.

    Kept for comparison: a span that crosses pieces is not recognised, which is where the post's
    ceiling of 0.965 comes from.
    """
    return tuple(
        MustSpan(start + found.start, start + found.end, found.kind)
        for start, end in cuts
        for found in lex(text[start:end])
    )
