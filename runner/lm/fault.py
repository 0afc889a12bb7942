"""What went wrong with one try, and whether another makes sense."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from runner.core.redact import redact
from runner.lm.error import LmError, RateLimitedError, UnansweredError, WindowError
from runner.lm.wire import said_in

FIRST_WAIT_S = 0.5
LONGEST_BACKOFF_S = 20.0
MOST_WAIT_S = 180.0
"""Seconds that one request waits in all, over its tries: a minute of 429 is survived."""

_AGAIN = {408, 409, 429}
_SPENT = ("insufficient_quota", "billing")
_ONE_REQUEST = {400, 413, 422}
_TOO_LONG = ("context_length_exceeded", "maximum context length", "available context size")
"""By which OpenAI, vLLM and llama.cpp say that a conversation has outgrown the window."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One try that failed.

    Attributes:
        error: What to raise if it was the last.
        again: Another try of the same request may succeed.
        connected: Somebody was there; False where no connection came about.
        retry_after_s: What the endpoint asks to wait; None where it does not say.
        refused: A parameter that the endpoint knows by another name; "" for none.
    """

    error: LmError
    again: bool
    connected: bool = True
    retry_after_s: float | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint's model, as messages name it.

    Attributes:
        name: The model.
        url: The endpoint's address.
        key: Variable that holds the key; None where it asks for none.
        secrets: Values that no message may hold.
    """

    name: str
    url: str
    key: str | None
    secrets: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} at {self.url}"

    def clean(self, text: str) -> str:
        """Return foreign words on one line, without secrets."""
        return " ".join(redact(text, self.secrets).split())[:400]


def fault_of_status(status: int, body: bytes, headers: Mapping[str, str], place: Place) -> Fault:
    """Return what an answer other than 200 means."""
    message, code, param = said_in(body)
    words = place.clean(message) or "no reason given"
    if status == 429 and not any(each in f"{code} {message}" for each in _SPENT):  # noqa: PLR2004 - HTTP
        wait = retry_after_s(headers)
        text = f"{place}: rate limit reached (429): {words}"
        return Fault(RateLimitedError(text, retry_after_s=wait), again=True, retry_after_s=wait)
    if status >= 500 or status in _AGAIN - {429}:  # noqa: PLR2004 - HTTP
        error = UnansweredError(f"{place}: {words} ({status})")
        return Fault(error, again=True, retry_after_s=retry_after_s(headers))
    if status in _ONE_REQUEST:
        refused = param if "max_completion_tokens" in message else ""
        outgrown = any(each in f"{code} {message}" for each in _TOO_LONG)
        error = (WindowError if outgrown else UnansweredError)(f"{place}: {words} ({status})")
        return Fault(error, again=False, refused=refused)
    return Fault(LmError(f"{place}: {words} ({status}){_hint(status, place)}"), again=False)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for; None without one, or for a date."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def backoff_s(tries: int, *, asked_s: float | None, spread: float) -> float:
    """Return how long to wait before another try.

    Args:
        tries: Tries so far, from 1.
        asked_s: What the endpoint asks for; the wait is never shorter.
        spread: In [0, 1]; up to a quarter more, so that callers do not come back all at once.
    """
    doubled = min(FIRST_WAIT_S * 2.0 ** min(tries - 1, 30), LONGEST_BACKOFF_S)
    return max(doubled, asked_s or 0.0) * (1 + spread / 4)


def after_tries(error: LmError, *, tries: int, reason: str = "") -> LmError:
    """Return the error with how often it was tried in its words."""
    if tries == 1 and not reason:
        return error
    text = f"{error}; tried {tries} time{'s' if tries > 1 else ''}{reason}"
    if isinstance(error, RateLimitedError):
        return RateLimitedError(text, retry_after_s=error.retry_after_s)
    return type(error)(text)


def _hint(status: int, place: Place) -> str:
    if status in {401, 403}:
        return (
            f"; check {place.key}" if place.key else "; it asks for a key: declare `key: VARIABLE`"
        )
    if status == 404:  # noqa: PLR2004 - HTTP
        return "; check name and base_url"
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP
        return "; it redirects, and a key is not carried along: check base_url"
    return ""
