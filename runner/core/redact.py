"""Secrets taken out of text before it is written or shown."""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable

MASK = "[redacted]"
SHORTEST_SECRET = 5
"""Characters; a shorter value would blank out ordinary words."""

_SHAPES = tuple(
    (re.compile(pattern, re.DOTALL), replacement)
    for pattern, replacement in (
        (r"(?<=://)[^/\s:@\"']*:?[^/\s@\"']*@", MASK + "@"),
        (r"\bgh[pousr]_[A-Za-z0-9]{20,}", MASK),
        (r"\bgithub_pat_[A-Za-z0-9_]{20,}", MASK),
        (r"\bglpat-[A-Za-z0-9_-]{20,}", MASK),
        (r"\bhf_[A-Za-z0-9]{20,}", MASK),
        (r"\bnpm_[A-Za-z0-9]{30,}", MASK),
        (r"\bsk-[A-Za-z0-9_-]{20,}", MASK),
        (r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", MASK),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", MASK),
        (r"\bAIza[A-Za-z0-9_-]{30,}", MASK),
        (r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}", MASK),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", MASK),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
        (r"(?i:(\b(?:bearer|basic)\s+))[A-Za-z0-9+/._~-]{16,}=*", r"\1" + MASK),
        (r"(\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|API_KEY)=)[^\s\"',]{4,}", r"\1" + MASK),
    )
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with the given secrets and whatever looks like a token masked.

    Args:
        text: A log tail, a remote's words, a trace line.
        secrets: Values known to be secret; also masked as JSON, URL-quoted and base64 text.
            Values of fewer than `SHORTEST_SECRET` characters are left alone.
    """
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


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
