"""The meta model: opened, asked, traced and counted apart from the task model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from runner.core.chat import ChatModel, ChatRequest, ChatResponse, Decoding, Message
from runner.core.request import ProposeRequest
from runner.core.row import Cost, total
from runner.lm.build import needs_of, open_model
from runner.lm.error import UnansweredError
from runner.lm.span import chat_span
from runner.proposers.choice import Asking, declared_model
from runner.trace.file import TraceWriter


class Meta:
    """A meta model in use."""

    def __init__(self, model: ChatModel, *, decoding: Decoding, trace: TraceWriter) -> None:
        """Begin with nothing asked.

        Args:
            model: The model.
            decoding: How its answers are drawn.
            trace: Takes one span per call.
        """
        self._model = model
        self._decoding = decoding
        self._trace = trace
        self._cost = Cost()

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._model.name

    @property
    def cost(self) -> Cost:
        """What the answers so far took."""
        return self._cost

    def ask(self, messages: Sequence[Message]) -> ChatResponse:
        """Ask once, and trace it.

        Raises:
            LmError: the model does not answer.
        """
        request = ChatRequest(messages=tuple(messages), decoding=self._decoding)
        try:
            response = self._model.complete(request)
        except UnansweredError as err:
            self._trace.write(chat_span(self._model, request, err))
            raise
        self._trace.write(chat_span(self._model, request, response))
        spent = Cost(
            usd=response.cost_usd,
            tokens_in=response.usage.tokens_in,
            tokens_out=response.usage.tokens_out,
        )
        self._cost = total((self._cost, spent))
        return response


@contextmanager
def open_meta(request: ProposeRequest, params: Asking) -> Iterator[Meta]:
    """Open the meta model for as long as the block runs; answers are kept for retries.

    Raises:
        LoopError: there is no model to ask.
        LmError: it cannot be opened.
    """
    declared = declared_model(params.model, request)
    secrets = [request.environ.get(name, "") for name in needs_of(declared).variables]
    request.traces.mkdir(parents=True, exist_ok=True)
    place = request.traces / f"meta-{request.seed}.jsonl.gz"
    opened = open_model(
        declared, folder=request.tree, environ=request.environ, cache=request.ckpt / "meta"
    )
    with opened as model, TraceWriter(place, secrets=secrets) as trace:
        yield Meta(model, decoding=_seeded(params.decoding, request.seed), trace=trace)


def _seeded(decoding: Decoding, seed: int) -> Decoding:
    """Let attempts draw different answers, and a retry the same; greedy answers need no seed."""
    if decoding.seed is not None or not decoding.temperature:
        return decoding
    return decoding.model_copy(update={"seed": seed})
