"""What a rule says, and how it is written down."""

from dataclasses import dataclass, replace
from typing import Literal

Place = Literal["says", "starts with", "ends with", "has a line that starts with"]
Verb = Literal["is", "are", "include", "exclude"]
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to look for in an input.

    Attributes:
        least: How often, at least.
    """

    phrase: str
    place: Place = "says"
    least: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule fires.

    Attributes:
        either: Any of these; each of them all of its signs.
        unless: And none of these; each of them all of its signs.
        subject: What the rule calls the input: `the log`.
    """

    either: tuple[tuple[Sign, ...], ...]
    unless: tuple[tuple[Sign, ...], ...] = ()
    subject: str = "the input"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a rule that fires says of one field.

    Attributes:
        verb: `is` one value, `are` exactly these, `include` or `exclude` these.
    """

    field: str
    verb: Verb
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One bullet of the instructions.

    Attributes:
        condition: None for `Otherwise`.
        line: Where its bullet begins, from 1.
        lines: How many lines it takes.
    """

    condition: Condition | None
    conclusions: tuple[Conclusion, ...]
    line: int = 0
    lines: int = 1

    def says(self) -> "Rule":
        """Return it without its place, to be compared by what it says."""
        return replace(self, line=0, lines=1)


def write(rule: Rule) -> str:
    """Return the rule's bullet, without a line end; `grammar.read` reads it back."""
    told = _listed([_conclusion(each) for each in rule.conclusions])
    if rule.condition is None:
        return f"- Otherwise, {told}."
    condition = rule.condition
    text = f"- If {condition.subject} {_either(condition.either)}"
    if condition.unless:
        text += f", but not {_either(condition.unless, given='says')}"
    return f"{text}, {told}."


def _either(either: tuple[tuple[Sign, ...], ...], *, given: str = "") -> str:
    words: list[str] = []
    for both in either:
        signs = []
        for sign in both:
            verb = "" if sign.place == given else f"{sign.place} "
            given = sign.place
            times = f" at least {sign.least} times" if sign.least > 1 else ""
            signs.append(f"{verb}{_quoted(sign.phrase)}{times}")
        words.append(" and ".join(signs))
    text = words[0]
    for index, word in enumerate(words[1:], start=2):
        comma = word.startswith('"') and index < len(words)
        text += f", {word}" if comma else f" or {word}"
    return text


def _conclusion(conclusion: Conclusion) -> str:
    told = _listed([_value(value, conclusion.verb) for value in conclusion.values]) or "empty"
    return f"{conclusion.field} {conclusion.verb} {told}"


def _value(value: Value, verb: Verb) -> str:
    if isinstance(value, str):
        plain = verb == "is" and value.isidentifier() and value not in _WORDS
        return value if plain else _quoted(value)
    return _WORD[value] if value is None or isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


_WORD: dict[Value, str] = {True: "true", False: "false", None: "null"}
_WORDS = frozenset({*_WORD.values(), "empty"})
