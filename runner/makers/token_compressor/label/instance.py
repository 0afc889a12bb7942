"""Instances of must-keep spans: what the override's lexer knows, as examples to learn from.

One list per class of the lexer; their words and digits are drawn anew, so a list stands for many.
"""

import random
import re
from collections.abc import Sequence

KNOWN: dict[str, tuple[str, ...]] = {
    "url": (
        "https://docs.vendor.example/api/v2/items?id=42&sort=asc",
        "ftp://files.host.example/pub/list.txt",
        "postgres://app:word@db.host.example:5432/main",
        "wss://stream.host.example/feed#top",
    ),
    "uuid": ("9b2f64a1-3c5d-4e8f-a017-6d2c9be04f13", "0C6E22D4-91AB-47F0-B8E2-5D1F7A3390CE"),
    "time": (
        *("2024-11-03", "2023-07-19T08:21:55Z", "2022-01-30 17:04:09,123", "06:45"),
        *("23:59:01.250", "9:30 pm", "12/24/2023", "P3DT4H", "PT15M"),
    ),
    "address": (
        *("10.20.30.40", "192.168.7.1:8443", "172.20.0.0/14", "ops.team+alerts@mail.example"),
        *("3c:22:fb:9a:01:7e", "fe80::1c2d:3e4f", "2001:db8:85a3::8a2e:370:7334", "::1"),
        "fd12:3456:789a:1::/64",
    ),
    "path": (
        *("src/server/handlers.py:128:14", "/var/lib/agent/state", "./scripts/build_all.sh"),
        *("../conf/local.toml", "~/notes/todo.md", "parser_main.go:77", "C:\\Users\\build\\out"),
        *("*.json", "lib/util.rs", "index.html"),
    ),
    "ticket": ("OPS-4821", "CVE-2023-45871", "#3907", "GH-12"),
    "variable": ("$HOME", "${BUILD_DIR}", "$path_prefix", "%APPDATA%"),
    "pair": (
        *("retries=5", "mode=fast", "name='alpha'", "timeout_ms=2500", 'user="root"'),
        *("pid=8812", "level=info", "size=4.5GB"),
    ),
    "flag": ("--dry-run", "--output", "-v", "-rf", "-x", "--no-verify", "--max-depth", "-p"),
    "version": (
        *("v2.14.0", "3.11.2", "1.0.0-rc.2", "4.2.0-beta.11", "2.0.0-alpha", "v7", "^1.8.3"),
        *("~>2.4", "~2.1", "~> 3.0", "<=5.1.2", ">=1.14", "!=0.9.1", "==2.7.18", "<3"),
        "v1.2.3+build.9",
    ),
    "hex": ("0x7fe3a9", "a3f9c21", "9d8e7f6a5b4c3d2e1f00", "#ff8800", "4be1f0c9d2a7364518b0cfe29a"),
    "money": (
        *("$14.99", "EUR 250", "1,200 USD", "GBP 45k", "\u20ac19.50", "\u00a33.2M"),
        "75 EUR",
    ),
    "number": (
        *("42", "3.14159", "-17", "1,024", "6e-4", "99.9%", "40 %", "250ms", "12s", "7.5 GB"),
        *("512MiB", "64 MiB", "12 GiB", "300 KB", "2.5 TB", "16 kHz", "90 seconds", "15 minutes"),
        *("3 hours", "21 days", "640x480", "[8x3x224]", "3/4", "10-20", "12th", "45.2N"),
        *("120.5 W", "18 \u00b0C", "8x", "5km"),
    ),
    "error": (
        *("ERROR", "FATAL", "WARN", "WARNING", "CRITICAL", "PANIC", "FAILED", "FAILURE"),
        *("SIGKILL", "SIGSEGV", "KeyError", "TimeoutException", "DeprecationWarning"),
        *("DiskFailure", "ENOENT", "EACCES", "ECONNRESET", "error", "errors", "failed"),
        *("failure", "fatal", "panic", "exception", "traceback", "denied", "refused"),
        *("timed out", "timeout", "aborted", "corrupt", "corrupted", "crashed", "unreachable"),
        *("invalid", "missing", "killed", "segfault", "deadlock", "overflow", "out of memory"),
        *("out of range", "broken pipe", "rejected", "unavailable", "critical", "undefined"),
        *("unauthorized", "forbidden", "not found", "unexpected", "warning"),
    ),
    "negation": (
        *("do not", "does not", "is not", "was not", "must not", "should not", "will not"),
        *(
            "may not",
            "cannot",
            "not",
            "no",
            "never",
            "none",
            "None",
            "nothing",
            "nobody",
            "without",
        ),
        *("neither", "nor", "except", "unless", "don't", "isn't", "won't", "wasn't", "couldn't"),
    ),
    "quantifier": (
        *("at most", "at least", "more than", "less than", "fewer than", "greater than"),
        *("other than", "rather than", "up to", "all but", "every other"),
        *("exactly half of", "half of", "half", "exactly", "only", "always", "twice", "a dozen"),
        *("must", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        *("eleven", "twelve", "thirteen", "seventeen", "twenty", "forty", "sixty-two"),
        *("ninety-one", "thirty-first", "two hundred", "five thousand", "eight million"),
        *("second", "third", "fifth", "twelfth", "seventy-fourth", "zero", "fifteen", "fifty"),
    ),
    "constant": ("MAX_RETRIES", "DB_POOL_SIZE", "True", "False", "null", "NaN", "HTTP_2"),
    "name": (
        *("user_id", "fetch_all_rows", "_private_field", "maxRetryCount", "parseHeader"),
        *("HttpClient", "OrderStatusList", "load_config", "XML", "TLS", "__init_cache"),
        *("request_ctx_v2", "apply_lock", "renderDomTree"),
    ),
}
CLASSES = tuple(KNOWN)
WORDS = frozenset({"error", "negation", "quantifier"})
"""Classes that are lists of words: to draw their words anew would make ordinary ones of them."""
_ENDINGS = (
    "bit bits byte bytes b bps B kB KB MB GB TB PB KiB MiB GiB TiB kHz MHz GHz Hz ns us ms s min"
    " sec hr hrs second seconds minute minutes hour hours day days week weeks month months year"
    " years milliseconds px dB rpm fps kg km cm mm kW kWh USD EUR GBP JPY CHF CNY INR st nd rd rc"
    " beta alpha v https http ftp wss postgres redis mysql amqp py pyi go rs sh md rst txt json"
    " jsonl toml yaml yml html xml css csv log cfg ini conf env lock sql proto js ts tsx java rb"
    " cpp h c so gz tar zip Error Exception Warning Failure CVE GH P PT D DT H M pm am T Z N W S"
    " E G K V A x k m d g th e C F True False None true false null nil NaN"
)
_FIXED = frozenset(_ENDINGS.split())
_WHOLE = "|".join(sorted(_FIXED, key=len, reverse=True))
_PART = re.compile(rf"(?<![A-Za-z])(?:{_WHOLE})(?![A-Za-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# hashes, colours, uuids, hardware and IPv6 addresses: nothing in them is a word
_HEXED = re.compile(
    r"(?i)(0x)([0-9a-f]+)()"
    r"|(?=.*\d)(?=.*[a-f])(#?)([0-9a-f]{6,}|[0-9a-f]{0,8}(?:[:-][0-9a-f]{0,12}){2,})((?:/\d+)?)"
)
_HEX_DIGIT = re.compile(r"[0-9a-fA-F]")
_JOINED_DIGITS = re.compile(r"\d[-:/]\d|\d(?:\.\d+){2}\.\d")
_LONGEST_UPPER = 10
"""Characters of a word in capitals: a ticket's project is no longer."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SUFFIXES = ("ed", "ing", "s", "er", "ly", "tion", "ness", "able", "al", "ful", "ive", "ous")


def instance(
    kinds: Sequence[str], found: Sequence[str], vocabulary: Sequence[str], draw: random.Random
) -> str:
    """Return a must-keep span: of a class, or like one that was found in the training texts.

    Args:
        kinds: Classes to draw from, each as often as it is named.
        found: Spans of the training texts; may be empty.
        vocabulary: Words to fill shapes with.
        draw: Decides everything.
    """
    if found and draw.random() < 0.4:  # noqa: PLR2004 - what the texts hold, against what may come
        return _redrawn(draw.choice(found), vocabulary, draw)
    kind = draw.choice(kinds)
    known = draw.choice(KNOWN[kind])
    return known if kind in WORDS else _redrawn(known, vocabulary, draw)


def unknown_word(vocabulary: Sequence[str], draw: random.Random) -> str:
    """Return a word that nobody has seen, and that must not be kept for that alone."""
    one, other = draw.choice(vocabulary), draw.choice(vocabulary)
    way = draw.random()
    if way < 0.15:  # noqa: PLR2004 - mostly words that could be some language's
        return "".join(draw.choices(_LETTERS, k=draw.randint(3, 8)))
    stem = one[: draw.randint(2, 5)]
    if way < 0.6:  # noqa: PLR2004
        return stem + other[-draw.randint(2, 5) :]
    return stem + draw.choice("aeiou") + draw.choice("bcdfgklmnprstvw") + draw.choice(_SUFFIXES)


def _redrawn(span: str, vocabulary: Sequence[str], draw: random.Random) -> str:
    """Return a span of the same shape with other digits and words; units and suffixes stay."""
    hexed = _HEXED.fullmatch(span)
    if hexed:
        before, digits, after = (group for group in hexed.groups() if group is not None)
        return before + _hex(digits, draw) + after
    # dates, clock times, ports and addresses are no longer such with a digit more or less
    sizes = (0,) if _JOINED_DIGITS.search(span) else (-1, 0, 0, 0, 1)
    return _PART.sub(lambda match: _part(match.group(), sizes, vocabulary, draw), span)


def _hex(digits: str, draw: random.Random) -> str:
    drawn = _HEX_DIGIT.sub(lambda _: draw.choice("0123456789abcdef"), digits)
    return drawn.upper() if digits.isupper() else drawn


def _part(part: str, sizes: Sequence[int], vocabulary: Sequence[str], draw: random.Random) -> str:
    if part in _FIXED:
        return part
    if part.isdigit():
        return "".join(draw.choices("0123456789", k=max(1, len(part) + draw.choice(sizes))))
    word = draw.choice(vocabulary)
    if draw.random() < 0.15:  # noqa: PLR2004 - names are not always words
        word = "".join(draw.choices(_LETTERS, k=draw.randint(3, 9)))
    if part.isupper():
        return word[:_LONGEST_UPPER].upper()
    return word.capitalize() if part[0].isupper() else word
