"""Holds exchanges with the embedded forge against GitHub's own description of its API.

`github.json` beside this file is the part of `@octokit/openapi` that the forge serves, as JSON
Schema, without descriptions and examples; its licence (MIT) is inside. `strip_github.py` makes it.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

from runner.forge.wire import Exchange

DESCRIPTION = json.loads((Path(__file__).parent / "github.json").read_text())
GENERAL = {
    400,
    401,
    404,
    405,
    413,
    422,
    500,
}  # every operation may answer these with a plain message
APPS_ONLY = re.compile(r"/check-runs(/\d+)?$")
"""What people's tokens are refused with 403, which the description leaves out."""
SYNONYMS = (  # old names of GET operations, which PyGithub still asks by
    (re.compile(r"/git/refs/"), "/git/ref/"),
    (re.compile(r"/statuses/([^/]+)$"), r"/commits/\1/statuses"),
)


@cache
def operation(method: str, path: str) -> int | None:
    """Return the index of the operation that a path belongs to."""
    for old, new in SYNONYMS if method == "GET" else ():
        path = old.sub(new, path)
    for index, known in enumerate(DESCRIPTION["operations"]):
        # A ref or sha is the one parameter that may hold slashes.
        pattern = re.sub(r"\\\{ref\\\}", ".+", re.escape(known["path"]))
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", pattern)
        if known["method"] == method and re.fullmatch(pattern, path):
            literal = "{ref}" not in known["path"] or not path.endswith(
                ("/status", "/statuses", "/check-runs")
            )
            if literal or known["path"].endswith(path.rpartition("/")[2]):
                return index
    return None


@cache
def validator(index: int, part: str, status: str = "") -> Draft202012Validator | None:
    """Return what checks the request, or the response of a status."""
    known = DESCRIPTION["operations"][index]
    schema = known["request"] if part == "request" else known["responses"].get(status)
    if schema is None:
        return None
    return Draft202012Validator({**schema, "$defs": DESCRIPTION["$defs"]})


def breaches(exchanges: Iterable[Exchange]) -> list[str]:
    """Return one line for each way in which an exchange is not GitHub's."""
    return [line for exchange in exchanges for line in _of(exchange)]


def _of(exchange: Exchange) -> list[str]:
    name = f"{exchange.method} {exchange.path} {exchange.status}"
    index = operation(exchange.method, exchange.path)
    if index is None:
        # Paths that exist on neither side are refused alike.
        return [] if exchange.status in {401, 404} else [f"{name}: no such operation"]
    known = DESCRIPTION["operations"][index]
    if exchange.status >= 400:
        listed = str(exchange.status) in known["responses"]
        barred = exchange.status == 403 and APPS_ONLY.search(exchange.path)
        if not (listed or barred) and exchange.status not in GENERAL:
            return [f"{name}: no such answer"]
        return [] if isinstance(exchange.body.get("message"), str) else [f"{name}: no message"]
    data = exchange.data
    if isinstance(data, list) and exchange.path.endswith("/labels"):
        data = {"labels": data}  # as PyGithub sends it: GitHub takes it and describes it no longer
    lines = _wrong(name, "request", validator(index, "request"), data)
    lines += [
        f"{name}: no parameter {key}"
        for key, _ in parse_qsl(exchange.query)
        if key not in known["query"]
    ]
    if str(exchange.status) not in known["responses"]:
        return [*lines, f"{name}: no such answer"]
    response = validator(index, "response", str(exchange.status))
    return lines + _wrong(name, "response", response, exchange.body)


def _wrong(name: str, part: str, schema: Draft202012Validator | None, value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    if schema is None or (part == "request" and value is None):
        return []
    found = schema.iter_errors(value)
    return [f"{name}: {part}{error.json_path[1:]}: {error.message[:160]}" for error in found]
