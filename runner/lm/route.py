"""What an OpenAI-compatible server answers, whatever carries the request."""

import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import unquote

from runner.core.chat import ChatModel
from runner.lm.completion import chunks, completion
from runner.lm.contract import RefusedError, asked
from runner.lm.error import LmError, RateLimitedError, StalledError, UnansweredError

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"
_COMPLETIONS = "/v1/chat/completions"
_MODELS = "/v1/models"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request.

    Attributes:
        path: Without its query.
        authorization: The header; "" without one.
    """

    method: str
    path: str
    authorization: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, whole."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Desk:
    """Answers requests with a model; safe to use from several threads."""

    def __init__(self, model: ChatModel, *, token: str) -> None:
        """Serve a model.

        Args:
            model: What answers.
            token: What callers must send as their key; "" to ask for none.
        """
        self._model = model
        self._token = token
        self._count = 0
        self._lock = Lock()

    def answer(self, exchange: Exchange) -> Reply:
        """Return the answer to a request; whatever is wrong with it is an answer, too.

        Raises:
            StalledError: the model is silent, and so should the caller's connection be.
        """
        try:
            self._admit(exchange.authorization)
            return self._route(exchange)
        except StalledError:
            raise
        except RefusedError as no:
            return Reply(no.status, no.body)
        except LmError as err:
            return _failed(err)

    def _admit(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        if not self._token or (
            scheme.lower() == "bearer"
            and hmac.compare_digest(token.strip().encode(), self._token.encode())
        ):
            return
        text = "Incorrect API key provided." if token else "You didn't provide an API key."
        raise RefusedError(401, text, code="invalid_api_key")

    def _route(self, exchange: Exchange) -> Reply:
        method, path = exchange.method, exchange.path.rstrip("/")
        if path == _COMPLETIONS:
            _only("POST", method, path)
            return self._complete(exchange.body)
        if path == _MODELS:
            _only("GET", method, path)
            return Reply(200, _encoded({"object": "list", "data": [self._card()]}))
        if path.startswith(f"{_MODELS}/"):
            _only("GET", method, path)
            self._named(unquote(path.removeprefix(f"{_MODELS}/")))
            return Reply(200, _encoded(self._card()))
        raise RefusedError(404, f"Invalid URL ({method} {exchange.path})", code="unknown_url")

    def _complete(self, body: bytes) -> Reply:
        wish = asked(body)
        self._named(wish.model)
        response = self._model.complete(wish.request)
        with self._lock:
            self._count += 1
            id_ = f"chatcmpl-{self._count}"
        name = response.model or self._model.name
        if not wish.stream:
            return Reply(200, _encoded(completion(response, id_=id_, model=name)))
        pieces = chunks(response, id_=id_, model=name, counted=wish.counted)
        events = [b"data: " + _encoded(each) + b"\n\n" for each in pieces]
        return Reply(200, b"".join([*events, b"data: [DONE]\n\n"]), kind=EVENTS)

    def _named(self, name: str) -> None:
        if name != self._model.name:
            text = f"The model `{name}` does not exist; this is `{self._model.name}`."
            raise RefusedError(404, text, code="model_not_found")

    def _card(self) -> dict[str, object]:
        return {"id": self._model.name, "object": "model", "created": 0, "owned_by": "git-loop"}


def _failed(error: LmError) -> Reply:
    """Return what a model's own error is over HTTP: come back later, try again, or do not."""
    text = str(error)
    if isinstance(error, RateLimitedError):
        no = RefusedError(429, text, kind="requests", code="rate_limit_exceeded")
        wait = error.retry_after_s
        headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
        return Reply(429, no.body, headers=headers)
    if isinstance(error, UnansweredError):
        return Reply(500, RefusedError(500, text, kind="server_error").body)
    return Reply(400, RefusedError(400, text).body)


def _only(wanted: str, method: str, path: str) -> None:
    if method != wanted:
        raise RefusedError(405, f"Not allowed to {method} on {path}.", code="method_not_supported")


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()
