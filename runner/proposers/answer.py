"""The answer of a meta model: one JSON object, in a code fence or within prose."""

from typing import Annotated

from pydantic import StringConstraints

from runner.core.build import MisfitError, build
from runner.core.errors import InvalidCandidateError
from runner.core.frozen import Frozen
from runner.core.problem import printable
from runner.lm.task.answer import parse_object
from runner.proposers.edit import Edit

MOST_BYTES = 256 * 1024
"""UTF-8 bytes of an answer; a longer one is not read."""
LONGEST_WHY = 300
"""Characters of `why` that are kept."""


class Answer(Frozen):
    """What a meta model proposes.

    Attributes:
        why: What the edits are for.
        edits: None of them: there is nothing to improve.
    """

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    edits: tuple[Edit, ...]


def read_answer(text: str) -> Answer:
    """Read an answer; of several objects the last one counts.

    Raises:
        InvalidCandidateError: it is empty, too long, or holds no such object, or the object is
            malformed.
    """
    size = len(text.encode(errors="replace"))
    if size > MOST_BYTES:
        raise InvalidCandidateError(f"the answer has {size} bytes; at most {MOST_BYTES} are read")
    if not text.strip():
        raise InvalidCandidateError("the answer is empty")
    found = parse_object(text, keys=("why", "edits"))
    if found is None:
        raise InvalidCandidateError('the answer holds no JSON object with "why" and "edits"')
    try:
        answer = build(Answer, found)
    except (MisfitError, ValueError) as err:
        raise InvalidCandidateError(f"the answer is malformed: {err}") from err
    return answer.model_copy(update={"why": one_line(answer.why)})


def one_line(text: str) -> str:
    """Return foreign text for one line of a table: blanks joined, cut at `LONGEST_WHY`."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= LONGEST_WHY else f"{line[: LONGEST_WHY - 3]}..."
