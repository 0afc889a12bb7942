r"""Rules of a script: what a request must contain, and what is answered then.

```yaml
rules:
  - match: {system: You improve the instructions}   # a text is what that part must contain
    reply: '{"why": "none", "edits": []}'
  - match: {user: {has: [exit code], regex: 'job_(?P<job>\d+)'}}
    times: 2
    raise: rate_limit
  - reply: {text: "", tool_calls: [{name: look, arguments: {path: a.log}}]}
```
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

from pydantic import ConfigDict, Field, NonNegativeFloat, PositiveInt

from runner.core.chat import ChatRequest, ChatResponse, ToolCall, Usage
from runner.core.frozen import Frozen
from runner.core.problem import Complaint

Part = Literal["user", "system", "whole"]
PARTS: tuple[Part, ...] = ("user", "system", "whole")
_GROUP = re.compile(r"\$\{(\w+)\}")


class Pattern(Frozen):
    """What one part of a request must contain.

    Attributes:
        has: Texts that must all be in it, letter by letter.
        regex: Regular expression that must be found in it; `${1}` and `${name}` in the reply
            stand for its groups.
    """

    has: tuple[str, ...] = ()
    regex: str | None = None


class Match(Frozen):
    """Which requests a rule is for; without anything, all.

    Attributes:
        user: The last user message.
        system: All system messages.
        whole: All messages.
    """

    user: str | Pattern = Pattern()
    system: str | Pattern = Pattern()
    whole: str | Pattern = Pattern()

    def pattern(self, part: Part) -> Pattern:
        """Return what a part must contain."""
        found: str | Pattern = getattr(self, part)
        return Pattern(has=(found,)) if isinstance(found, str) else found


class Call(Frozen):
    """A tool call in a reply.

    Attributes:
        id: "" for `call_<index>`.
        arguments: A mapping, or JSON text as a careless model might write it.
    """

    name: str
    arguments: str | dict[str, Any] = {}
    id: str = ""


class Reply(Frozen):
    """An answer in full; a text alone may stand for it."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[Call, ...] = ()
    finish: Literal["stop", "length", "tool_calls", "content_filter"] | None = None


class Rule(Frozen):
    """One line of a script.

    Attributes:
        times: How many requests it answers before it is used up; None for any number.
        reply: The answer; None where it raises.
        raise_: The error instead: `unanswered`, `rate_limit` (HTTP 429), `stall` (silence).
        retry_after_s: Of a `rate_limit`: what is asked for; None to say nothing.
        delay_s: Seconds before the answer or the error.
        usage: Tokens to report; None to count words.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    match: Match = Match()
    times: PositiveInt | None = None
    reply: str | Reply | None = None
    raise_: Literal["unanswered", "rate_limit", "stall"] | None = Field(None, alias="raise")
    retry_after_s: NonNegativeFloat | None = None
    delay_s: NonNegativeFloat = 0
    usage: Usage | None = None

    @property
    def answer(self) -> Reply:
        """The reply in full."""
        return Reply(text=self.reply) if isinstance(self.reply, str) else self.reply or Reply()


def groups(rule: Rule, request: ChatRequest) -> dict[str, str] | None:
    """Return the groups that a rule's regular expressions found; None where it does not match."""
    found: dict[str, str] = {}
    for part in PARTS:
        pattern = rule.match.pattern(part)
        text = part_of(request, part)
        if not all(each in text for each in pattern.has):
            return None
        if pattern.regex is None:
            continue
        hit = _compiled(pattern.regex).search(text)
        if hit is None:
            return None
        numbered = {str(number + 1): each or "" for number, each in enumerate(hit.groups())}
        found |= numbered | {name: each or "" for name, each in hit.groupdict().items()}
    return found


def part_of(request: ChatRequest, part: Part) -> str:
    """Return the text of one part of a request; "" where it has none."""
    if part == "whole":
        return "\n\n".join(each.content for each in request.messages)
    said = [each.content for each in request.messages if each.role == part]
    return "\n\n".join(said if part == "system" else said[-1:])


def render(rule: Rule, found: dict[str, str]) -> ChatResponse:
    """Return a rule's answer with the groups filled in; its usage is the rule's or nothing."""
    reply = rule.answer
    calls = tuple(
        ToolCall(
            id=call.id or f"call_{index}",
            name=call.name,
            arguments=_arguments(call.arguments, found),
        )
        for index, call in enumerate(reply.tool_calls)
    )
    return ChatResponse(
        text=_filled(reply.text, found),
        reasoning=_filled(reply.reasoning, found),
        tool_calls=calls,
        usage=rule.usage or Usage(),
        finish=reply.finish or ("tool_calls" if calls else "stop"),
        seconds=rule.delay_s,
    )


def complaints(rule: Rule) -> Iterator[Complaint]:
    """Yield what is wrong with a rule that fits its model; places are within the rule."""
    if (rule.reply is None) == (rule.raise_ is None):
        yield Complaint((), "expected either `reply` or `raise`")
    if rule.retry_after_s is not None and rule.raise_ != "rate_limit":
        yield Complaint(("retry_after_s",), "only `raise: rate_limit` asks to wait")
    if rule.usage is not None and rule.raise_ is not None:
        yield Complaint(("usage",), "an error uses no tokens")
    known: set[str] = set()
    for part in PARTS:
        regex = rule.match.pattern(part).regex
        if regex is None:
            continue
        try:
            compiled = re.compile(regex)
        except re.error as err:
            yield Complaint(("match", part, "regex"), f"no regular expression: {err}")
            return
        known |= {str(index + 1) for index in range(compiled.groups)} | {*compiled.groupindex}
    yield from _unknown_groups(rule, known)


def _unknown_groups(rule: Rule, known: set[str]) -> Iterator[Complaint]:
    """Yield references to groups that no regular expression has; without one, `${x}` is text."""
    if all(rule.match.pattern(part).regex is None for part in PARTS):
        return
    text = json.dumps(rule.answer.model_dump(), ensure_ascii=False)
    for name in dict.fromkeys(_GROUP.findall(text)):
        if name not in known:
            yield Complaint(("reply",), f"no regular expression of this rule has a group {name}")


def _filled(text: str, found: dict[str, str]) -> str:
    return _GROUP.sub(lambda hit: found.get(hit[1], hit[0]), text) if found else text


def _arguments(value: str | dict[str, Any], found: dict[str, str]) -> str:
    if isinstance(value, str):
        return _filled(value, found)
    return json.dumps(_filled_within(value, found), ensure_ascii=False)


def _filled_within(value: Any, found: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return _filled(value, found)
    if isinstance(value, dict):
        return {key: _filled_within(each, found) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled_within(each, found) for each in value]
    return value


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)
