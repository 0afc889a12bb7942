"""A few words in colour, on terminals that want it."""

import sys
from collections.abc import Mapping
from typing import Literal

from runner.core.row import Row
from runner.report.word import verdict_words
from runner.wiring.terminal import coloured

Tone = Literal["good", "bad", "open", "strong", "faint", "dropped"]
_CODES: Mapping[Tone, str] = {
    "good": "32",
    "bad": "31",
    "open": "33",
    "strong": "1",
    "faint": "2",
    "dropped": "2;9;31",  # faint, struck out, red
}
_VERDICTS: Mapping[str, Tone] = {
    "accept": "good",
    "confirmed": "good",
    "keep": "open",
    "superseded": "open",
    "failed": "bad",
    "error": "bad",
    "refuted": "bad",
}


def paint(text: str, tone: Tone | None) -> str:
    """Return a text for standard output in a tone, or as it is where there are no colours."""
    if tone is None or not text or not coloured(sys.stdout):
        return text
    return f"\033[{_CODES[tone]}m{text}\033[0m"


def painted(text: str, row: Row) -> str:
    """Return what is told of a row with the first word of its verdict in the verdict's tone."""
    word = verdict_words(row).partition(":")[0]
    return text.replace(f"{word}:", f"{paint(word, tone_of(row.verdict))}:", 1)


def tone_of(verdict: str | None) -> Tone | None:
    """Return the tone of a verdict; None for one that is neither good nor bad news."""
    return _VERDICTS.get(verdict or "")
