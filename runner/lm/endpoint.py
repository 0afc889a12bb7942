"""Models behind an OpenAI-compatible endpoint, through the `openai` client."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import httpx2
import openai

from runner.core.canonical import canonical, digest
from runner.core.chat import ChatRequest, ChatResponse
from runner.core.redact import redact
from runner.lm.error import LmError, StalledError, UnansweredError
from runner.lm.fault import (
    MOST_WAIT_S,
    Fault,
    Place,
    after_tries,
    backoff_s,
    fault_of_status,
)
from runner.lm.guard import Guard
from runner.lm.params import Endpoint
from runner.lm.wire import Limit, cost_usd, incoming, outgoing

CONNECT_S = 10.0
_KNOCKS = 3
"""Tries, over 2 s or so, after which nobody is there who was never there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Time, as an endpoint's model sees it.

    Attributes:
        sleep: Waits seconds.
        now: Seconds on a clock that only goes forward.
    """

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class EndpointModel:
    """A model behind an endpoint; one client, whose connections are kept, serves all threads."""

    def __init__(
        self,
        declared: Endpoint,
        *,
        key: str,
        transport: httpx2.BaseTransport | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            declared: The endpoint.
            key: Its key; "" where it asks for none.
            transport: What carries requests in place of the network: a cassette, a program.
            pace: Time; the real one by default.

        Raises:
            LmError: its address or its key can be no such thing.
        """
        _check(declared, key)
        self._declared = declared
        self._pace = pace or Pace()
        self._place = Place(declared.name, declared.base_url, declared.key, (key,) if key else ())
        self._client = _client(declared, key, transport or network(declared))
        self._options = _options(key)
        self._flight = BoundedSemaphore(declared.concurrency)
        self._limit: Limit = "max_tokens"
        self._was_there = False

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._declared.name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Ask until there is an answer or no try is left.

        Raises:
            UnansweredError: this request failed after every retry.
            LmError: the key, the model or the address is refused, the answer is a stub, or no
                connection came about since this object was made.
        """
        tries, waited = 0, 0.0
        while True:
            found = self._try(request)
            if isinstance(found, ChatResponse):
                self._was_there = True
                return found
            tries += 1
            self._was_there |= found.connected
            if not self._was_there and tries >= _KNOCKS:
                nobody = "; nobody has answered there yet: check base_url"
                raise after_tries(LmError(str(found.error)), tries=tries, reason=nobody)
            if not found.again or tries > self._declared.retries:
                raise after_tries(found.error, tries=tries)
            wait = backoff_s(tries, asked_s=found.retry_after_s, spread=_spread(request))
            if waited + wait > MOST_WAIT_S:
                late = f"; waiting {wait:.0f} s more would pass {MOST_WAIT_S:.0f} s in all"
                raise after_tries(found.error, tries=tries, reason=late)
            self._pace.sleep(wait)
            waited += wait

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _try(self, request: ChatRequest) -> ChatResponse | Fault:
        limit = self._limit
        with self._flight:
            started = self._pace.now()
            sent = self._send(outgoing(request, name=self.name, limit=limit))
            if isinstance(sent, Fault) and sent.refused == limit:
                self._limit = "max_completion_tokens"
                sent = self._send(outgoing(request, name=self.name, limit=self._limit))
            seconds = self._pace.now() - started
        if isinstance(sent, Fault):
            return sent
        answer = incoming(self._clean(sent), where=str(self._place))
        cost = cost_usd(answer.usage, self._declared.prices)
        return answer.model_copy(update={"seconds": seconds, "cost_usd": cost})

    def _send(self, body: dict[str, Any]) -> bytes | Fault:
        try:
            sent = self._client.post(
                "/chat/completions", body=body, cast_to=httpx2.Response, options=self._options
            )
        except openai.APIStatusError as err:
            answer = err.response
            return fault_of_status(answer.status_code, answer.content, answer.headers, self._place)
        except openai.APITimeoutError as err:
            text = f"{self._place}: no answer within {self._declared.timeout_s:g} s"
            return Fault(StalledError(text), again=True, connected=_connected(err))
        except openai.APIConnectionError as err:
            why = self._place.clean(str(err.__cause__ or err))
            text = f"{self._place}: no connection ({why})"
            if "CERTIFICATE_VERIFY_FAILED" in why:
                return Fault(LmError(text), again=False)
            return Fault(UnansweredError(text), again=True, connected=_connected(err))
        return sent.content

    def _clean(self, data: bytes) -> bytes:
        """Take our key out of an answer that quotes it."""
        secrets = self._place.secrets
        if any(each.encode() in data for each in secrets):
            return redact(data.decode(errors="replace"), secrets).encode()
        return data


def _check(declared: Endpoint, key: str) -> None:
    try:
        url = httpx2.URL(declared.base_url)
    except httpx2.InvalidURL as err:
        raise LmError(f"base_url {declared.base_url} is no address ({err})") from err
    if url.scheme not in {"http", "https"} or not url.host:
        raise LmError(f"base_url {declared.base_url} is no address; expected https://host/v1")
    if not (key.isascii() and key.isprintable()):
        raise LmError(f"the key in {declared.key} has characters that no key has; set it anew")


def network(declared: Endpoint) -> httpx2.BaseTransport:
    """Return what reaches an endpoint: connections that are kept, answers that are bounded."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=declared.concurrency)
    return Guard(httpx2.HTTPTransport(limits=limits), timeout_s=declared.timeout_s)


def _client(declared: Endpoint, key: str, transport: httpx2.BaseTransport) -> openai.OpenAI:
    timeout = httpx2.Timeout(
        declared.timeout_s, connect=min(CONNECT_S, declared.timeout_s), pool=None
    )
    # Nothing of the process's environment is sent: neither another key, nor an organization, nor
    # through a proxy. We retry ourselves: the client gives up before a minute of 429 is over.
    return openai.OpenAI(
        api_key=key or "none",
        admin_api_key="",
        base_url=declared.base_url,
        timeout=timeout,
        max_retries=0,
        http_client=httpx2.Client(transport=transport, timeout=timeout, trust_env=False),
    )


def _options(key: str) -> Any:  # noqa: ANN401 - the client's types know no omitted headers
    """Return what every call says: no header that the process's environment would add."""
    names = ["OpenAI-Organization", "OpenAI-Project", *([] if key else ["Authorization"])]
    return {"headers": dict.fromkeys(names, openai.omit)}


def _connected(err: openai.APIConnectionError) -> bool:
    return not isinstance(err.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)


def _spread(request: ChatRequest) -> float:
    """Return a number in [0, 1] that differs from request to request, not from run to run."""
    return int(digest(canonical(request.model_dump(mode="json")))[:8], 16) / 0xFFFFFFFF
