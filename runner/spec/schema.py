"""The spec as a JSON Schema, for editors that complete and check YAML while it is typed."""

import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from runner.spec import gate_check, model, watch
from runner.spec.model import Spec

DIALECT = GenerateJsonSchema.schema_dialect
_ENTRY = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
"""Name and words of an entry of a docstring's Attributes section."""


def schema() -> str:
    """Return `loops/loop.schema.json`: draft 2020-12, descriptions from the models' docstrings."""
    found: dict[str, Any] = Spec.model_json_schema()
    _walk(found)
    kinds = vars(gate_check) | vars(watch) | vars(model)
    for name, part in {**found["$defs"], "Spec": found}.items():
        _describe(part, kinds[name])
    head = {"$schema": DIALECT, "title": "git-loop spec"}
    return json.dumps(head | found, indent=2) + "\n"


def _walk(part: object) -> None:
    """Drop generated titles, and refuse mapping keys that the loader refuses."""
    if isinstance(part, list):
        for each in part:
            _walk(each)
    if not isinstance(part, dict):
        return
    if isinstance(part.get("title"), str):
        del part["title"]
    if "patternProperties" in part:
        part["additionalProperties"] = False
    for each in part.values():
        _walk(each)


def _describe(part: dict[str, Any], kind: type[BaseModel]) -> None:
    """Spread a docstring, which pydantic gives whole, over the part and its fields."""
    head, _, attributes = part["description"].partition("\n\nAttributes:\n")
    part["description"] = " ".join(head.split())
    for name, words in _ENTRY.findall(attributes):
        key = kind.model_fields[name].alias or name
        part["properties"][key]["description"] = " ".join(words.split())
