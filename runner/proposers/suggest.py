"""One suggestion of a meta model: asked, read, applied; asked once more if it is no good."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.core.chat import ChatResponse
from runner.core.errors import InvalidCandidateError
from runner.proposers.answer import read_answer
from runner.proposers.edit import (
    Change,
    Files,
    check_files,
    check_narrow,
    line_count,
    locate,
    rewrite,
)
from runner.proposers.fault import NothingNewError, ProposalError
from runner.proposers.limit import Limits
from runner.proposers.meta import Meta
from runner.proposers.prompt import Prompt

TRIES = 2
"""Answers that a model may give to one prompt; the second knows what was wrong with the first."""

Veto = Callable[[Files], None]
"""Raises an InvalidCandidateError for a surface that was tried before."""


class DeclinedError(NothingNewError):
    """An answer without edits: asking again would only press for some."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An edit that holds.

    Attributes:
        files: The surface after it.
        why: What it is for, in one line.
        changes: What it changes, in the old text.
        lines: Lines that it touches.
    """

    files: dict[str, str]
    why: str
    changes: tuple[Change, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class Task:
    """What an edit is made to, and what it must keep to.

    Attributes:
        files: The surface before it.
        veto: Refuses a surface that was tried before, with an InvalidCandidateError.
    """

    files: Files
    limits: Limits
    veto: Veto


def suggest(meta: Meta, prompt: Prompt, task: Task) -> Suggestion:
    """Ask for an edit, and once more if the answer is refused.

    Raises:
        ProposalError: the model sees nothing to improve, or no answer can be used; says why the
            last one cannot.
        LmError: the model does not answer.
    """
    said = problem = ""
    for _ in range(TRIES):
        response = meta.ask(prompt.messages(answer=said, problem=problem))
        try:
            return read_suggestion(response.text, task)
        except InvalidCandidateError as err:
            said, problem = response.text, f"{err}{_cut(response)}"
            if isinstance(err, DeclinedError):
                break
    raise ProposalError(problem, cost=meta.cost)


def read_suggestion(text: str, task: Task) -> Suggestion:
    """Read an answer and apply it.

    Raises:
        DeclinedError: it is an answer without edits.
        InvalidCandidateError: it cannot be used.
    """
    answer = read_answer(text)
    if not answer.edits:
        raise DeclinedError(f"no edits, for: {answer.why}")
    changes = locate(task.files, answer.edits)
    check_narrow(task.files, changes, task.limits)
    after = rewrite(task.files, changes)
    check_files(task.files, after, task.limits)
    task.veto(after)
    count = sum(line_count(task.files[change.path], change) for change in changes)
    return Suggestion(after, answer.why, changes, count)


def _cut(response: ChatResponse) -> str:
    if response.finish != "length":
        return ""
    return f" (it was cut off at {response.usage.tokens_out} tokens; see decoding.max_tokens)"
