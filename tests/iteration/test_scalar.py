"""`kind: scalar`: the noise floor comes from the baseline made again under other seeds."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workshop

SPEC = """\
version: 1
loop: toy
make: {command: [python3, -S, -E, train.py], minutes: 1}
check: {command: [python3, -S, -E, eval.py], minutes: 1}
gate: {kind: scalar, min_delta: 0.02, seeds: 3}
"""
TRAIN = """\
import json, os
plan = json.load(open(os.environ["LOOP_PLAN"]))
step = json.load(open("levels.json"))[plan["iteration"]]
seed = int(os.environ["LOOP_SEED"]) % 1000
with open(os.path.join(os.environ["LOOP_OUT"], "model.json"), "w") as out:
    json.dump({"loss": 2.0 - step + seed / 1e5}, out)
"""
EVAL = """\
import json, os
with open(os.path.join(os.environ["LOOP_MODEL"], "model.json")) as model:
    loss = json.load(model)["loss"]
with open(os.environ["LOOP_OUT"], "w") as out:
    out.write(json.dumps({"case": "val", "score": -loss}) + "\\n")
"""


@pytest.fixture
def scalar(workshop: "Workshop") -> "Workshop":
    workshop.commit({"train.py": TRAIN, "eval.py": EVAL, "levels.json": "[0, 0.5, 0.5]"})
    workshop.spec(SPEC)
    return workshop


def test_the_baseline_is_made_once_per_seed_and_its_reruns_are_shown(scalar: "Workshop") -> None:
    first = scalar.run("--json").json[0]["row"]
    assert (first["verdict"], first["attempts"]) == ("baseline", 3)
    assert sorted(first["controls"]) == ["rerun-2", "rerun-3"]


def test_a_step_out_of_the_noise_is_accepted_and_noise_is_not(scalar: "Workshop") -> None:
    rows = [done["row"] for done in scalar.run("--iterations", "2", "--json").json]
    assert [row["verdict"] for row in rows] == ["baseline", "accept", "reject"]
    assert rows[1]["gate"]["d"] == pytest.approx(0.5, abs=0.011)


def test_the_noise_floor_survives_in_the_head(scalar: "Workshop") -> None:
    scalar.run()
    head = scalar.cli("status", "--json").json["toy"]
    rows = [scalar.cli("show", "toy", "0", "--json").json]
    again = [rows[0]["controls"][name]["score"] for name in ("rerun-2", "rerun-3")]
    assert head["noise"] == [rows[0]["heldout"]["score"]["candidate"], *again]


def test_a_maker_that_ignores_its_seed_has_no_noise_floor(scalar: "Workshop") -> None:
    scalar.commit({"train.py": TRAIN.replace("+ seed / 1e5", "")})
    scalar.run("--json")
    assert scalar.verdicts() == ["baseline", "reject"]
    assert "no noise floor" in scalar.rows()[1]["reason"]


def test_every_rerun_reads_its_own_seed_in_the_plan(scalar: "Workshop") -> None:
    scalar.commit({"train.py": TRAIN.replace('os.environ["LOOP_SEED"]', 'plan["seed"]')})
    first = scalar.run("--json").json[0]["row"]
    scores = {arm["score"] for arm in first["controls"].values()}
    assert len(scores | {first["heldout"]["score"]["candidate"]}) == 3
