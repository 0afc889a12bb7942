# ruff: noqa: INP001 - scripts beside their data are no package
"""Make the splits of this eval: CI logs, each labelled with why the job failed.

Run as `git-loop data build triage`, or `python evals/triage/build.py --identity
evals/triage/demo.key`. Needs no network and is deterministic but for sealing, which is skipped
while the sealed text is current.

A *family* is one message of one tool. What the tools print is what they printed when they were
made to fail here (pytest, gcc, ld, make, pip, npm, node, git, tar, curl, bash, docker, javac,
rustc, mypy, ruff) or what their documentation says that they print, with names, numbers, paths and
hosts in slots; the noise around it was written for this eval. No line is of anybody's real job.

Labels follow one policy. `category` is the cause that failed the job, not what else the log
mentions. `retry` is true where the cause lies outside of the repository and passes by itself: a
lost connection, a rate limit, a lock or a port that something else holds, a runner that went away,
a neighbour who took the memory, a step that hung. A full disk, a heap limit, a limit of one test's
own time and a certificate do not pass. `areas` is the tool chain that failed; none for plain
programs and runners.

Train, most of dev and the held-out slice `seen` are drawn from families.yaml, dev's slice `novel`
from novel.yaml, the held-out slice `unseen` from families whose wordings stand in a sealed file
only. Version 1's held-out cases had been looked at while the learner was made. Those of version 2
were made afterwards by another hand, which had seen neither the learner nor what it answers:
`unseen` has other families, each once, and `seen` is drawn anew, no text of it as in version 1,
whose `unseen` is dev's `novel` now.
"""

import argparse
import json
import os
import random
from pathlib import Path
from typing import Any

import pyrage
import yaml
from compose import Family, Stock, families, log

HERE = Path(__file__).parent
SEED = 20261120
HELDOUT_SEED = 58240917  # of version 2
TRAIN, DEV, NOVEL, SEEN = 240, 120, 32, 168
HELDOUT = "heldout.jsonl.age"
UNSEEN = "unseen.yaml.age"


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


class Draw:
    """Draws cases, no text that was drawn before."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._drawn: set[str] = set()

    def __call__(
        self, found: tuple[Family, ...], size: int, *, stream: str, slices: tuple[str, ...] = ()
    ) -> list[dict[str, Any]]:
        """Return cases of these families, in an order that their stream of chance decides."""
        rng = random.Random(stream)  # noqa: S311 - a seed that is published
        cases = []
        for family in _shares(found, size):
            text = log(family, self._stock, rng)
            while _plain(text) in self._drawn:
                text = log(family, self._stock, rng)
            self._drawn.add(_plain(text))
            cases.append({"input": text, "label": family.label, "slices": list(slices)})
        rng.shuffle(cases)
        return cases


def main() -> None:
    """Write train and dev, and the sealed held-out cases."""
    box, out = _options()
    declared = yaml.safe_load((HERE / "families.yaml").read_bytes())
    draw = Draw(Stock(*(declared[key] for key in ("slots", "noise", "misleading", "tails"))))
    seen = families(declared)
    spent = families(yaml.safe_load((HERE / "novel.yaml").read_bytes()))
    train = draw(seen, TRAIN, stream=f"{SEED} train")
    dev = draw(seen, DEV, stream=f"{SEED} dev")
    draw(seen, SEEN, stream=f"{SEED} seen")  # version 1's, left out: none may be drawn again
    dev += draw(spent, NOVEL, stream=f"{SEED} unseen", slices=("novel",))
    (out / "train.jsonl").write_bytes(_lines(train, "train"))
    (out / "dev.jsonl").write_bytes(_lines(dev, "dev"))
    box.seal(out, HELDOUT, _lines(_heldout(draw, seen, box), "held"))


def _heldout(draw: Draw, seen: tuple[Family, ...], box: Box) -> list[dict[str, Any]]:
    unseen = families(yaml.safe_load(box.open(UNSEEN)))
    cases = [
        *draw(seen, SEEN, stream=f"{HELDOUT_SEED} seen", slices=("seen",)),
        *draw(unseen, len(unseen), stream=f"{HELDOUT_SEED} unseen", slices=("unseen",)),
    ]
    random.Random(HELDOUT_SEED).shuffle(cases)  # noqa: S311 - an order, no secret
    return cases


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


def _shares(found: tuple[Family, ...], size: int) -> list[Family]:
    """Return families as often as their weight asks for, each at least once where there is room."""
    total = sum(each.weight for each in found)
    exact = {each: each.weight * size / total for each in found}
    counts = {each: max(int(share), 1) for each, share in exact.items()}
    by_rest = sorted(found, key=lambda each: (counts[each] - exact[each], each.id))
    for index in range(size - sum(counts.values())):
        counts[by_rest[index % len(by_rest)]] += 1
    for each in reversed(by_rest):
        if sum(counts.values()) > size:
            counts[each] -= 1
    return [each for each in found for _ in range(counts[each])]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _lines(cases: list[dict[str, Any]], name: str) -> bytes:
    numbered = [{"id": f"{name}-{index:03d}", **case} for index, case in enumerate(cases, start=1)]
    return "".join(
        json.dumps(case, ensure_ascii=False, sort_keys=True) + "\n" for case in numbered
    ).encode()


if __name__ == "__main__":
    main()
