"""Known faults of compressors that rebuild text from tokens, counted in real outputs."""

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_ID = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{6,}\b")


def faults(texts: Sequence[str], outputs: Sequence[str]) -> dict[str, float]:
    """Count what the outputs did to the texts, beyond leaving things out.

    Returns:
        upper_case_kept: Upper-case letters that are left, of those of the texts, in [0, 1].
        line_ends_kept: The same of line ends.
        words_invented: Share of the outputs' words that their text has nowhere, whatever the case.
        ids_broken: Of identifiers of 6 or more letters and digits of which a part is left, the
            share that is not left whole, in the same case.
        no_subsequence: Share of the outputs that are no subsequence of their text.
    """
    pairs = list(zip(texts, outputs, strict=True))
    known = [set(_words(text)) for text in texts]
    new = [w not in have for have, out in zip(known, outputs, strict=True) for w in _words(out)]
    ids = [(name, out) for text, out in pairs for name in _ID.findall(text)]
    left = [(name, out) for name, out in ids if name[:3].lower() in out.lower()]
    return {
        "upper_case_kept": _share(pairs, str.isupper),
        "line_ends_kept": _share(pairs, "\n".__eq__),
        "words_invented": round(sum(new) / max(1, len(new)), 4),
        "ids_broken": round(sum(n not in out for n, out in left) / max(1, len(left)), 4),
        "no_subsequence": round(sum(not _within(o, t) for t, o in pairs) / len(pairs), 4),
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _share(pairs: Sequence[tuple[str, str]], counts: object) -> float:
    if not callable(counts):
        raise TypeError("counts must be a test of one character")
    had, left = Counter[str](), Counter[str]()
    for text, out in pairs:
        had.update(filter(counts, text))
        left.update(filter(counts, out))
    return round(left.total() / max(1, had.total()), 4)


def _within(output: str, text: str) -> bool:
    rest = iter(text)
    return all(char in rest for char in output)
