"""Models that are programs: rules from a file, rules from Python, or a function.

Decoding changes nothing: the same request gets the same answer, until a rule is used up.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from runner.core.build import MisfitError, build
from runner.core.chat import ChatRequest, ChatResponse, Usage
from runner.core.document import parse
from runner.core.frozen import Frozen
from runner.core.problem import Complaint, MalformedError, shown
from runner.lm.error import LmError, RateLimitedError, StalledError, UnansweredError
from runner.lm.rule import Rule, complaints, groups, part_of, render

Sleep = Callable[[float], None]


class Script(Frozen):
    """A YAML file of rules; the first that matches answers."""

    rules: tuple[Rule, ...]


class ScriptedModel:
    """A model that answers by rules."""

    def __init__(
        self, rules: Sequence[Rule], *, name: str = "scripted", sleep: Sleep = time.sleep
    ) -> None:
        """Begin with all rules unused.

        Args:
            rules: The first that matches and is not used up answers.
            name: What the model calls itself.
            sleep: Waits the rules' `delay_s`.

        Raises:
            MisfitError: a rule that neither replies nor raises, or a bad regular expression.
        """
        found = tuple(_complaints(rules))
        if found:
            raise MisfitError(found)
        self._rules = tuple(rules)
        self._left = [rule.times for rule in rules]
        self._name = name
        self._sleep = sleep
        self._lock = Lock()

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer by the first rule that matches.

        Raises:
            UnansweredError: the rule raises; rate limits and stalls are kinds of it.
            LmError: no rule matches.
        """
        rule, found = self._take(request)
        if rule.delay_s:
            self._sleep(rule.delay_s)
        if rule.raise_ is not None:
            raise _error(rule, self._name)
        answer = render(rule, found).model_copy(update={"model": self._name})
        return answer if rule.usage is not None else _counted(request, answer)

    def _take(self, request: ChatRequest) -> tuple[Rule, dict[str, str]]:
        """Return the rule that answers, and its groups; uses it up by one."""
        with self._lock:
            for index, rule in enumerate(self._rules):
                left = self._left[index]
                if left == 0:
                    continue
                found = groups(rule, request)
                if found is not None:
                    self._left[index] = None if left is None else left - 1
                    return rule, found
            raise LmError(self._unmatched(request))

    def _unmatched(self, request: ChatRequest) -> str:
        spent = self._left.count(0)
        used = f" ({spent} of them used up)" if spent else ""
        asked = shown(part_of(request, "user") or part_of(request, "whole"))
        return f"{self._name}: none of {len(self._rules)} rules{used} matches the request {asked}"


class FunctionModel:
    """A function as a model; words are counted where it reports no usage."""

    def __init__(
        self, function: Callable[[ChatRequest], ChatResponse | str], *, name: str = "scripted"
    ) -> None:
        """Wrap a function.

        Args:
            function: Returns the answer or its text; safe to call from several threads.
            name: What the model calls itself.
        """
        self._function = function
        self._name = name

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer what the function returns; what it raises is raised."""
        answer = self._function(request)
        response = ChatResponse(text=answer) if isinstance(answer, str) else answer
        named = response.model_copy(update={"model": response.model or self._name})
        return named if response.usage != Usage() else _counted(request, named)


def read_script(path: Path, *, name: str, sleep: Sleep = time.sleep) -> ScriptedModel:
    """Read a script.

    Args:
        path: The YAML file.
        name: What the model calls itself.
        sleep: Waits the rules' `delay_s`.

    Raises:
        LmError: the file cannot be read.
        MalformedError: all that is wrong with it, as `path:line: rules[2].reply: ...`.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise LmError(f"the script {path} cannot be read ({err.strerror})") from err
    document = parse(data, path=str(path))
    try:
        return ScriptedModel(build(Script, document.data).rules, name=name, sleep=sleep)
    except MisfitError as err:
        raise MalformedError(map(document.problem, err.complaints)) from err


def word_usage(request: ChatRequest, response: ChatResponse) -> Usage:
    """Count words as tokens: at least one each way, the same wherever it is counted."""
    read = sum(
        len(each.content.split()) + sum(len(call.arguments.split()) for call in each.tool_calls)
        for each in request.messages
    )
    thought = len(response.reasoning.split())
    wrote = len(response.text.split()) + thought
    wrote += sum(len(call.arguments.split()) for call in response.tool_calls)
    return Usage(tokens_in=max(read, 1), tokens_out=max(wrote, 1), reasoning_tokens=thought)


def _counted(request: ChatRequest, response: ChatResponse) -> ChatResponse:
    return response.model_copy(update={"usage": word_usage(request, response)})


def _error(rule: Rule, name: str) -> UnansweredError:
    match rule.raise_:
        case "rate_limit":
            text = f"{name}: rate limit reached (429)"
            return RateLimitedError(text, retry_after_s=rule.retry_after_s)
        case "stall":
            return StalledError(f"{name}: no answer came in time")
        case _:
            return UnansweredError(f"{name}: the script leaves this request unanswered")


def _complaints(rules: Sequence[Rule]) -> list[Complaint]:
    return [
        Complaint(("rules", index, *each.pointer), each.text)
        for index, rule in enumerate(rules)
        for each in complaints(rule)
    ]
