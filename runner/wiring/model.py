"""A model as a command line names it, turned into what a spec would declare."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from runner.core.build import MisfitError, build
from runner.core.document import parse
from runner.core.errors import LoopError
from runner.core.field import Variable
from runner.lm.params import Endpoint, Local, Scripted

KEY, BASE_URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
_KINDS: Mapping[str, type[Endpoint | Local | Scripted]] = {
    "scripted": Scripted,
    "endpoint": Endpoint,
    "local": Local,
}


class ModelNameError(LoopError):
    """A model that cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How endpoints are reached that a command line names by model name alone.

    Attributes:
        base_url: None takes `OPENAI_BASE_URL`, else OpenAI's own.
        key: Variable that holds the key; None takes `OPENAI_API_KEY`, or no key where the address
            is this machine's and the variable is not set.
        prices: US dollars per million tokens, in and out; None counts tokens only.
    """

    environ: Mapping[str, str]
    base_url: str | None = None
    key: str | None = None
    prices: tuple[float, float] | None = None


def model_of(text: str, access: Access) -> dict[str, Any]:
    """Return the declaration of a model: `gpt-4o-mini`, `scripted:clerk`, `local:DIR`, `{...}`.

    Args:
        text: The name; `{kind: ..., ...}` is taken as YAML, as a spec would have it.
        access: How endpoints are reached.

    Raises:
        ModelNameError: it names no model that can be declared.
    """
    if not text.strip():
        raise ModelNameError("--model: empty; name one, such as gpt-4o-mini or scripted:clerk")
    kind, colon, rest = text.partition(":")
    if text.startswith("{"):
        return _declared(parse(text.encode(), path="--model").data, text)
    if colon and kind == "scripted":
        return _declared({"kind": kind, "script": rest}, text)
    if colon and kind == "local":
        return _declared({"kind": kind, "folder": rest}, text)
    return _declared(_endpoint(text, access), text)


def declared_model(who: Mapping[str, Any]) -> Endpoint | Local | Scripted | None:
    """Return a declaration that fits as a model; None where it declares somebody else.

    Raises:
        MisfitError: it is of a model's kind, and wrong.
    """
    model = _KINDS.get(str(who.get("kind")))
    return None if model is None else build(model, who)


def require_used(access: Access, texts: Sequence[str]) -> None:
    """Return if one of the models that are named is reached as `access` says, or it says nothing.

    Args:
        access: What the flags say.
        texts: The models as a command line names them.

    Raises:
        ModelNameError: none of them is an endpoint that is named alone.
    """
    said = {"--base-url": access.base_url, "--key": access.key, "--prices": access.prices}
    given = [flag for flag, value in said.items() if value is not None]
    if given and not any(_is_endpoint(text) for text in texts):
        raise ModelNameError(
            f"{given[0]} is about an endpoint that is named alone, such as gpt-4o-mini, and "
            f"{' and '.join(texts)} is none; leave it out, or write it into {{kind: endpoint, ...}}"
        )


def _is_endpoint(text: str) -> bool:
    kind, colon, _ = text.partition(":")
    return not text.startswith("{") and not (colon and kind in {"scripted", "local"})


def _endpoint(name: str, access: Access) -> dict[str, Any]:
    url = access.base_url or access.environ.get(BASE_URL)
    key = access.key or KEY
    found: dict[str, Any] = {"kind": "endpoint", "name": name}
    if url is not None:
        found["base_url"] = url
    if access.key is None and url is not None and _here(url) and KEY not in access.environ:
        found["key"] = None
    elif key != KEY:
        found["key"] = _variable(key)
    if access.prices is not None:
        found["prices"] = dict(zip(("input", "output"), access.prices, strict=True))
    return found


def _here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _variable(name: str) -> str:
    try:
        return TypeAdapter[str](Variable).validate_python(name)
    except ValidationError as err:
        # whoever gave the key itself must not read it in a log
        text = f"--key: expected the name of an environment variable, such as {KEY}"
        raise ModelNameError(text) from err


def _declared(data: object, text: str) -> dict[str, Any]:
    kind = data.get("kind") if isinstance(data, dict) else None
    model = _KINDS.get(str(kind))
    if model is None or not isinstance(data, dict):
        known = ", ".join(_KINDS)
        raise ModelNameError(f"--model: expected a name or {{kind: ...}} of {known}, got {text}")
    try:
        build(model, data)
    except MisfitError as err:
        first = err.complaints[0]
        place = ".".join(map(str, first.pointer))
        raise ModelNameError(f"--model {text}: {place}: {first.text}") from err
    return data
