"""The fingerprint of an error: the same fault twice has the same one."""

import re

from runner.core.canonical import digest

_LINES = 5
_TRACEBACK = "Traceback (most recent call last)"
# In this order: what a later mask would cut in pieces is masked first.
_MASKS = (
    (re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]"), ""),
    (re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+"), "<url>"),
    (re.compile(r"(?:[A-Za-z]:)?(?:[\w.~+-]*[/\\])+[\w.~+-]*"), "<path>"),
    (re.compile(r"\b(?:tmp|temp)[\w-]{4,}"), "<path>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ][\d:.,]+(?:Z|[-+]\d\d:?\d\d)?)?"), "<n>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<hex>"),
    (re.compile(r"\b(?=[0-9a-fA-F-]*\d)[0-9a-fA-F]{6,}(?:-[0-9a-fA-F]{4,})*\b"), "<hex>"),
    (re.compile(r"[-+]?\d[\d_,:.]*(?:[eE][-+]?\d+)?"), "<n>"),
    (re.compile(r"<n>\s*(?:ns|us|µs|ms|s|sec|seconds?|min|minutes?|h|[KMG]i?B|it/s)\b"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def fingerprint(log: str, *, cause: str) -> str:
    """Digest an error with its paths, numbers, hex, timings and colours masked.

    Args:
        log: The child's output. From its last traceback on if there is one, else its last five
            lines; progress output before that does not count.
        cause: How it ended in the engine's words (`exit 1`, `killed at the wall limit`), taken
            literally.
    """
    lines = [line for line in log.splitlines() if line.strip()]
    starts = [number for number, line in enumerate(lines) if _TRACEBACK in line]
    tail = lines[starts[-1] :] if starts else lines[-_LINES:]
    return digest("\n".join([cause, *(mask(line) for line in tail)]).encode())


def mask(line: str) -> str:
    """Return a line of a log with its volatile parts replaced by their kind."""
    for pattern, kind in _MASKS:
        line = pattern.sub(kind, line)
    return line.strip()
