"""docs/dependencies.md names each dependency, with the licence that its own metadata name."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from tests.docs.page import read
from tests.packaging.ground import ROOT

PAGE = "docs/dependencies.md"
SILENT = {"pyrage": "MIT, in its LICENSE file"}
"""Distributions whose metadata say nothing."""


def licence(name: str) -> str:
    about = metadata(name)
    classes = [each for each in about.get_all("Classifier") or () if each.startswith("License :: ")]
    named = " ".join(each.rsplit(" :: ", 1)[-1] for each in classes)
    first = (about["License"] or "").partition("\n")[0]
    return str(about["License-Expression"] or named or first or SILENT.get(name, ""))


def declared() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = {"base": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: {re.split(r"[\[<>= ]", each)[0] for each in found} for extra, found in lists.items()
    }


def tables() -> dict[str, list[list[str]]]:
    """Return the rows of each section's table, cell by cell."""
    found = {}
    for section in read(PAGE).split("\n## ")[1:]:
        title = section.partition("\n")[0]
        rows = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)[1:]
        found[title] = [[cell.strip(" `") for cell in row.split(" | ")] for row in rows]
    return found


def test_each_dependency_stands_in_the_table_of_its_kind() -> None:
    base, extras, tools = (tables()[title] for title in ("Base", "Extras", "Tools"))
    asked = declared()
    kept, checked = asked.pop("base"), asked.pop("dev")
    covered = set.union(*asked.values())
    assert {row[0] for row in base} == kept
    assert {(row[0], row[1]) for row in extras} == {
        (extra, name) for extra, names in asked.items() for name in names
    }
    assert {row[0] for row in tools} == checked - covered


@pytest.mark.parametrize("title", ["Base", "Extras", "Tools"])
def test_each_licence_is_what_the_metadata_name(title: str) -> None:
    told, found = {}, {}
    for row in tables()[title]:
        name, _, said = row[1:4] if title == "Extras" else row[:3]
        try:
            found[name] = licence(name)
        except PackageNotFoundError:  # an extra with an environment of its own
            continue
        told[name] = said
    assert len(found) >= 7
    assert told == found
