"""Requests answered one after the other, or several at once, as they come."""

from collections.abc import Iterator, Sequence

from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.lm.batch import Answer, answers
from runner.lm.error import UnansweredError
from runner.lm.task.prompt import encodable

_WAVE = 8
"""Requests of a wave per request in flight: few enough that a crash loses little of what was
answered, many enough that waiting for the slowest of a wave costs little."""


def each_answer(
    model: ChatModel, requests: Sequence[ChatRequest], *, concurrency: int
) -> Iterator[Answer]:
    """Yield the answer to each request, or why there is none, in their order.

    Half of a surrogate pair in an answer, which has no UTF-8 form, becomes a question mark.

    Args:
        model: What answers.
        requests: What to ask.
        concurrency: Requests in flight at once; with 1 they are asked in this thread, so that a
            model which costs microseconds is not slowed down by threads.

    Raises:
        LmError: one that no request can escape, at once.
    """
    wave = _WAVE * concurrency
    for start in range(0, len(requests), wave):
        asked = requests[start : start + wave]
        found = (
            (_answer(model, request) for request in asked)
            if concurrency == 1
            else answers(model, asked, concurrency=concurrency)
        )
        for answer in found:
            yield encodable(answer) if isinstance(answer, ChatResponse) else answer


def _answer(model: ChatModel, request: ChatRequest) -> Answer:
    try:
        return model.complete(request)
    except UnansweredError as err:
        return err
