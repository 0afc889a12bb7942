"""The maker's override: a lexer of typed must-keep spans.

It knows nothing of how eval cases are generated, and eval cases are never annotated with it;
otherwise the override would mark its own homework.
"""

import re
from dataclasses import dataclass

# Every repeat that may fail late is bounded: without, one line `a-a-a-...` of 32 KB took 40 s.
_NUMBER = r"\d{1,40}(?:[.,_]\d{1,40}){0,20}"
_HEX4 = r"[0-9a-fA-F]{1,4}"
_FILES = (
    r"py|pyi|c|cc|cpp|h|hpp|go|rs|js|jsx|ts|tsx|java|kt|rb|php|cs|swift|sql|json|jsonl|ya?ml|toml"
    r"|txt|md|rst|csv|tsv|log|sh|cfg|ini|conf|env|lock|xml|html|css|proto|tf|gz|zip|tar|so|dll|exe"
)
_UNITS = (
    r"\s?(?:[kKMGTP]i?[Bb](?:/s|ps)?|[kMG]?Hz|[nuµm]s|min|sec|hrs?|px|bps|dB|rpm|fps|kg|km|cm|mm|kWh?"
    r"|bytes?|(?:milli|micro|nano)?seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b"
    r"|\s?[%‰]|\s?°[CF]?|[smhdgxBKMGVAW]\b"
)
_MONEY = r"USD|EUR|GBP|JPY|CHF|CNY|INR"
_SMALL = r"one|two|three|four|five|six|seven|eight|nine"
_TENS = r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
_ORDINAL = (
    r"second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w{3,5}teenth"
)
_AUXILIARY = (
    r"do|does|did|is|are|was|were|be|has|have|had|can|could|must|should|shall|will|would|may|might"
)

_CLASSES = (
    ("url", r"\b[a-z][a-z0-9+.-]{1,10}://[^\s\"'<>)\]}]+"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    (
        "time",
        (
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
            r"|\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?[ap]m)?\b(?!:)"
            r"|\b\d{1,2}/\d{1,2}/\d{2,4}\b"
            r"|\bP(?=T?\d)(?:\d{1,5}[YMWD]){0,4}(?:T(?:\d{1,5}[HMS]){1,3})?\b"
        ),
    ),
    (
        "address",
        (
            r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?::\d{1,5})?\b"
            r"|\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
            r"|\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b"
            rf"|(?<![\w:])(?=[\da-fA-F:]{{2,39}})(?:{_HEX4})?(?::{_HEX4}){{0,6}}::"
            rf"(?:{_HEX4}(?::{_HEX4}){{0,6}})?(?:/\d{{1,3}})?(?![\w:])"
            rf"|(?<![\w:]){_HEX4}(?::{_HEX4}){{7}}(?![\w:])"
        ),
    ),
    (
        "path",
        (
            r"(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?(?::\d+(?::\d+)?)?"
            r"|(?<![\w/])(?:~|\.{1,2})/[\w.@+-]+"
            rf"|\b[\w-]{{1,80}}(?:/[\w.-]+)*\.(?:{_FILES})\b(?::\d+(?::\d+)?)?"
            r"|\b[A-Za-z]:\\[\w.\\-]+"
            rf"|(?<![\w*])\*\.(?:{_FILES})\b"
        ),
    ),
    ("ticket", r"\bCVE-\d{4}-\d{4,7}\b|\b[A-Z]{2,10}-\d{1,8}\b|(?<!\w)#\d{1,9}\b"),
    ("variable", r"\$[A-Za-z_]\w{0,79}|\$\{[\w.:-]{1,80}\}|(?<![\w%])%[A-Z_]{2,40}%"),
    (
        "pair",
        r"(?<![\w-])[A-Za-z_][\w.-]{0,63}=(?![=\s])(?:\"[^\"\s]{1,80}\"|'[^'\s]{1,80}'|[^\s\"'(),;{}\[\]]{1,80})",
    ),
    ("flag", r"(?<![\w-])--?[A-Za-z][\w-]*"),
    (
        "version",
        (
            r"(?<![\w.])(?:[~^]|~>|[<>=!]=|[<>])\s?v?\d{1,9}(?:\.(?:\d{1,9}|[x*])){0,3}(?:[-+][\w.]{1,40})?"
            r"(?![\w])"
            r"|\bv\d{1,9}(?:\.\d{1,9})*(?:[-+][\w.]{1,40})?\b"
            r"|\b\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+]?[a-z][\w.]{0,40}|[-+][\w.]{1,40})?\b"
        ),
    ),
    (
        "hex",
        (
            r"\b0x[0-9a-fA-F]+\b|#[0-9a-fA-F]{6}\b"
            r"|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b"
        ),
    ),
    (
        "money",
        (
            rf"[$€£¥]\s?{_NUMBER}[kKmMbB]?\b|\b(?:{_MONEY})\s?{_NUMBER}[kKmMbB]?\b"
            rf"|\b{_NUMBER}[kKmMbB]?\s?(?:{_MONEY}|€|£)"
        ),
    ),
    (
        "number",
        (
            r"\[\d{1,9}(?:[x\u00d7]\d{1,9}){1,5}\]|\b\d{1,9}(?:[x\u00d7]\d{1,9}){1,5}\b"
            rf"|\b{_NUMBER}°?\s?[NSEW]\b"
            r"|\b\d{1,9}(?:st|nd|rd|th)\b"
            rf"|[-+]?\b{_NUMBER}(?:[eE][-+]?\d{{1,5}})?(?:(?:/|\.\.|-){_NUMBER})?(?:{_UNITS})?"
        ),
    ),
    (
        "error",
        (
            r"\b(?:ERROR|ERR|WARN(?:ING)?|FATAL|CRITICAL|PANIC|FAIL(?:ED|URE)?|SIG[A-Z]{2,6})\b"
            r"|\b[A-Z]\w*(?:Error|Exception|Warning|Failure)\b|\bE[A-Z]{4,}\b"
            r"|\b(?i:errors?|failed|failures?|fatal|panic(?:ked)?|exceptions?|traceback|denied|refused"
            r"|timed out|time-?out|aborted|corrupt(?:ed)?|crash(?:ed|es)?|unreachable|invalid"
            r"|missing"
            r"|killed|segfault(?:ed)?|segmentation fault|deadlock(?:ed)?|overflow|out of memory"
            r"|out of range|broken pipe|rejected|unavailable|critical|undefined|unauthori[sz]ed"
            r"|forbidden|not found|unexpected|warnings?)\b"
        ),
    ),
    (
        "negation",
        (
            rf"(?i:\b(?:{_AUXILIARY})\s+not\b"
            r"|\b(?:not|no|never|none|nothing|nobody|nowhere|cannot|without|neither|nor|except|unless)\b"
            r"|\b\w{1,12}n['\u2019]t\b)"
        ),
    ),
    (
        "quantifier",
        (
            r"(?i:\b(?:at (?:most|least)|(?:more|less|fewer|greater|other|rather) than|up to"
            r"|all but|none of|every other|(?:exactly )?half(?: of)?|exactly|only|always|twice"
            r"|a dozen|must)\b"
            rf"|\b(?:(?:{_TENS})(?:-(?:{_SMALL}|{_ORDINAL}|first))?|{_SMALL}|ten|eleven|twelve"
            rf"|(?:{_ORDINAL})|\w{{3,5}}teen|zero)"
            r"(?:\s(?:hundred|thousand|million|billion))?\b)"
        ),
    ),
    (
        "constant",
        r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?:True|False|None|true|false|null|nil|NaN)\b",
    ),
    (
        "name",
        (
            r"(?<=\bdef )\w+|(?<=\bclass )\w+|(?<=\bfunc )\w+|(?<=\bfn )\w+"
            r"|\b[A-Za-z]+_\w+\b|\b_+[A-Za-z]\w*\b"
            r"|\b[a-z]+[A-Z]\w*\b|\b(?:[A-Z][a-z0-9]+){2,}\b|\b[A-Z]{3,}\b"
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
