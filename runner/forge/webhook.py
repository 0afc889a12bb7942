"""One POST to an address that somebody named; how it went is told, the address never is."""

import http.client
import ipaddress
import json
import urllib.request
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

TIMEOUT_S = 5.0


def post(url: str, message: Mapping[str, object], *, timeout_s: float = TIMEOUT_S) -> str | None:
    """Send JSON to a webhook and return None, or why it did not get there.

    A webhook's address is a secret, since whoever has it may post. So the answer holds nothing of
    it, and a redirect is not followed.

    Args:
        url: `https://`, or `http://` to this machine.
        message: What to send, a small JSON object.
        timeout_s: Seconds to connect, and again for each wait for the answer.
    """
    try:
        loopback = _loopback(url)
    except ValueError:
        return "the address is not https:// (http:// only to this machine)"
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url,
        data=json.dumps(message).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "git-loop"},
        method="POST",
    )
    try:
        with _opener(direct=loopback).open(request, timeout=timeout_s):
            return None
    except HTTPError as err:
        with err:
            return f"it answered {err.code}"
    except (URLError, OSError, http.client.HTTPException, ValueError) as err:
        cause = err.reason if isinstance(err, URLError) else err
        return f"no answer ({type(cause).__name__})"


def _opener(*, direct: bool) -> urllib.request.OpenerDirector:
    """Return an opener to which a redirect is an answer, so that the message goes nowhere else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if direct else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _loopback(url: str) -> bool:
    """Tell whether an allowed address is on this machine.

    Raises:
        ValueError: it is not allowed, or no address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    here = host == "localhost" or _is_loopback(host)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise ValueError("scheme")
    return here


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
