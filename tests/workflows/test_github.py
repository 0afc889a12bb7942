"""GitHub's own parser has no objection to the workflows, ours and those for others.

It is a package for Node, so these tests skip where Node, npm or the registry is not at hand.
`parser/` pins it and all that it needs by digest. Another version: change `package.json`, then
`npm install --package-lock-only --omit-lockfile-registry-resolved` there.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.wiring.init_workflow import WORKFLOWS, Fitting, workflow

HERE = Path(__file__).parent
OURS = HERE.parents[1] / ".github" / "workflows"
FITTINGS = {
    "plain": Fitting(),
    "secrets": Fitting(base="trunk", secrets=("HF_TOKEN", "COUNT"), notify=("HOOK",)),
}
OLDEST = (20, 6)  # module.register
NPM = ("npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
PATIENCE = ("--fetch-retries=0", "--fetch-timeout=20000", "--loglevel=error")
Read = Callable[[Path], dict[str, list[str]]]

pytestmark = pytest.mark.slow


def node() -> str:
    """Return where Node is; skip where it is not, or too old."""
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        pytest.skip("node and npm are not both on PATH")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in re.findall(r"\d+", said)[:2]) < OLDEST:
        pytest.skip(f"node is {said.strip()}; the parser wants 20.6 or newer")
    return found


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Return what asks GitHub's parser about each file of a folder."""
    program = node()
    place = tmp_path_factory.mktemp("npm") / "parser"
    shutil.copytree(HERE / "parser", place)
    try:
        done = subprocess.run(
            [*NPM, *PATIENCE], cwd=place, capture_output=True, text=True, check=False, timeout=60
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install the parser within 60 seconds")
    assert "EINTEGRITY" not in done.stderr, done.stderr  # another package under the same name
    assert "EUSAGE" not in done.stderr, done.stderr  # the two files of parser/ disagree
    if done.returncode:
        first = (done.stderr.splitlines() or ["no reason given"])[0]
        pytest.skip(f"npm could not install the parser: {first}")

    def asked(folder: Path) -> dict[str, list[str]]:
        argv = [program, str(place / "read.mjs"), str(folder)]
        said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
        assert said.returncode == 0, said.stderr
        found: dict[str, list[str]] = json.loads(said.stdout)
        return found

    return asked


def test_github_can_read_every_workflow_of_this_repository(read: Read) -> None:
    assert read(OURS) == {path.name: [] for path in OURS.glob("*.yml")}


@pytest.mark.parametrize("fitting", FITTINGS.values(), ids=FITTINGS)
def test_github_can_read_every_workflow_that_init_writes(
    fitting: Fitting, read: Read, tmp_path: Path
) -> None:
    for name in WORKFLOWS:
        (tmp_path / name).write_text(workflow(name, fitting))

    assert read(tmp_path) == {name: [] for name in WORKFLOWS}


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        pytest.param(
            "queue: max",
            "queue: many",
            {"loop.yml": ["Unexpected value 'many'"]},
            id="key",
        ),
        pytest.param(
            "loop: ${{ matrix.loop }}",
            "lop: ${{ matrix.loop }}",
            {
                "loop.yml": [
                    "Input loop is required, but not provided while calling.",
                    "Invalid input, lop is not defined in the referenced workflow.",
                ]
            },
            id="input-of-the-called",
        ),
        pytest.param(
            "LOOP_HELDOUT_KEY: ${{ secrets.LOOP_HELDOUT_KEY }}",
            "HELDOUT: ${{ secrets.LOOP_HELDOUT_KEY }}",
            {
                "loop.yml": [
                    "Invalid secret, HELDOUT is not defined in the referenced workflow.",
                ]
            },
            id="secret-of-the-called",
        ),
        pytest.param(
            "needs.due.outputs.loops != '[]'",
            "need.due.outputs.loops != '[]'",
            {"loop.yml": ["Unrecognized named-value: 'need'"]},
            id="expression",
        ),
    ],
)
def test_a_mistake_in_a_workflow_is_noticed(
    right: str, wrong: str, expected: dict[str, list[str]], read: Read, tmp_path: Path
) -> None:
    for name in ("loop.yml", "iteration.yml"):
        text = workflow(name, Fitting())
        (tmp_path / name).write_text(text.replace(right, wrong) if name == "loop.yml" else text)

    found = {
        name: [re.sub(r"^\S+ \(Line: \d+, Col: \d+\): ", "", each) for each in errors]
        for name, errors in read(tmp_path).items()
    }

    assert found == {"iteration.yml": [], **expected}
