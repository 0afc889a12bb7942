"""Secrets taken out of text before it is written or shown."""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MASK = "[redacted]"
SHORTEST_SECRET = 5
"""Characters; a shorter value would blank out ordinary words."""

_LONGEST_KEPT = 1 << 16  # characters of a text that may wait in memory to be met again
_KEPT = 256

_NAMED = r"(?:password|passwd|passphrase)"
_CALL = r"[\w.]+\("
_NOTHING = r"(?:none|null|nil|true|false)\b"
# What an assignment in code or a template refers to instead of saying it: $PASS, <password>, {0}.
_START = r"""[^\s"'`,;&<>(){}$%*=\[\]|\\]"""
_REST = r"""[^\s"'`,;&<>(){}\[\]|\\]"""
_CLAUSE_ENDS = r"""(?=[ \t]*(?:\Z|[\r\n"'`,;)}\]|\\#]|[\w.-]+[ \t]*[:=]))"""
_VALUE = r"""[^\s"'`,;<>(){}\[\]|\\]"""
_NO_WORD = rf"(?={_VALUE}*[0-9]|{_VALUE}*[!@#^+=~]{_VALUE})"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a secret looks like.

    A pattern runs only on a text that can match it: patterns are slow, looking for a word is not.

    Attributes:
        signs: Every match holds at least one of these; in a pattern that ignores case, once folded.
        char: Every match holds it; "" where there is no such character.
        folds: The pattern ignores case.
    """

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    mask: str = MASK
    char: str = ""
    folds: bool = False


def _shape(
    signs: str, pattern: str, *, mask: str = MASK, char: str = "", folds: bool = False
) -> _Shape:
    return _Shape(tuple(signs.split()), re.compile(pattern, re.DOTALL), mask, char, folds)


_KEEPS = r"\1" + MASK
_NAMES = "password passwd passphrase"
SHAPES = (
    _shape("://", r"(?<=://)[^/\s:@\"']*:?[^/\s@\"']*@", mask=MASK + "@", char="@"),
    _shape("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{20,}", char="_"),
    _shape("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,}", char="_"),
    _shape("glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}", char="-"),
    _shape("hf_", r"\bhf_[A-Za-z0-9]{20,}", char="_"),
    _shape("npm_", r"\bnpm_[A-Za-z0-9]{30,}", char="_"),
    _shape("sk-", r"\bsk-[A-Za-z0-9_-]{20,}", char="-"),
    _shape("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", char="-"),
    _shape("AKIA ASIA", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", char="A"),
    _shape("AIza", r"\bAIza[A-Za-z0-9_-]{30,}", char="A"),
    _shape("AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}", char="-"),
    _shape("eyJ", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", char="J"),
    _shape(
        "-----BEGIN",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        char="-",
    ),
    # The letter before its boundary: a search for letters is the fast kind.
    _shape(
        "bearer basic",
        r"(?i:([bB](?<=\b[bB])(?:earer|asic)\s+))[A-Za-z0-9+/._~-]{16,}=*",
        mask=_KEEPS,
        folds=True,
    ),
    _shape(
        "TOKEN= SECRET= PASSWORD= API_KEY=",
        r"(\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|API_KEY)=)[^\s\"',]{4,}",
        mask=_KEEPS,
        char="=",
    ),
    # password=hunter2: no prose is written like that, so any value goes.
    _shape(
        _NAMES,
        rf"(?ai:({_NAMED}=)(?!{_NOTHING}|{_CALL}){_START}{_REST}{{3,}})",
        mask=_KEEPS,
        char="=",
        folds=True,
    ),
    # "password": "hunter2", and with = several words between quotes, too.
    _shape(
        _NAMES,
        rf"(?ai:({_NAMED}(?:=\\?[\"'](?={_START}[^\"'\r\n]{{3}})|"
        rf"\\?[\"']?[ \t]*[:=][ \t]*\\?[\"'](?={_START}{_REST}{{3,}}+\\?[\"']))))[^\"'\r\n\\]+",
        mask=_KEEPS,
        folds=True,
    ),
    # password: hunter2 at the end of a clause; a mere word may be prose: "password: required".
    _shape(
        _NAMES,
        rf"(?ai:((?<!/){_NAMED}[ \t]*[:=][ \t]+)(?!\w+://|{_CALL}){_NO_WORD}"
        rf"{_START}{_VALUE}{{3,}}+{_CLAUSE_ENDS})",
        mask=_KEEPS,
        folds=True,
    ),
)
"""What is masked whoever wrote it, in this order."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with the given secrets and whatever looks like a token masked.

    Args:
        text: A log tail, a remote's words, a trace line.
        secrets: Values known to be secret; also masked as JSON, URL-quoted and base64 text.
            Values of fewer than `SHORTEST_SECRET` characters are left alone.
    """
    known = tuple(secrets)
    return _masked(text, known) if len(text) > _LONGEST_KEPT else _remembered(text, known)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    for form in _spellings(secrets):
        text = text.replace(form, MASK)
    folded = _folded(text)
    for shape in SHAPES:
        if shape.char in text and _shows(shape.signs, folded if shape.folds else text):
            text = shape.pattern.sub(shape.mask, text)
    return text


# A prompt is written once per case, and always the same.
_remembered = lru_cache(maxsize=_KEPT)(_masked)


def _shows(signs: tuple[str, ...], text: str) -> bool:
    return any(sign in text for sign in signs) if len(signs) > 1 else signs[0] in text


def _folded(text: str) -> str:
    """Return a text whose letters are what `re.IGNORECASE` takes them for, dots left out."""
    lower = text.lower()
    if lower.isascii():
        return lower
    return lower.replace("\u017f", "s").replace("\u0131", "i").replace("\u0307", "")


@lru_cache(maxsize=_KEPT)
def _spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the forms of all secrets, the longest first."""
    return tuple(sorted({form for each in secrets for form in _forms(each)}, key=len, reverse=True))


def _forms(secret: str) -> set[str]:
    """Return the spellings under which a secret turns up in logs."""
    if len(secret.strip()) < SHORTEST_SECRET:
        return set()
    return {
        secret,
        secret.strip(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret.encode(errors="surrogateescape")).decode().rstrip("="),
    }
