"""What is published: the sdist is the repository, the wheel is what a user needs of it."""

import sys
import tarfile
import zipfile
from email.parser import Parser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from runner import __version__
from tests.packaging.ground import ROOT, Made, tell

pytestmark = pytest.mark.slow

SDIST = f"git_loop-{__version__}"
INFO = f"{SDIST}.dist-info"


def test_the_sdist_is_what_git_tracks_and_nothing_else(made: Made) -> None:
    with tarfile.open(made.sdist) as archive:
        held = {name.removeprefix(f"{SDIST}/") for name in archive.getnames()}
    assert held - {"PKG-INFO"} == made.tracked - {".agents/skills"}


def test_the_wheel_is_the_runner_its_licence_and_its_manual_page(made: Made) -> None:
    with zipfile.ZipFile(made.wheel) as archive:
        held = set(archive.namelist())
    runner = {path for path in made.tracked if path.startswith("runner/")}
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    page = f"{SDIST}.data/data/share/man/man1/git-loop.1"
    assert held == runner | {f"{INFO}/{name}" for name in about} | {page}
    assert made.wheel.stat().st_size < 2_000_000


def test_the_tree_and_its_sdist_make_the_same_wheel(made: Made, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "build", "-n", "-w", "-o", tmp_path, made.tree)
    tell(*command, cwd=tmp_path)
    assert (tmp_path / made.wheel.name).read_bytes() == made.wheel.read_bytes()


def test_the_wheel_says_what_it_is(made: Made) -> None:
    with zipfile.ZipFile(made.wheel) as archive:
        about = Parser().parsestr(archive.read(f"{INFO}/METADATA").decode())
    assert about["Version"] == __version__
    assert about["License-Expression"] == "MIT"
    assert about["Requires-Python"] == ">=3.11"
    assert about["Description-Content-Type"] == "text/markdown"
    page = str(about.get_payload())
    assert page.startswith("# git-loop\n")
    assert "](docs/" not in page  # such a link leads nowhere on a package index


def test_links_of_the_index_page_lead_to_the_releases_tag() -> None:
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    text = "![a *page*](docs/a.png) [gate](docs/gate.md#looks) [here](#why) [out](https://x.invalid/)\n"
    assert module.described(text, source="https://y.invalid/us/it/", version="1.2") == (
        "![a *page*](https://y.invalid/us/it/raw/v1.2/docs/a.png) "
        "[gate](https://y.invalid/us/it/blob/v1.2/docs/gate.md#looks) "
        "[here](#why) [out](https://x.invalid/)\n"
    )
    assert module.described(text, source=None, version="1.2") == (
        " gate [here](#why) [out](https://x.invalid/)\n"
    )
