import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.forge import strip_github
from tests.forge.strip_github import OPERATIONS, reached, schema, stripped, written

HERE = Path(__file__).parent
TEXT = (HERE / "github.json").read_text()
DOCUMENT = json.loads(TEXT)
PATHS = {
    "/user": {
        "get": {
            "description": "prose",
            "parameters": [
                {"$ref": "#/components/parameters/since"},
                {"name": "X-Version", "in": "header"},
                {"name": "all", "in": "query"},
            ],
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "example": {"a": 1}, "x-new": True}
                    }
                }
            },
            "responses": {
                "404": {"$ref": "#/components/responses/missing"},
                "200": {"description": "an image", "content": {"image/png": {}}},
            },
        },
        "put": {"responses": {}},
    }
}
COMPONENTS = {
    "parameters": {"since": {"name": "since", "in": "query"}},
    "responses": {
        "missing": {
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
        }
    },
    "schemas": {
        "error": {"properties": {"why": {"$ref": "#/components/schemas/why"}}},
        "unused": {"type": "string"},
        "why": {"type": "string", "title": "Why"},
    },
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An unpacked package that describes one operation that is wanted and one that is not."""
    (tmp_path / "generated").mkdir()
    described = {"info": {"version": "2.0"}, "paths": PATHS, "components": COMPONENTS}
    (tmp_path / "generated" / "api.github.com.json").write_text(json.dumps(described))
    (tmp_path / "package.json").write_text('{"version": "1.0"}')
    (tmp_path / "LICENSE").write_text("MIT\n\nnobody\n")
    return tmp_path


def test_stripping_what_is_stripped_changes_no_byte() -> None:
    known = {(each["method"], each["path"]): each for each in DOCUMENT["operations"]}
    operations = [
        {
            **known[key],
            "query": sorted(known[key]["query"]),
            "request": schema(known[key]["request"]),
            "responses": {code: schema(each) for code, each in known[key]["responses"].items()},
        }
        for key in OPERATIONS
    ]
    again = {**DOCUMENT, "operations": operations}

    assert written({**again, "$defs": reached(operations, DOCUMENT["$defs"])}) == TEXT


def test_the_file_names_its_version_and_carries_its_licence() -> None:
    name, version = DOCUMENT["source"].partition(",")[0].split()

    assert f"npm pack {name}@{version} " in str(strip_github.__doc__)
    assert DOCUMENT["license"].startswith("MIT License Copyright (c) 2020 Octokit contributors ")


def test_of_a_package_only_what_is_wanted_is_left(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strip_github, "OPERATIONS", (("GET", "/user"),))

    assert stripped(package) == {
        "source": "@octokit/openapi 1.0, api.github.com 2.0,"
        " descriptions, examples and other operations left out",
        "license": "MIT nobody",
        "operations": [
            {
                "method": "GET",
                "path": "/user",
                "query": ["all", "since"],
                "request": {"type": "object"},
                "responses": {"200": None, "404": {"$ref": "#/$defs/error"}},
            }
        ],
        "$defs": {
            "error": {"properties": {"why": {"$ref": "#/$defs/why"}}},
            "why": {"type": "string"},
        },
    }


def test_an_operation_that_the_package_lacks_is_not_passed_over(package: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "strip_github.py"), str(package)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith("KeyError: '/repos/{owner}/{repo}'\n")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            {"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="nullable"
        ),
        pytest.param(
            {"type": "string", "nullable": False}, {"type": "string"}, id="nullable-denied"
        ),
        pytest.param(
            {"type": "string", "enum": ["a"], "nullable": True},
            {"enum": ["a", None], "type": ["string", "null"]},
            id="nullable-enum",
        ),
        pytest.param(
            {"type": "string", "enum": ["a", None], "nullable": True},
            {"enum": ["a", None], "type": ["string", "null"]},
            id="nullable-enum-that-says-so",
        ),
        pytest.param(
            {"oneOf": [{"type": "string", "title": "A"}], "nullable": True},
            {"anyOf": [{"oneOf": [{"type": "string"}]}, {"type": "null"}]},
            id="nullable-choice",
        ),
        pytest.param(
            {"properties": {"example": {"type": "string", "example": "x"}}},
            {"properties": {"example": {"type": "string"}}},
            id="a-property-may-be-named-as-what-goes",
        ),
        pytest.param(
            {"required": ["b", "a"], "additionalProperties": {"type": "string", "default": ""}},
            {"additionalProperties": {"type": "string"}, "required": ["b", "a"]},
            id="additional",
        ),
    ],
)
def test_a_schema_keeps_what_it_demands_and_no_more(given: Any, expected: Any) -> None:  # noqa: ANN401 - any JSON
    assert json.dumps(schema(given)) == json.dumps(expected)
