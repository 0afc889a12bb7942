"""Makes `github.json` anew from GitHub's published description of its API.

The full description has 13 MB, most of it prose and examples of what nobody here calls. To check
that the file is what the package says, or to move to another version of it:

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python tests/forge/strip_github.py package > tests/forge/github.json

What is kept of an operation: its query parameters' names, its JSON request, and its JSON answers
by status, as JSON Schema 2020-12 (`nullable` becomes a type of its own). What schemas refer to
comes with them under `$defs`. What is kept of a schema is named in `KEPT`, so that prose, examples
and extensions cannot come back under new names.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Node = dict[str, Any]

REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{pull_number}}"
ISSUE = f"{REPO}/issues/{{issue_number}}"
REMARK = f"{REPO}/issues/comments/{{comment_id}}"
OPERATIONS = (
    ("GET", "/user"),
    ("GET", REPO),
    ("GET", f"{REPO}/pulls"),
    ("POST", f"{REPO}/pulls"),
    ("GET", PULL),
    ("PATCH", PULL),
    ("PUT", f"{PULL}/merge"),
    ("GET", f"{PULL}/merge"),
    ("POST", f"{PULL}/requested_reviewers"),
    ("GET", ISSUE),
    ("GET", f"{ISSUE}/labels"),
    ("POST", f"{ISSUE}/labels"),
    ("PUT", f"{ISSUE}/labels"),
    ("DELETE", f"{ISSUE}/labels"),
    ("DELETE", f"{ISSUE}/labels/{{name}}"),
    ("GET", f"{ISSUE}/comments"),
    ("POST", f"{ISSUE}/comments"),
    ("GET", REMARK),
    ("PATCH", REMARK),
    ("DELETE", REMARK),
    ("POST", f"{REPO}/statuses/{{sha}}"),
    ("GET", f"{REPO}/commits/{{ref}}"),
    ("GET", f"{REPO}/commits/{{ref}}/status"),
    ("GET", f"{REPO}/commits/{{ref}}/statuses"),
    ("GET", f"{REPO}/commits/{{ref}}/check-runs"),
    ("POST", f"{REPO}/check-runs"),
    ("PATCH", f"{REPO}/check-runs/{{check_run_id}}"),
    ("GET", f"{REPO}/git/ref/{{ref}}"),
    ("GET", f"{REPO}/git/matching-refs/{{ref}}"),
)
KEPT = {
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
    "uniqueItems",
}
COMPONENT = "#/components/schemas/"
DEF = "#/$defs/"


def stripped(package: Path) -> Node:
    """Return the kept part of an unpacked `@octokit/openapi`."""
    full = json.loads((package / "generated" / "api.github.com.json").read_text("utf-8"))
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    operations = [_operation(full, method, path) for method, path in OPERATIONS]
    return {
        "source": f"@octokit/openapi {version}, api.github.com {full['info']['version']},"
        " descriptions, examples and other operations left out",
        "license": " ".join((package / "LICENSE").read_text("utf-8").split()),
        "operations": operations,
        "$defs": reached(operations, full["components"]["schemas"]),
    }


def schema(node: Any) -> Any:  # noqa: ANN401 - JSON Schema is nested anyhow
    """Return a schema without what `KEPT` does not name, its keys sorted."""
    if isinstance(node, list):
        return [schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _value(key, node[key]) for key in sorted(KEPT & node.keys())}
    return _or_null(kept) if node.get("nullable") else kept


def reached(operations: Iterable[Node], schemas: Node) -> Node:
    """Return, by name, the schemas that operations lead to."""
    found: Node = {}
    waiting = [*_names([*operations])]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schema(schemas[name])
            waiting += _names(found[name])
    return dict(sorted(found.items()))


def written(document: Node) -> str:
    """Return the file's text: one line for each operation and each schema."""
    operations = ",\n".join(f"  {_compact(each)}" for each in document["operations"])
    schemas = ",\n".join(
        f"  {json.dumps(name)}: {_compact(each)}" for name, each in document["$defs"].items()
    )
    return (
        f'{{\n "source": {json.dumps(document["source"])},\n'
        f' "license": {json.dumps(document["license"])},\n'
        f' "operations": [\n{operations}\n ],\n "$defs": {{\n{schemas}\n }}\n}}\n'
    )


def _operation(full: Node, method: str, path: str) -> Node:
    known = full["paths"][path][method.lower()]
    parameters = [_followed(full, each) for each in known.get("parameters", [])]
    answers = (
        (status, _json(_followed(full, each))) for status, each in known["responses"].items()
    )
    return {
        "method": method,
        "path": path,
        "query": sorted(each["name"] for each in parameters if each["in"] == "query"),
        "request": _schema_or_none(_json(_followed(full, known.get("requestBody", {})))),
        "responses": _answers(answers),
    }


def _answers(answers: Iterable[tuple[str, Node | None]]) -> Node:
    return {status: _schema_or_none(each) for status, each in sorted(answers)}


def _schema_or_none(node: Node | None) -> Node | None:
    return None if node is None else schema(node)


def _json(body: Node) -> Node | None:
    found: Node | None = body.get("content", {}).get("application/json", {}).get("schema")
    return found


def _followed(full: Node, node: Node) -> Node:
    """Return what a reference to a parameter, a request or an answer stands for."""
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        full = full[step]
    return full


def _or_null(kept: Node) -> Node:
    """Say in JSON Schema what `nullable` says in OpenAPI 3.0."""
    if not isinstance(kept.get("type"), str):
        return {"anyOf": [kept, {"type": "null"}]}
    if None not in kept.get("enum", [None]):
        kept = {**kept, "enum": [*kept["enum"], None]}  # meant, though 3.0 does not say so
    return {**kept, "type": [kept["type"], "null"]}


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if key == "properties":
        return {name: schema(value[name]) for name in sorted(value)}
    if key == "$ref":
        return value.replace(COMPONENT, DEF)
    return value if key in {"enum", "required", "type"} else schema(value)


def _names(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(DEF)
        node = [*node.values()]
    for each in node if isinstance(node, list) else []:
        yield from _names(each)


def _compact(node: Node) -> str:
    return json.dumps(node, separators=(",", ":"))


if __name__ == "__main__":
    sys.stdout.write(written(stripped(Path(sys.argv[1]))))
