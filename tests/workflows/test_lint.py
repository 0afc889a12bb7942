"""The workflows, ours and those for others, pass GitHub's schema and the strictest audit."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.wiring.init_workflow import WORKFLOWS, Fitting, workflow

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What init writes where specs name secrets, with this repository's audit exceptions."""
    top = tmp_path_factory.mktemp("foreign")
    (top / "zizmor.yml").write_bytes((ROOT / "zizmor.yml").read_bytes())
    folder = top / ".github" / "workflows"
    folder.mkdir(parents=True)
    fitting = Fitting(base="trunk", secrets=("HF_TOKEN",), notify=("HOOK",))
    for name in WORKFLOWS:
        (folder / name).write_text(workflow(name, fitting))
    return top


def lint(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_workflows_fit_the_schema(whose: str, rendered: Path) -> None:
    top = ROOT if whose == "ours" else rendered
    files = sorted(str(path) for path in (top / ".github" / "workflows").glob("*.yml"))

    said = lint(
        str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *files
    )

    assert "ok -- validation done" in said


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_an_auditor_finds_nothing_without_a_reason(whose: str, rendered: Path) -> None:
    top = ROOT if whose == "ours" else rendered

    said = lint(
        *(str(TOOLS / "zizmor"), "--offline", "--strict-collection", "--persona=auditor"),
        *("--config", str(top / "zizmor.yml"), str(top / ".github")),
    )

    assert "No findings to report" in said
