"""One version, wherever a release says it."""

import re

import yaml

from runner import __version__
from tests.docs.page import read


def test_the_citation_and_the_changes_name_the_version_and_its_day() -> None:
    cited = yaml.safe_load(read("CITATION.cff"))
    released = re.findall(r"^## (\S+) \((\S+)\)$", read("CHANGELOG.md"), re.MULTILINE)
    assert cited["version"] == __version__
    assert released[0] == (__version__, str(cited["date-released"]))


def test_what_is_to_come_stands_above_what_was_released() -> None:
    headings = re.findall(r"^## (.*)$", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
