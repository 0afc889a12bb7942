"""One byte form for every JSON value, so that a digest means the same everywhere."""

import hashlib
import json


def canonical(value: object) -> bytes:
    """Encode a JSON value: sorted keys, no spaces, UTF-8, one newline at the end.

    Raises:
        ValueError: a NaN or an infinity, which JSON cannot carry.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode() + b"\n"


def digest(data: bytes) -> str:
    """Return the sha256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()
