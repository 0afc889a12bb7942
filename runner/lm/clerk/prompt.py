"""The request for an edit, taken apart: instructions, cases, what was tried, what reviewers did."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from itertools import chain
from typing import Any

_OPEN = re.compile(r"<(file|case|tried|reviewed|answer)((?: [a-z]+=\"[^\"]*\")*)>\n")
_HEADING = re.compile(r"# (Instructions|Cases|Tried before|Reviewers|Answer)\n?")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_EDITS = re.compile(r"\bedits?:? at most (\d+)|\bat most (\d+) edits?", re.IGNORECASE)
_LINES = re.compile(r"\bat most (\d+) lines?", re.IGNORECASE)
_BYTES = re.compile(r"\bmay have (\d+)")
_OPEN_PART = re.compile(r"^- Nothing may change but (.*)\.$", re.MULTILINE)
_SHORTER = "Make the instructions shorter"


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as the prompt shows it.

    Attributes:
        output: The JSON object in what was answered; None without one.
        right: The JSON object of the correction; of a case that passed, the output will do.
        passed: Its score is 1.
    """

    id: str
    text: str
    output: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """An edit that was tried before.

    Attributes:
        removed: Lines that it took away.
        added: Lines that it put in.
    """

    verdict: str
    removed: frozenset[str]
    added: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a reviewer made of a proposed file."""

    path: str
    proposed: str
    shipped: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an answer may go.

    Attributes:
        edits: Replacements in one answer.
        lines: Lines that one of them changes.
        bytes: UTF-8 bytes that a file may have then.
        within: Names of the headings below which alone a file may change; "" for all of it.
    """

    edits: int = 1
    lines: int = 12
    bytes: int = 16384
    within: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for an edit.

    Attributes:
        shorter: Nothing fails, and fewer words are asked for.
    """

    files: Mapping[str, str]
    cases: tuple[Shown, ...]
    tried: tuple[Tried, ...]
    reviewed: tuple[Reviewed, ...]
    limits: Limits
    shorter: bool


def read_ask(message: str) -> Ask:
    """Take a request apart; parts that are not there are empty."""
    blocks: dict[str, list[tuple[dict[str, str], str]]] = {}
    at, answer = 0, ""
    while at < len(message):
        opened = _OPEN.match(message, at)
        if opened is not None:
            end = _close(message, opened[1], opened.end())
            attributes = {key: unescape(value) for key, value in _ATTRIBUTE.findall(opened[2])}
            blocks.setdefault(opened[1], []).append((attributes, message[opened.end() : end]))
            at = end
        heading = _HEADING.match(message, at)
        if heading is not None and heading[1] == "Answer":
            answer = message[heading.end() :]
        at = _next_line(message, at)
    return Ask(
        files={each.get("path", ""): text for each, text in blocks.get("file", [])},
        cases=tuple(_shown(each, text) for each, text in blocks.get("case", [])),
        tried=(
            *(_tried(each, text) for each, text in blocks.get("tried", [])),
            *(_refused(text) for _, text in blocks.get("answer", [])),
        ),
        reviewed=tuple(_reviewed(each, text) for each, text in blocks.get("reviewed", [])),
        limits=_limits(answer),
        shorter=_SHORTER in answer,
    )


def json_object(text: str) -> Mapping[str, Any] | None:
    """Return the JSON object that a text is or holds; the outermost braces count."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        found = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _close(message: str, tag: str, start: int) -> int:
    """Return where the block's closing line begins; the end of the message if it has none."""
    if message.startswith(f"</{tag}>", start):
        return start
    found = message.find(f"\n</{tag}>", start)
    return len(message) if found < 0 else found + 1


def _next_line(message: str, at: int) -> int:
    end = message.find("\n", at)
    return len(message) if end < 0 else end + 1


def _shown(attributes: Mapping[str, str], text: str) -> Shown:
    output = json_object(_part(text, "output"))
    passed = attributes.get("score", "").startswith("1")
    right = json_object(_part(text, "correction"))
    return Shown(
        id=attributes.get("id", ""),
        text=_part(text, "input"),
        output=output,
        right=output if passed and right is None else right,
        passed=passed,
    )


def _tried(attributes: Mapping[str, str], diff: str) -> Tried:
    lines = [line for line in diff.split("\n") if not line.startswith(("+++", "---"))]
    removed = frozenset(line[1:] for line in lines if line.startswith("-"))
    added = frozenset(line[1:] for line in lines if line.startswith("+"))
    return Tried(attributes.get("verdict", ""), removed, added)


def _refused(answer: str) -> Tried:
    """Return an answer that was sent back, as an edit that was tried."""
    found = json_object(answer) or {}
    edits = found.get("edits")
    made = [each for each in edits if isinstance(each, dict)] if isinstance(edits, list) else []
    olds = [str(each.get("find", "")).split("\n") for each in made]
    news = [str(each.get("replace", "")).split("\n") for each in made]
    before, after = frozenset(chain(*olds)), frozenset(chain(*news))
    return Tried("failed", before - after, after - before)


def _reviewed(attributes: Mapping[str, str], text: str) -> Reviewed:
    return Reviewed(attributes.get("path", ""), _part(text, "proposed"), _part(text, "shipped"))


def _part(text: str, name: str) -> str:
    opened = re.search(rf"^<{name}>\n", text, re.MULTILINE)
    if opened is None:
        return ""
    end = _close(text, name, opened.end())
    return text[opened.end() : end].removesuffix("\n")


def _limits(answer: str) -> Limits:
    return Limits(
        edits=_number(_EDITS, answer, Limits().edits),
        lines=_number(_LINES, answer, Limits().lines),
        bytes=_number(_BYTES, answer, Limits().bytes),
        within="".join(_OPEN_PART.findall(answer)),
    )


def _number(pattern: re.Pattern[str], text: str, default: int) -> int:
    found = pattern.search(text)
    return default if found is None else int(next(each for each in found.groups() if each))
