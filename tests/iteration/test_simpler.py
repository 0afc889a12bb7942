"""`gate.simpler`: a shorter text at an equal score is taken, and nothing is claimed for it."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

SPEC = """\
version: 1
loop: toy
surface: [prompt.txt, more.txt]
make: none
check: {command: [python3, -S, -E, eval.py], minutes: 1, dev: DEV}
propose: {kind: command, command: [sh, propose.sh], minutes: 1}
gate: {simpler: SIMPLER}
"""
EVAL = """\
import json, os
text = open(os.environ["LOOP_MODEL"] + "/prompt.txt").read()
with open(os.environ["LOOP_OUT"], "w") as out:
    for case in range(12):
        line = {"case": f"c{case}", "score": float(case < text.count("a"))}
        out.write(json.dumps(line) + "\\n")
"""


def loop(shop: "Workshop", script: str, *, simpler: bool = True, dev: bool = False) -> None:
    spec = SPEC.replace("SIMPLER", str(simpler).lower()).replace("DEV", str(dev).lower())
    files = {"prompt.txt": "aaa with more", "more.txt": "some", "eval.py": EVAL}
    shop.commit({**files, "propose.sh": script, "loops/toy.yaml": spec})


@pytest.mark.parametrize("dev", [False, True], ids=["without dev", "level on dev"])
def test_an_equal_score_with_a_shorter_text_is_accepted_without_a_claim(
    workshop: "Workshop", *, dev: bool
) -> None:
    loop(workshop, "printf aaa > prompt.txt", dev=dev)
    done = workshop.cli("run", "toy")
    assert done.code == 0, done.err
    row = workshop.rows()[1]
    assert (row["verdict"], row["gate"]["d"]) == ("accept", 0.0)
    assert row["reason"].startswith("equal score with a shorter surface; no gain is claimed")
    assert workshop.file("prompt.txt", "loop/toy") == "aaa"
    pull = workshop.cli("forge", "show", "1").out
    assert "accepted: an equal score with a shorter text; no gain is claimed" in pull
    assert "equal with a shorter text; no gain is claimed" in pull
    assert "a gain on held-out cases is claimed" not in pull


@pytest.mark.parametrize(
    ("script", "simpler"),
    [
        ("printf 'aaa with even more' > prompt.txt", True),
        ("printf 'with more aaa' > prompt.txt", True),
        ("printf aaa > prompt.txt; printf 'some more text' > more.txt", True),
        ("printf aaa > prompt.txt", False),
    ],
    ids=["longer", "as long", "longer in all", "not asked for"],
)
def test_an_equal_score_alone_is_not_accepted(
    workshop: "Workshop", script: str, *, simpler: bool
) -> None:
    loop(workshop, script, simpler=simpler)
    workshop.run()
    assert workshop.verdicts() == ["baseline", "reject"]


def test_a_shorter_text_that_scores_less_is_not_accepted(workshop: "Workshop") -> None:
    loop(workshop, "printf aa > prompt.txt")
    workshop.run()
    assert workshop.verdicts() == ["baseline", "reject"]


def test_level_on_dev_and_longer_spends_no_look(workshop: "Workshop") -> None:
    loop(workshop, "printf 'aaa with even more' > prompt.txt", dev=True)
    workshop.run()
    row = workshop.rows()[1]
    assert (row["verdict"], row["look"]["spent"]) == ("reject", False)


def test_a_shorter_text_that_scores_less_on_dev_alone_is_not_accepted(
    workshop: "Workshop",
) -> None:
    loop(workshop, "printf aa > prompt.txt", dev=True)
    easy = EVAL.replace("case < text", 'case < (os.environ["LOOP_SPLIT"] == "dev") * text')
    workshop.commit({"eval.py": easy})
    workshop.run()
    row = workshop.rows()[1]
    assert (row["verdict"], row["look"]["spent"]) == ("reject", False)
    assert row["reason"] == "not ahead of the working parent on dev"


def test_a_shorter_text_after_a_gain_is_told_as_a_simplification_beside_it(
    workshop: "Workshop",
) -> None:
    script = "grep -q aaaa prompt.txt && printf aaaaaaaaaaa > prompt.txt && exit\n"
    loop(workshop, script + "printf 'aaaaaaaaaaa with more' > prompt.txt")
    workshop.cli("run", "toy", "--iterations", "2")
    assert workshop.verdicts() == ["baseline", "accept", "accept"]
    assert [row["gate"]["d"] > 0 for row in workshop.rows()[1:]] == [True, False]
    assert workshop.file("prompt.txt", "loop/toy") == "aaaaaaaaaaa"
    pull = workshop.cli("forge", "show", "1").out
    assert "score 0.250 → 0.917 over 2 claims, the last, equal with a shorter text" in pull
