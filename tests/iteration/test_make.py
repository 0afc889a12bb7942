"""What one iteration makes: attempts, proposals, and what a candidate may do wrong."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

DEV_SPEC = """\
version: 1
loop: toy
make: {command: [python3, -S, -E, train.py], env: [COUNT], minutes: 1, attempts: 3}
check: {command: [python3, -S, -E, eval.py], minutes: 1, dev: true}
"""
DEV_TRAIN = """\
import json, os, re
plan = json.load(open(os.environ["LOOP_PLAN"]))
levels = json.load(open("levels.json"))
with open(os.environ["COUNT"], "a") as count:
    count.write(f"make {plan['iteration']}\\n")
attempt = int(re.search("attempt-([0-9]+)", os.environ["LOOP_OUT"]).group(1))
mine = levels[plan["iteration"]]
with open(os.path.join(os.environ["LOOP_OUT"], "model.json"), "w") as out:
    json.dump(mine[min(attempt, len(mine)) - 1] | {"seed": os.environ["LOOP_SEED"]}, out)
"""
DEV_EVAL = """\
import json, os
with open(os.path.join(os.environ["LOOP_MODEL"], "model.json")) as model:
    level = json.load(model)[os.environ["LOOP_SPLIT"]]
with open(os.environ["LOOP_OUT"], "w") as out:
    for case in range(12):
        out.write(json.dumps({"case": f"c{case}", "score": float(case < level)}) + "\\n")
"""


def model(dev: int, heldout: int = 3) -> dict[str, int]:
    return {"dev": dev, "heldout": heldout}


def with_dev(shop: "Workshop", *levels: list[dict[str, int]]) -> None:
    files = {"loops/toy.yaml": DEV_SPEC, "train.py": DEV_TRAIN, "eval.py": DEV_EVAL}
    shop.commit({**files, "levels.json": json.dumps(levels)})


def test_the_best_attempt_on_dev_goes_on(workshop: "Workshop") -> None:
    with_dev(workshop, [model(3)], [model(4), model(9, 12), model(6)])
    workshop.run()
    row = workshop.rows()[1]
    assert workshop.made() == ["make 0"] * 3 + ["make 1"] * 3
    assert (row["verdict"], row["attempts"]) == ("accept", 3)
    assert row["dev"]["score"] == [0.25, 0.75]


def test_attempts_have_seeds_of_their_own_and_the_first_the_plans(workshop: "Workshop") -> None:
    with_dev(workshop, [model(3)], [model(4)])
    workshop.run()
    seeds = [
        json.loads((workshop.runs()[-1] / f"make/attempt-{n}/model.json").read_text())["seed"]
        for n in (1, 2, 3)
    ]
    assert seeds[0] == str(workshop.rows()[1]["seed"])
    assert len(set(seeds)) == 3


@pytest.mark.parametrize("dev", [2, 3], ids=["behind", "level"])
def test_without_an_attempt_ahead_on_dev_no_look_is_spent(workshop: "Workshop", dev: int) -> None:
    with_dev(workshop, [model(3)], [model(dev, 12)])
    workshop.run()
    row = workshop.rows()[1]
    assert (row["verdict"], row["look"]["spent"], row["heldout"]) == ("reject", False, None)
    assert row["reason"] == "none of 3 attempts is ahead of the working parent on dev"
    assert workshop.head()["looks"] == {}


def test_ahead_on_dev_and_undecided_held_out_is_kept(workshop: "Workshop") -> None:
    with_dev(workshop, [model(3)], [model(5, 4)], [model(4, 12)])
    workshop.run("--iterations", "2")
    assert workshop.verdicts() == ["baseline", "keep", "reject"]
    kept, after = workshop.rows()[1:]
    assert kept["heldout"] is None
    assert after["parent"] == kept["candidate"]
    assert after["incumbent"] == workshop.rows()[0]["candidate"]


def test_an_accepted_proposal_puts_its_surface_on_the_branch(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing('printf %s "$(cat prompt.txt)defghijkl" > prompt.txt\n')
    workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.file("prompt.txt", "loop/toy") == "abcdefghijkl"
    assert (workshop.top / "prompt.txt").read_text() == "abc"
    assert workshop.git("status", "--porcelain") == ""


def test_the_next_proposal_starts_from_the_working_surface(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing('printf %s "$(cat prompt.txt)defghijkl" > prompt.txt\n')
    workshop.run("--iterations", "2")
    assert workshop.file("prompt.txt", "loop/toy") == "abcdefghijkl"
    assert workshop.rows()[2]["verdict"] == "reject"
    assert len(workshop.rows()[2]["surface"]) == 1
    assert workshop.rows()[2]["surface"] == workshop.rows()[1]["surface"]


def test_a_rejected_proposal_leaves_the_branch_as_it_was(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing("printf ab > prompt.txt\n")
    workshop.run()
    assert workshop.verdicts() == ["baseline", "reject"]
    assert workshop.file("prompt.txt", "loop/toy") == "abc"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(
            "echo x > prompt.txt; echo 'score = 1' > eval.py\n",
            "the proposal changed eval.py, outside of the surface (prompt.txt)",
            id="another file",
        ),
        pytest.param(
            "echo x > prompt.txt; mkdir -p a; echo > a/new\n",
            "the proposal changed a/new, outside of the surface (prompt.txt)",
            id="a new file",
        ),
        pytest.param(
            "rm prompt.txt\n",
            "prompt.txt is part of the surface but no longer a plain file",
            id="the surface is gone",
        ),
        pytest.param(
            "rm prompt.txt; ln -s /etc/passwd prompt.txt\n",
            "prompt.txt is part of the surface but no longer a plain file",
            id="the surface is a link",
        ),
        pytest.param(
            "head -c 1100000 /dev/zero > prompt.txt\n", "prompt.txt is larger than 1 MiB", id="huge"
        ),
        pytest.param("true\n", "identical to the candidate it came from", id="no change"),
    ],
)
def test_a_proposal_beyond_its_surface_fails(
    workshop: "Workshop", proposing: Callable[..., None], script: str, reason: str
) -> None:
    proposing(script)
    workshop.run()
    row = workshop.rows()[1]
    assert (row["verdict"], row["reason"]) == ("failed", reason)
    assert workshop.file("prompt.txt", "loop/toy") == "abc"


def test_the_makers_copy_keeps_executables_and_links(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing("./tools/grow && cat tools/link >> prompt.txt\n")
    workshop.write({"tools/grow": "#!/bin/sh\nprintf defghi >> prompt.txt\n", "tools/data": "jkl"})
    (workshop.top / "tools/grow").chmod(0o755)
    (workshop.top / "tools/link").symlink_to("data")
    workshop.commit()
    workshop.run()
    assert workshop.verdicts() == ["baseline", "accept"]
    assert workshop.file("prompt.txt", "loop/toy") == "abcdefghijkl"


def test_a_proposer_sees_neither_state_nor_evals(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing("ls -a > prompt.txt; test ! -e state; test ! -e evals\n")
    workshop.write({"evals/secret/cases.jsonl": "{}", "state/other/head.json": "{}"})
    workshop.commit()
    workshop.run()
    assert workshop.rows()[1]["verdict"] in {"accept", "reject"}
    tree = workshop.runs()[-1] / "make/attempt-1.tree"
    assert not (tree / "evals").exists()
    assert not (tree / "state").exists()
    assert not (tree / ".git").exists()


def test_a_surface_edited_by_hand_forces_a_baseline(
    workshop: "Workshop", proposing: Callable[..., None]
) -> None:
    proposing("printf ab > prompt.txt\n")
    workshop.run()
    clone = workshop.top.parent / "human"
    bare = str(workshop.place / "forge.git")
    workshop.git("clone", "-q", "-b", "loop/toy", bare, str(clone))
    (clone / "prompt.txt").write_text("abcdef")
    workshop.git("commit", "-qam", "by hand", cwd=clone)
    workshop.git("push", "-q", "origin", "loop/toy", cwd=clone)
    human = workshop.git("rev-parse", "HEAD", cwd=clone)
    workshop.run()
    assert workshop.verdicts() == ["baseline", "reject", "baseline", "reject"]
    assert workshop.file("prompt.txt", "loop/toy") == "abcdef"
    assert workshop.git("rev-parse", "loop/toy~2") == human
    assert workshop.head()["resets"] == {workshop.rows()[0]["eval"]["heldout"]: 1}


def test_the_incumbent_is_scored_once(workshop: "Workshop") -> None:
    counting = """\
import json, os
with open(os.environ["COUNT"], "a") as count:
    count.write("scored " + json.load(open(os.environ["LOOP_MODEL"] + "/model.json"))["seed"])
    count.write("\\n")
"""
    spec = (workshop.top / "loops/toy.yaml").read_text()
    workshop.write({"eval.py": counting + (workshop.top / "eval.py").read_text()})
    workshop.spec(spec.replace("eval.py]", "eval.py], env: [COUNT]"))
    workshop.levels(3, 3, 12, 5)
    workshop.run("--iterations", "3")
    scored = [line for line in workshop.made() if line.startswith("scored")]
    assert workshop.verdicts() == ["baseline", "reject", "accept", "reject"]
    assert scored == ["scored 0", "scored 1", "scored 2", "scored 3"]
