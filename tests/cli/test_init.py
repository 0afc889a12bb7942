"""`git-loop init` in any repository: what is missing is written, nothing is overwritten."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from runner import __version__
from runner.spec.load import read_spec

if TYPE_CHECKING:
    from tests.conftest import Workshop

WORKFLOWS = [f".github/workflows/{name}.yml" for name in ("loop", "iteration", "resume", "verify")]


@pytest.fixture
def empty(bare_workshop: "Workshop") -> "Workshop":
    """A repository without a commit, in a folder called `foreign`."""
    bare_workshop.git("init", "-q", "-b", "trunk")
    bare_workshop.loop = "foreign"
    return bare_workshop


def test_a_first_loop_is_two_commands_away(empty: "Workshop", plain: object) -> None:
    done = empty.cli("init", "--eval", "python3 eval.py", "--", "python3", "train.py")

    assert done.code == 0
    assert [line for line in done.out.splitlines() if line.startswith("wrote")] == [
        f"wrote  {path}" for path in ("loops/foreign.yaml", "loops/loop.schema.json", *WORKFLOWS)
    ]
    assert done.out.splitlines()[-5:] == [
        "to write: loops/foreign.yaml:6: make.command[1]: train.py is missing",
        "to write: loops/foreign.yaml:11: check.command[1]: eval.py is missing",
        (
            f"note: the workflows install git-loop[remote]=={__version__}, and this one came from "
            "no package index; where none has that version remove them and pass "
            "--install 'git-loop @ git+https://...'"
        ),
        "next: git add loops .github && git commit -m 'Add loop foreign'",
        "then: git-loop run foreign --smoke, which spends nothing",
    ]
    train = "import os\nopen(os.environ['LOOP_OUT'] + '/model.txt', 'w').write('1')\n"
    score = (
        "import os\nopen(os.environ['LOOP_OUT'], 'w').write('{\"case\": \"a\", \"score\": 1}\\n')\n"
    )
    empty.commit({"train.py": train, "eval.py": score})
    smoke = empty.cli("run", "foreign", "--smoke")
    assert smoke.code == 0, smoke.err


def test_what_came_from_an_index_needs_no_note(
    empty: "Workshop", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / f"git_loop-{__version__}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: git-loop\nVersion: {__version__}\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    done = empty.cli("init", "--eval", "python3 eval.py", "--", "python3", "train.py")

    assert done.code == 0
    assert "index" not in done.out


def test_the_spec_is_short_and_holds_the_commands(empty: "Workshop") -> None:
    empty.cli(
        "init", "--eval", "python eval.py --fast 1", "--", "python", "train.py", "--lr", "1e-3"
    )
    text = (empty.top / "loops/foreign.yaml").read_text()
    spec = read_spec(text.encode(), path="loops/foreign.yaml", kinds={}).spec

    assert 12 <= len(text.splitlines()) <= 20
    assert spec.make.command == ("python", "train.py", "--lr", "1e-3")  # type: ignore[union-attr]
    assert spec.check.command == ("python", "eval.py", "--fast", "1")  # type: ignore[union-attr]
    assert spec.publish.base == "trunk"


@pytest.mark.parametrize(
    ("argv", "make", "check"),
    [
        pytest.param(
            ("--", "python", "train.py", "--eval", "python eval.py"),
            ("python", "train.py"),
            ("python", "eval.py"),
            id="after",
        ),
        pytest.param(
            ("--eval", "python eval.py", "--", "python", "train.py", "--eval", "yes"),
            ("python", "train.py", "--eval", "yes"),
            ("python", "eval.py"),
            id="both",
        ),
    ],
)
def test_the_check_may_be_named_on_either_side(
    empty: "Workshop", argv: tuple[str, ...], make: tuple[str, ...], check: tuple[str, ...]
) -> None:
    empty.cli("init", *argv)
    text = (empty.top / "loops/foreign.yaml").read_bytes()
    spec = read_spec(text, path="loops/foreign.yaml", kinds={}).spec
    assert (spec.make.command, spec.check.command) == (make, check)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "argument", ["true", "null", "1", "-1", "1e5", "~", "a: b", "#x", "*.py", "[x]", "", "é", '"']
)
def test_an_argument_stays_the_text_that_it_is(empty: "Workshop", argument: str) -> None:
    done = empty.cli("init", "--", "python", argument)
    assert done.code == 0, done.err
    data = (empty.top / "loops/foreign.yaml").read_bytes()

    make = read_spec(data, path="loops/foreign.yaml", kinds={}).spec.make
    assert make.command == ("python", argument)  # type: ignore[union-attr]


def test_a_variable_of_the_loop_is_filled_in_by_a_shell(empty: "Workshop") -> None:
    argv = ("python", "my train.py", "--out", "$LOOP_OUT/model.json", "--note", "costs $5")
    done = empty.cli("init", *("--eval", "python e.py ${LOOP_MODEL}"), "--", *argv)
    assert done.code == 0, done.err
    data = (empty.top / "loops/foreign.yaml").read_bytes()

    spec = read_spec(data, path="loops/foreign.yaml", kinds={}).spec
    make = "python 'my train.py' --out \"$LOOP_OUT/model.json\" --note 'costs $5'"
    assert spec.make.command == ("sh", "-c", make)  # type: ignore[union-attr]
    assert spec.check.command == ("sh", "-c", 'python e.py "${LOOP_MODEL}"')  # type: ignore[union-attr]


def test_the_scripts_are_committed_with_the_loop(empty: "Workshop") -> None:
    empty.write({"my/train.py": "", "e.py": ""})
    done = empty.cli("init", "--eval", "python e.py $LOOP_MODEL", "--", "python", "my/train.py")
    assert "next: git add loops .github my/train.py e.py && git commit" in done.out


def test_the_comment_on_flags_names_the_own_command(empty: "Workshop") -> None:
    empty.cli("init", "--", "python", "src/fit.py", "--lr", "1")
    text = (empty.top / "loops/foreign.yaml").read_text()
    assert "  # a program with flags: [sh, -c, 'python src/fit.py --depth ${LOOP_WITH_" in text


@pytest.mark.parametrize("name", ["true", "123", "1e5", "a-b"])
def test_a_name_stays_the_text_that_it_is(empty: "Workshop", name: str) -> None:
    done = empty.cli("init", "--name", name)

    assert done.code == 0, done.err
    assert (empty.top / f"loops/{name}.yaml").is_file()


def test_the_workflows_listen_to_the_branch_that_is_checked_out(empty: "Workshop") -> None:
    empty.write({"requirements.txt": "numpy\n"})
    assert "development version" not in empty.cli("init", "--install", "git-loop==9.9").out

    loop, iteration = (
        yaml.safe_load((empty.top / ".github/workflows" / name).read_text())
        for name in ("loop.yml", "iteration.yml")
    )
    assert loop[True]["push"]["branches"] == ["trunk"]
    install = {
        job_id: next(s["run"] for s in job["steps"] if s.get("name") == "Install")
        for job_id, job in iteration["jobs"].items()
    }
    assert "install --quiet git-loop==9.9\n" in install["publish"]
    assert "install --quiet git-loop==9.9 -r requirements.txt\n" in install["make"]


def test_secrets_that_specs_name_are_passed_on(empty: "Workshop") -> None:
    spec = (
        "version: 1\nloop: big\nmake: {command: [python, t.py], env: [HF_TOKEN]}\n"
        "check: {command: [python, e.py], env: [API_KEY]}\npublish: {notify: [HOOK]}\n"
    )
    eyes = (
        "version: 1\nloop: eyes\nmake: none\ncheck: {command: [python, e.py]}\n"
        "watch: {alert: [{webhook: DRIFT_HOOK, secret: DRIFT_KEY}]}\n"
    )
    empty.write({"loops/big.yaml": spec, "loops/eyes.yaml": eyes})
    empty.cli("init", "--name", "big")

    text = (empty.top / ".github/workflows/loop.yml").read_text()
    for name in ("API_KEY", "HF_TOKEN", "HOOK", "DRIFT_HOOK", "DRIFT_KEY", "LOOP_HELDOUT_KEY"):
        assert f"      {name}: ${{{{ secrets.{name} }}}}\n" in text


def test_nothing_that_is_there_is_touched(empty: "Workshop") -> None:
    kept = {"loops/foreign.yaml": "# mine\n", WORKFLOWS[0]: "# mine too\n"}
    empty.write(kept)

    done = empty.cli("init", "--skill")

    assert done.code == 2
    assert {path: (empty.top / path).read_text() for path in kept} == kept
    assert [line for line in done.out.splitlines() if line.startswith("left")] == [
        f"left   {path}, which was there" for path in kept
    ]
    assert "note: a command that was given now is not in it; edit it, or remove" in done.out
    assert done.out.splitlines()[-1] == "next: mend loops/foreign.yaml, then git-loop validate"
    assert (empty.top / "skills/foreign/SKILL.md").read_text().startswith("---\nname: foreign\n")


def test_a_second_init_changes_nothing(empty: "Workshop") -> None:
    empty.cli("init")

    assert empty.cli("init", "--json").json["written"] == []


def test_a_home_inside_the_repository_stays_out_of_git(empty: "Workshop") -> None:
    empty.monkeypatch.setenv("LOOP_HOME", str(empty.top / ".loop"))
    empty.write({".gitignore": "build"})

    written = empty.cli("init", "--json").json["written"]
    empty.cli("init")

    assert ".gitignore" in written
    assert (empty.top / ".gitignore").read_text() == "build\n/.loop/\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(["--name", "My Loop"], "'My Loop' cannot name a loop", id="name"),
        pytest.param(["--eval", "python 'x"], "No closing quotation", id="quote"),
        pytest.param(["--eval", ""], "--eval is empty", id="empty"),
    ],
)
def test_what_cannot_be_meant_writes_nothing(
    empty: "Workshop", argv: list[str], words: str
) -> None:
    done = empty.cli("init", *argv)

    assert (done.code, words in done.complaint) == (1, True)
    assert [path.name for path in empty.top.iterdir()] == [".git"]


def test_outside_of_a_repository_nothing_is_written(bare_workshop: "Workshop") -> None:
    done = bare_workshop.cli("init")

    assert done.complaint.endswith("is not inside a git repository; run git init, or change folder")
    assert list(bare_workshop.top.iterdir()) == []
