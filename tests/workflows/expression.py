"""The part of GitHub's expression language that our workflows use."""

import json
import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[\w.-]+)|(?P<sign>\|\||&&|==|!=|[(),]))"
)
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_LEVELS = (("||",), ("&&",), ("==", "!="))


def render(text: str, scope: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as the expression says
    """Replace every `${{ }}`; a text that is one whole expression keeps its value's type."""
    whole = _WHOLE.fullmatch(text.strip())
    if whole is not None:
        return evaluate(whole[1], scope)
    return _WHOLE.sub(lambda found: said(evaluate(found[1], scope)), text)


def said(value: object) -> str:
    """Return a value as GitHub writes it into a text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def evaluate(source: str, scope: Mapping[str, Any]) -> Any:  # noqa: ANN401 - likewise
    """Return what an expression comes to; what is not there is None."""
    tokens, position = [], 0
    source = source.rstrip()
    while position < len(source):
        found = _TOKEN.match(source, position)
        assert found is not None, source[position:]
        tokens.append(found)
        position = found.end()
    parser = _Parser(tokens, scope)
    value = parser.binary(0)
    assert parser.next == len(tokens), source
    return value


class _Parser:
    def __init__(self, tokens: list[re.Match[str]], scope: Mapping[str, Any]) -> None:
        self.tokens, self.scope, self.next = tokens, scope, 0

    def take(self, *signs: str) -> str | None:
        if self.next < len(self.tokens) and self.tokens[self.next]["sign"] in signs:
            self.next += 1
            return self.tokens[self.next - 1]["sign"]
        return None

    def binary(self, level: int) -> Any:  # noqa: ANN401 - likewise
        if level == len(_LEVELS):
            return self.single()
        left = self.binary(level + 1)
        while (sign := self.take(*_LEVELS[level])) is not None:
            right = self.binary(level + 1)
            if sign == "||":
                left = left or right
            elif sign == "&&":
                left = left and right
            else:
                left = (said(left) == said(right)) == (sign == "==")
        return left

    def single(self) -> Any:  # noqa: ANN401 - likewise
        if self.take("("):
            value = self.binary(0)
            assert self.take(")")
            return value
        token = self.tokens[self.next]
        self.next += 1
        if token["text"] is not None:
            return token["text"][1:-1].replace("''", "'")
        if self.take("("):
            arguments = [self.binary(0)]
            while self.take(","):
                arguments.append(self.binary(0))
            assert self.take(")")
            return _FUNCTIONS[token["word"]](*arguments)
        return self.look_up(token["word"])

    def look_up(self, path: str) -> Any:  # noqa: ANN401 - likewise
        value: Any = self.scope
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


_FUNCTIONS = {
    "fromJSON": json.loads,
    "startsWith": lambda text, start: said(text).lower().startswith(said(start).lower()),
}
