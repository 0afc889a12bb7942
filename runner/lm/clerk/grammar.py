r"""From Markdown to rules, exactly.

A rule is a bullet (`-`, `*`, `+` or `1.`) outside code fences; indented lines below go on with it:

    rule        = "If" condition "," ["then"] conclusions ["."]
                | "Otherwise" [","] conclusions ["."]
    condition   = ("it" | "the" word) either [[","] "but not" either]
    either      = both {("or" | "," | ", or") both}
    both        = sign {"and" sign}
    sign        = [place] phrase ["at least" number "times"], the latter of what is said only
    place       = "says" | "starts with" | "ends with" | "has a line that starts with"
    conclusions = conclusion {("," | "and" | ", and") conclusion}
    conclusion  = field "is" value | field ("are" | "include" | "exclude") values
                | field "are" "empty"
    values      = value {("," | "and" | ", and") value}

A phrase stands in double quotes, `\"` is a quote in it; see `phrase.Phrase` for what it matches. A
place that is left out is the one before, at first `says` (`mentions`, `contains` and `is` said for
`says`, `includes` for `include` will do). `and` binds tighter than `or`. A value is a word (`true`,
`false`, `null` and numbers are themselves), or quoted. What follows the full stop is a remark. A
field's name may stand in backticks.

Of the rules that hold **the more specific one wins**: that whose phrases, of the alternative that
holds, have more words; among equals the later one. So the order of a file means little, and an
exception can be added at its end. `is` and `are` replace what a less specific rule said of the
field, `include` adds to it, `exclude` takes away. `Otherwise` counts for the fields that no rule
decided. Any other text is read and has no effect; a bullet that begins like a rule and is none is a
fault.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.lm.clerk.rule import Conclusion, Condition, Place, Rule, Sign, Value, Verb

_BULLET = re.compile(r"\s*(?:[-*+]|\d+\.)\s+(.*)")
_RULE = re.compile(r"(?:if|otherwise)\b", re.IGNORECASE)
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|`?[\w](?:[\w.+/-]*\w)?`?|[,.]|\S)')
_PLACES: dict[str, Place] = {
    **dict.fromkeys(("says", "mentions", "contains"), "says"),
    "starts with": "starts with",
    "ends with": "ends with",
    "has a line that starts with": "has a line that starts with",
}
_VERBS: dict[str, Verb] = {
    "is": "is",
    "are": "are",
    **dict.fromkeys(("include", "includes"), "include"),
    **dict.fromkeys(("exclude", "excludes"), "exclude"),
}
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Fault:
    """A bullet that begins like a rule and is none.

    Attributes:
        line: Where it begins, from 1.
    """

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one text, in its order."""

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]


class _MisreadError(Exception):
    """A bullet is no rule; the message says what was expected."""


def read(text: str) -> Sheet:
    """Read the rules of a Markdown text."""
    rules, faults = [], []
    for line, lines, words in _bullets(text.split("\n")):
        if not _RULE.match(words):
            continue
        try:
            condition, conclusions = _Reader(words).rule()
        except _MisreadError as err:
            faults.append(Fault(line, str(err)))
        else:
            rules.append(Rule(condition, conclusions, line, lines))
    return Sheet(tuple(rules), tuple(faults))


def _bullets(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield each bullet outside fences: its first line from 1, how many lines, its words."""
    fenced, index = False, 0
    while index < len(lines):
        first, index = index, index + 1
        if lines[first].lstrip().startswith("```"):
            fenced = not fenced
        bullet = None if fenced else _BULLET.fullmatch(lines[first])
        if bullet is None:
            continue
        words = [bullet[1]]
        while index < len(lines) and _goes_on(lines[index]):
            words.append(lines[index].strip())
            index += 1
        yield first + 1, index - first, " ".join(words)


def _goes_on(line: str) -> bool:
    return line[:1] in {" ", "\t"} and bool(line.strip()) and not _BULLET.fullmatch(line)


class _Reader:
    """Reads one bullet from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = [each[1] for each in _TOKEN.finditer(text)]
        self._at = 0

    def rule(self) -> tuple[Condition | None, tuple[Conclusion, ...]]:
        condition = None
        if self._take("otherwise"):
            self._take(",")
        else:
            self._expect("if")
            condition = self._condition()
            self._expect(",")
            self._take("then")
        conclusions = [self._conclusion()]
        while self._joint(quoted=False):
            conclusions.append(self._conclusion())
        if self._at < len(self._tokens):
            self._expect(".")
        return condition, tuple(conclusions)

    def _condition(self) -> Condition:
        subject = "it"
        if not self._take("it"):
            self._expect("the")
            subject = f"the {self._word('a word for the input')}"
        either = self._either()
        unless: tuple[tuple[Sign, ...], ...] = ()
        if self._ahead(",", "but", "not") or self._ahead("but", "not"):
            self._take(",")
            self._at += 2
            unless = self._either()
        return Condition(either, unless, subject)

    def _either(self) -> tuple[tuple[Sign, ...], ...]:
        place: Place = "says"
        groups: list[tuple[Sign, ...]] = []
        while True:
            signs = [self._sign(place)]
            while self._take("and"):
                signs.append(self._sign(signs[-1].place))
            groups.append(tuple(signs))
            place = signs[-1].place
            if not self._or():
                return tuple(groups)

    def _or(self) -> bool:
        """Take what joins two alternatives, if another one follows."""
        if self._ahead(",", "or"):
            self._at += 2
            return True
        if self._ahead(",") and self._token(1).startswith('"'):
            self._at += 1
            return True
        return self._take("or")

    def _sign(self, place: Place) -> Sign:
        for words, each in _PLACES.items():
            if self._ahead(*words.split()):
                self._at += len(words.split())
                place = each
                break
        token = self._next()
        if len(token) < 3 or not token.startswith('"'):  # noqa: PLR2004 - two quotes and a sign
            raise _MisreadError(f"expected a phrase in double quotes, found {token or 'the end'}")
        least = 1
        if place == "says" and self._ahead("at", "least"):
            self._at += 2
            least = self._number()
            if not self._take("times"):
                self._expect("time")
        return Sign(_unquoted(token), place, least)

    def _conclusion(self) -> Conclusion:
        field = self._word("the name of a field")
        word = self._next()
        verb = _VERBS.get(word.lower())
        if verb is None:
            found = word or "the end"
            verbs = "is, are, include or exclude"
            raise _MisreadError(f"expected {verbs} after {field}, found {found}")
        if verb == "are" and self._take("empty"):
            return Conclusion(field, verb, ())
        values = [self._value()]
        while verb != "is" and self._joint(quoted=True):
            values.append(self._value())
        return Conclusion(field, verb, tuple(values))

    def _joint(self, *, quoted: bool) -> bool:
        """Take `,`, `and` or `, and`, where a value or else a conclusion follows it."""
        size = 2 if self._ahead(",", "and") else int(self._ahead(",") or self._ahead("and"))
        told = self._token(size + 1).lower() in _VERBS and not self._token(size).startswith('"')
        if not size or not self._token(size) or told == quoted:
            return False
        self._at += size
        return True

    def _value(self) -> Value:
        token = self._next()
        if token.startswith('"') and len(token) > 1:
            return _unquoted(token)
        word = token.strip("`")
        if not word or not (word[0].isalnum() or word[0] == "_"):
            raise _MisreadError(f"expected a value, found {token or 'the end'}")
        if word.lower() in _CONSTANTS:
            return _CONSTANTS[word.lower()]
        return int(word) if word.isdecimal() else word

    def _number(self) -> int:
        token = self._next()
        if not token.isdecimal() or not int(token):
            raise _MisreadError(f"expected a number above 0, found {token or 'the end'}")
        return int(token)

    def _word(self, wanted: str) -> str:
        token = self._next()
        word = token.strip("`")
        if not word.replace("-", "_").isidentifier():
            raise _MisreadError(f"expected {wanted}, found {token or 'the end'}")
        return word

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise _MisreadError(f'expected "{word}", found {self._token(0) or "the end"}')

    def _take(self, word: str) -> bool:
        if not self._ahead(word):
            return False
        self._at += 1
        return True

    def _ahead(self, *words: str) -> bool:
        return all(self._token(index).lower() == word for index, word in enumerate(words))

    def _next(self) -> str:
        self._at += 1
        return self._token(-1)

    def _token(self, offset: int) -> str:
        index = self._at + offset
        return self._tokens[index] if index < len(self._tokens) else ""


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])
