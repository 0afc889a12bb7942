"""The map names rooms and files that are there, and no room is missing from it."""

import re
from pathlib import Path

import pytest

from tests.docs.page import ROOT, read

HOUSE = ROOT / "runner"


def spans(page: str) -> set[str]:
    """Return inline code that looks like a file or folder of the repository."""
    text = re.sub(r"^```.*?^```", "", read(page), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"`([a-z_.]+/[\w/.*]*)`", text)
    return {each.rstrip("/") for each in found if not each.startswith(("refs/", "loop/"))}


def there(place: str, folder: Path) -> bool:
    """Tell whether a file, folder or module of this name lies in a folder or below it."""
    return any(any(folder.glob(f"**/{place}{end}")) for end in ("", ".py"))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_on_the_page_exist(page: str) -> None:
    named = spans(page)
    lost = [each for each in named if not (there(each, HOUSE) or any(ROOT.glob(each)))]
    assert len(named) > 20
    assert sorted(lost) == []


def test_every_room_is_on_the_map() -> None:
    rooms = {each.parent.name for each in HOUSE.glob("*/__init__.py")}
    drawn = set(re.findall(r"[a-z]+", read("ARCHITECTURE.md").split("```")[1]))
    assert len(rooms) > 20
    assert sorted(rooms - drawn) == []


def test_modules_inside_a_room_are_in_that_room() -> None:
    parts = re.compile(r"Inside\s`([\w/]+)`(.*?)(?=\n\n|Inside\s`)", re.DOTALL)
    inside = parts.findall(read("ARCHITECTURE.md"))
    named = {(room, name) for room, text in inside for name in re.findall(r"`([a-z_]+)/?`", text)}
    assert len(named) > 60
    assert sorted((room, name) for room, name in named if not there(name, HOUSE / room)) == []
