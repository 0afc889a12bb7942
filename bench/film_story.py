"""What docs/images/demo.svg tells: the files of a small loop, and what is typed on a terminal."""

import re
from dataclasses import dataclass

FILES = {
    "loops/ring.yaml": """\
version: 1
loop: ring
description: Which points lie in a ring?
make: {command: [python3, train.py], minutes: 5}
check: {command: [python3, eval.py], dev: true}
hypotheses:
  - {id: wider, why: two lines close no ring, with: {width: 7, steps: 300000}}
  - {id: finer, why: big steps overshoot, with: {width: 7, rate: 0.02}}
  - {id: edges, why: corners stay, with: {width: 12, rate: 0.02, steps: 40000}}
gate: {min_delta: 0.01}
""",
    "train.py": '''\
"""A small network learns which points lie in a ring; goes on from checkpoint and parent."""

import json, math, os, random
from pathlib import Path

plan = json.loads(Path(os.environ["LOOP_PLAN"]).read_text())
options = {"width": 2, "steps": 20_000, "rate": 0.1, **plan["with"]}
kept = Path(os.environ["LOOP_CKPT"], "kept.json")
parent = os.environ.get("LOOP_PARENT")
start, step = random.Random(plan["seed"]), 0
net = [[start.gauss(0, 1) for _ in range(4)] for _ in range(options["width"])]
if parent:
    before = json.loads(Path(parent, "model.json").read_text())
    net[: len(before)] = before
if kept.exists():
    step, net = json.loads(kept.read_text())
    print("resumed at step", step, "of", options["steps"], flush=True)
while step < options["steps"]:
    points = random.Random(plan["seed"] + step)
    for _ in range(5_000):
        x, y = points.uniform(-1, 1), points.uniform(-1, 1)
        hidden = [math.tanh(a * x + b * y + c) for a, b, c, _ in net]
        out = sum(h * unit[3] for h, unit in zip(hidden, net))
        wrong = 1 / (1 + math.exp(-out)) - (0.4 < math.hypot(x, y) < 0.8)
        for h, unit in zip(hidden, net):
            back = options["rate"] * wrong * unit[3] * (1 - h * h)
            unit[0] -= back * x
            unit[1] -= back * y
            unit[2] -= back
            unit[3] -= options["rate"] * wrong * h
    step += 5_000
    fresh = kept.with_suffix(".new")
    fresh.write_text(json.dumps([step, net]))
    fresh.replace(kept)
    print("step", step, "of", options["steps"], flush=True)
Path(os.environ["LOOP_OUT"], "model.json").write_text(json.dumps(net))
''',
    "eval.py": '''\
"""Says of each of 1,000 points whether the network knows where it lies."""

import json, math, os, random
from pathlib import Path

net = json.loads(Path(os.environ["LOOP_MODEL"], "model.json").read_text())
points = random.Random(os.environ["LOOP_SPLIT"])
with open(os.environ["LOOP_OUT"], "w") as out:
    for case in range(1000):
        x, y = points.uniform(-1, 1), points.uniform(-1, 1)
        said = sum(d * math.tanh(a * x + b * y + c) for a, b, c, d in net) > 0
        right = said == (0.4 < math.hypot(x, y) < 0.8)
        out.write(json.dumps({"case": str(case), "score": int(right)}) + "\\n")
''',
}


@dataclass(frozen=True)
class Line:
    """What is typed, and what must be read in answer.

    Attributes:
        typed: A line of shell, its comment included.
        says: Patterns that what is printed matches, in this order, with one space for any number;
            what a machine's speed decides is left open.
        rest: Seconds of the film in which a viewer reads the answer.
        most: Seconds of the film that the command may take; a longer one plays faster.
    """

    typed: str
    says: tuple[str, ...] = ()
    rest: float = 0.9
    most: float = 0.6


SCENES: dict[str, tuple[Line, ...]] = {
    "a loop": (
        Line(
            "cat loops/ring.yaml  # a loop is one file",
            ("loop: ring", "id: wider", "id: edges"),
            rest=2.2,
        ),
        Line("grep CKPT train.py  # training keeps checkpoints", ("kept.json",), rest=1.0),
    ),
    "the machine dies": (
        Line(
            "git-loop run ring & sleep 10; kill -9 -$!; wait  # the machine dies",
            (
                r"record .* row 0 at \w+",
                "ring 0 baseline: the starting point: score 0.5",
                "pull request #1 opened on the embedded forge",
                "Killed git-loop run ring",
            ),
            rest=0.8,
            most=4.0,
        ),
        Line(
            "git-loop run ring  # the same command goes on",
            (
                "make finds the checkpoint of an interrupted run",
                r"record .* row 1 at \w+",
                "ring 1 accept: the candidate is better than the incumbent",
                "pull request #1 updated on the embedded forge",
            ),
            rest=2.5,
            most=2.5,
        ),
        Line(
            "git-loop logs ring | grep -m1 resumed",
            (r"resumed at step [1-9]\d+000 of 300000",),
            rest=1.6,
        ),
    ),
    "a reviewer": (
        Line(
            "git-loop forge comment 1 'What is missed at the rim?'  # a reviewer writes",
            ("#1 .*comment done, now open",),
        ),
        Line("git-loop forge close 1  # ... and declines", ("#1 .*close done, now closed",)),
        Line(
            "git-loop run ring  # closed: the loop waits",
            ("ring rests .declined.: pull request #1 was closed without merging",),
            rest=1.8,
        ),
        Line("git-loop forge reopen 1", ("#1 .*reopen done, now open",), rest=0.8),
        Line(
            "git-loop run ring  # goes on: another iteration",
            ("ring 2 accept: ", "pull request #1 updated"),
            rest=1.6,
            most=2.0,
        ),
        Line(
            "git-loop forge show 1 | grep -e Verdict -e Gain -e rim",
            ("iteration 2 accepted", "What is missed at the rim"),
            rest=1.8,
        ),
    ),
    "a squash merge": (
        Line(
            "git-loop forge merge 1 --method squash",
            ("#1 .*merge done, now merged",),
        ),
        Line(
            "git-loop run ring  # the next one starts from there",
            ("ring 3 accept: ", "pull request #2 opened"),
            rest=1.6,
            most=2.0,
        ),
        Line("git-loop status", (r"incumbent .*\(row 3\)", "4 rows"), rest=2.0),
    ),
    "nothing is lost": (
        Line(
            "git-loop verify ring  # computes all again",
            ("loop ring: 4 rows", "chain 4 of 4 rows", "runs 4 of 4 runs"),
            rest=0.5,
        ),
    ),
}


def lines() -> list[Line]:
    """Return what is typed, from beginning to end."""
    return [line for scene in SCENES.values() for line in scene]


def missing(line: Line, printed: str) -> list[str]:
    """Return the patterns of a line that what was printed does not match, in their order."""
    flat, at, lost = " ".join(printed.split()), 0, []
    for pattern in line.says:
        found = re.compile(pattern).search(flat, at)
        if found is None:
            lost.append(pattern)
        else:
            at = found.end()
    return lost
