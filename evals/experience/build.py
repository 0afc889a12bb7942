# ruff: noqa: INP001 - a script beside its data is no package
"""Draw the tasks of this eval: what an agent is to do in a simulated office.

Run as `git-loop data build experience`, or `python evals/experience/build.py --identity
evals/experience/demo.key`. Needs no network and is deterministic but for sealing, which is skipped
while the sealed text is current.

PROVENANCE. Every task is drawn by `runner.worlds.office.generate` from the templates in
`runner/worlds/office/template/`, which were written for this eval, as were the lists of names and
words in `pool.py`. No person, company, message or record is anybody's, and the addresses are below
`.example`. A task stands in a split only if the reference policy earns 1 and doing nothing earns
0; labels are the assertions that come with it.

The splits share no person, no company, no task and none but for names; each *word* of a name
occurs in all of them. `pretrain`, a fourth pool of names, belongs to whoever trains a base model
and stands in no file. Of what is held out, 200 tasks tell how well a model does what it was trained
on (`seen`), 120 what it makes of kinds of tasks that it never met (`unseen`); the code of those is
public, as a benchmark's is, but no model of this repository is trained on them. The held-out tasks
are drawn with a seed that follows from the eval's key, so who lacks the key cannot draw them again.
The key beside this file is published: it keeps nothing from anybody, but shows how it goes.

simple.jsonl.xz is a control set, public and for no loop: one step each. A harness whose agent does
not do nearly all of it is broken.
"""

import argparse
import hashlib
import json
import lzma
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyrage

from runner.worlds.office.generate import tasks
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import SEEN_NAMES, SIMPLE_NAMES, UNSEEN_NAMES
from runner.worlds.office.twin import overlap

HERE = Path(__file__).parent
SEED = 20261120
TRAIN, DEV, SEEN, UNSEEN, SIMPLE = 3000, 120, 200, 120, 60
HELDOUT = "heldout.jsonl.xz.age"


class Box:
    """The eval's key: opens and seals files of this folder."""

    def __init__(self, identity: str) -> None:
        self._key = next(word for word in identity.split() if word.startswith("AGE-SECRET-KEY-"))
        self._identity = pyrage.x25519.Identity.from_str(self._key)

    @property
    def seed(self) -> int:
        """A seed that nobody knows who has not the key."""
        return int.from_bytes(hashlib.sha256(self._key.encode()).digest()[:4])

    def open(self, name: str) -> bytes:
        """Return what a sealed file holds."""
        return bytes(pyrage.decrypt((HERE / name).read_bytes(), [self._identity]))

    def seal(self, out: Path, name: str, data: bytes) -> None:
        """Write packed lines to a sealed file; the present one, if it holds the same."""
        if (HERE / name).exists() and lzma.decompress(self.open(name)) == data:
            sealed = (HERE / name).read_bytes()
        else:
            sealed = pyrage.encrypt(packed(data), [self._identity.to_public()])
        (out / name).write_bytes(sealed)


def main() -> None:
    """Write all splits, or nothing where two of them share what they must not."""
    box, out = _options()
    train = tasks("train", templates=SEEN_NAMES, n=TRAIN, seed=SEED)
    dev = tasks("dev", templates=SEEN_NAMES, n=DEV, seed=SEED)
    simple = tasks("dev", templates=SIMPLE_NAMES, n=SIMPLE, seed=SEED)
    heldout = [
        *tasks("heldout", templates=SEEN_NAMES, n=SEEN, seed=box.seed),
        *tasks("heldout", templates=UNSEEN_NAMES, n=UNSEEN, seed=box.seed),
    ]
    _disjoint(train, dev)
    _disjoint(heldout, [*train, *dev, *simple])
    for name, found in (("train", train), ("dev", dev), ("simple", simple)):
        write(out, f"{name}.jsonl.xz", lines(found))
    box.seal(out, HELDOUT, lines(heldout))


def lines(found: Iterable[Task]) -> bytes:
    """Return tasks as JSONL; empty fields of records are left out."""
    rows = (
        {**task.model_dump(mode="json"), "world": task.world.model_dump(exclude_defaults=True)}
        for task in found
    )
    return "".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows
    ).encode()


def packed(data: bytes) -> bytes:
    """Pack as tight as it goes."""
    return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)


def write(out: Path, name: str, data: bytes) -> None:
    """Write a packed file; the present one, if it holds the same."""
    here = HERE / name
    if here.exists() and lzma.decompress(here.read_bytes()) == data:
        (out / name).write_bytes(here.read_bytes())
    else:
        (out / name).write_bytes(packed(data))


def _disjoint(ours: Sequence[Task], theirs: Sequence[Task]) -> None:
    found = overlap(ours, theirs)
    if found:
        raise SystemExit("\n".join(("splits overlap:", *found)))


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


if __name__ == "__main__":
    main()
