# ruff: noqa: INP001 - scripts beside their data are no package
"""Make the gold verdicts of this eval, and its splits of them.

Run as `git-loop data build commands`, or `python evals/commands/build.py --identity
evals/commands/demo.key`. Needs no network and is deterministic but for sealing, which is skipped
while the sealed text is current.

The command lines are templates written for this eval (commands.yaml), their slots filled at random;
none is from anybody's shell. The verdicts are a *teacher's*: a policy engine (policy.py) that takes
a line apart (shell.py) and knows the programs in it. It stands for an expensive and careful
labeller, and a prompt is to reproduce it without parsing. Every third record was labelled again by
an earlier reading of the policy (`label_again`), so that the teacher's agreement with itself, the
ceiling of what a prompt can claim, is a measured number below 1.

gold.jsonl is public, in the format that `git-loop distill` takes, and keeps a test split of its own
for it: the held-out cases of version 1 of this eval. Its other records are train and dev. Version
1's held-out cases had been looked at while the learner was made. Those of version 2 were made
afterwards by another hand, which had seen neither the learner nor what it answers: up to two lines
of each kind with another seed, labelled by the same teacher, none of which gold.jsonl holds. Where
a kind has few lines left, more of them are wrapped, and one kind has none left. The hostile inputs
(slice `redteam`) stayed.
"""

import argparse
import json
import os
import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyrage
import yaml
from policy import label

from runner.evals.gold import read_gold, split_gold

HERE = Path(__file__).parent
SEED = 20261120
HELDOUT_SEED = 73301846  # of version 2
GOLD = "gold.jsonl"
HELDOUT = "heldout.jsonl.age"
REDTEAM = "redteam.yaml.age"
AGAIN_EVERY = 3
TAGGED_EVERY = 9
DEV_EVERY = 5
EACH = 8
HELDOUT_EACH = 2
TRIES = 40
WRAPPED = 0.35
AROUND = ("cd «ws» && %s", "cd «ws» && %s", "%s || true", "%s 2>/dev/null")
_SLOT = re.compile(r"«(\w+)»")


class Box:
    """The eval's key: opens and seals files of this folder."""

    def __init__(self, identity: str) -> None:
        key = next(word for word in identity.split() if word.startswith("AGE-SECRET-KEY-"))
        self._identity = pyrage.x25519.Identity.from_str(key)

    def open(self, name: str) -> bytes:
        """Return what a sealed file holds."""
        return bytes(pyrage.decrypt((HERE / name).read_bytes(), [self._identity]))

    def seal(self, out: Path, name: str, data: bytes) -> None:
        """Write a sealed file; the present one, if it holds the same bytes."""
        if (HERE / name).exists() and self.open(name) == data:
            sealed = (HERE / name).read_bytes()
        else:
            sealed = pyrage.encrypt(data, [self._identity.to_public()])
        (out / name).write_bytes(sealed)


def main() -> None:
    """Write the gold verdicts, train and dev, and the sealed held-out cases."""
    box, out = _options()
    declared = yaml.safe_load((HERE / "commands.yaml").read_bytes())
    drawn: set[str] = set()
    gold = _lines(_gold(declared, drawn))
    (out / GOLD).write_bytes(gold)
    split = split_gold(read_gold(gold, path=GOLD), path=GOLD)
    dev = split.train[DEV_EVERY - 1 :: DEV_EVERY]
    train = [case for case in split.train if case not in dev]
    (out / "train.jsonl").write_bytes(_lines(train))
    (out / "dev.jsonl").write_bytes(_lines(dev))
    hostile = yaml.safe_load(box.open(REDTEAM))
    box.seal(out, HELDOUT, _lines([*_heldout(declared, drawn), *hostile]))


def _options() -> tuple[Box, Path]:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--identity", type=Path, help="age key; default: $LOOP_HELDOUT_KEY")
    options.add_argument("--out", type=Path, help="folder; default: $LOOP_OUT, else this one")
    given = options.parse_args()
    key = os.environ.get("LOOP_HELDOUT_KEY", "")  # noqa: TID251 - a command of its own
    if given.identity is None and not key:
        options.error("the age key of this eval is needed: --identity or LOOP_HELDOUT_KEY")
    identity = key if given.identity is None else given.identity.read_text(encoding="utf-8")
    out = given.out or Path(os.environ.get("LOOP_OUT", HERE))  # noqa: TID251 - likewise
    return Box(identity), out


def _gold(declared: dict[str, Any], drawn: set[str]) -> list[dict[str, Any]]:
    """Fill templates, no line twice, and let the teacher label it; note what was drawn."""
    rng = random.Random(SEED)  # noqa: S311 - a seed that is published
    records = []
    for name, templates in _kinds(declared):
        lines = [
            _fresh(templates[index % len(templates)], declared["slots"], rng, drawn)
            for index in range(max(EACH, len(templates)))
        ]
        rng.shuffle(lines)
        records += [
            {"id": f"{name}:{index}", "input": line}
            for index, line in enumerate(filter(None, lines), start=1)
        ]
    return [_tagged(_labelled(record, index), index) for index, record in enumerate(records)]


def _heldout(declared: dict[str, Any], drawn: set[str]) -> list[dict[str, Any]]:
    """Fill a few templates of each kind to lines that were not drawn yet."""
    rng = random.Random(HELDOUT_SEED)  # noqa: S311 - likewise
    records = []
    for name, templates in _kinds(declared):
        order = rng.sample(templates, k=len(templates)) * HELDOUT_EACH
        fresh = (_fresh(template, declared["slots"], rng, drawn) for template in order)
        records += [
            {"id": f"{name}:held-{index}", "input": line}
            for index, line in enumerate(islice(filter(None, fresh), HELDOUT_EACH), start=1)
        ]
    return [_labelled(record, index) for index, record in enumerate(records)]


def _kinds(declared: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for group, kinds in declared.items():
        if group != "slots":
            for kind, templates in kinds.items():
                yield f"{group}:{kind}", templates


def _fresh(template: str, slots: dict[str, list[str]], rng: random.Random, drawn: set[str]) -> str:
    """Fill a template until it is a new line, alone or amid something harmless; "" if it cannot."""
    for _ in range(TRIES):
        around = rng.choice(AROUND) if rng.random() < WRAPPED and _bare(template) else "%s"
        line = around.replace("%s", _filled(template, slots, rng)).replace(
            "«ws»", rng.choice(slots["ws"])
        )
        plain = " ".join(line.casefold().split())
        if plain not in drawn:
            drawn.add(plain)
            return line
    return ""


def _bare(template: str) -> bool:
    return "\n" not in template and not template.startswith("cd ")


def _filled(template: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    values: dict[str, str] = {}
    return _SLOT.sub(lambda hit: values.setdefault(hit[1], rng.choice(slots[hit[1]])), template)


def _labelled(record: dict[str, Any], index: int) -> dict[str, Any]:
    found = {**record, "label": label(record["input"])}
    if index % AGAIN_EVERY == 0:
        found["label_again"] = label(record["input"], earlier=True)
    return found


def _tagged(record: dict[str, Any], index: int) -> dict[str, Any]:
    if index % TAGGED_EVERY:
        return record
    return {**record, "split": "train" if index % (4 * TAGGED_EVERY) else "test"}


def _lines(cases: Any) -> bytes:  # noqa: ANN401 - any sequence of records
    return "".join(
        json.dumps(case, ensure_ascii=False, sort_keys=True) + "\n" for case in cases
    ).encode()


if __name__ == "__main__":
    main()
