# ruff: noqa: INP001 - scripts beside their data are no package
"""One log: a failing tool's message amid what a job prints anyway."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_LINES = 40
FEWEST_LINES = 5
_SLOT = re.compile(r"«(\w+?)(\d?)»")
_NUMBERS = {"n": (2, 89), "big": (101, 9899), "d": (2, 9), "x": (1, 2)}  # drawn anew at each place
_TAILED = ("exit code", "exit status")


@dataclass(frozen=True, slots=True)
class Family:
    """One message of one tool, and the label of a log that fails with it.

    Attributes:
        tool: Which tools' noise surrounds it; "" for none.
        texts: Wordings, one of which a log has.
        weight: How often it occurs, against the others.
    """

    id: str
    category: str
    retry: bool
    tool: str
    texts: tuple[str, ...]
    weight: int

    @property
    def label(self) -> dict[str, Any]:
        """What a log that fails with it is to be labelled."""
        areas = [self.tool] if self.tool else []
        return {"category": self.category, "retry": self.retry, "areas": areas}


@dataclass(frozen=True, slots=True)
class Stock:
    """What logs are filled with."""

    slots: Mapping[str, list[str]]
    noise: Mapping[str, list[str]]
    misleading: list[dict[str, str]]
    tails: list[str]


def families(declared: Mapping[str, Any]) -> tuple[Family, ...]:
    """Read a declaration's families."""
    found = []
    for each in declared["families"]:
        category, retry, tool = each["is"].split()
        texts = tuple(part.strip("\n") for part in each["text"].split("\n%%\n"))
        tool = "" if tool == "none" else tool
        weight = each.get("weight", 1)
        found.append(Family(each["id"], category, retry == "yes", tool, texts, weight))
    return tuple(found)


def log(family: Family, stock: Stock, rng: random.Random) -> str:
    """Compose one log of 5 to 40 lines that fails with a family's message."""
    before = _before(family, stock, rng)
    text = rng.choice(family.texts)
    after = []
    if rng.random() < 0.6 and not any(word in text for word in _TAILED):  # noqa: PLR2004
        after.append(rng.choice(stock.tails))
    fill = _Filler(stock.slots, rng)
    lines = fill("\n".join((*before, text, *after))).split("\n")
    while len(lines) < FEWEST_LINES:
        lines = [*fill(rng.choice(stock.noise["common"])).split("\n"), *lines]
    return "\n".join(_stamped(lines[-MOST_LINES:], rng))


def _before(family: Family, stock: Stock, rng: random.Random) -> list[str]:
    own = stock.noise.get(family.tool, stock.noise["common"])
    blocks = rng.sample(own, k=min(len(own), rng.randint(1, 4)))
    if rng.random() < 0.3:  # noqa: PLR2004 - a step of another tool that went well
        blocks.append(rng.choice(stock.noise[rng.choice(sorted(stock.noise))]))
    if rng.random() < 0.4:  # noqa: PLR2004
        fitting = [
            each["text"]
            for each in stock.misleading
            if each["like"] != family.category and each["in"] in {"any", family.tool}
        ]
        blocks.append(rng.choice(fitting))
    rng.shuffle(blocks)
    return [*rng.sample(stock.noise["common"], k=rng.randint(2, 4)), *dict.fromkeys(blocks)]


class _Filler:
    """Fills slots: a name is the same throughout a log, a number differs at each place."""

    def __init__(self, slots: Mapping[str, list[str]], rng: random.Random) -> None:
        self._slots, self._rng = slots, rng
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        return _SLOT.sub(lambda hit: self._value(hit[1], hit[2]), text)

    def _value(self, slot: str, index: str) -> str:
        rng = self._rng
        if slot in _NUMBERS:
            return str(rng.randint(*_NUMBERS[slot]))
        if slot + index not in self._names:
            if slot == "ver":
                value = f"{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"
            elif slot == "hex":
                value = f"{rng.getrandbits(48):012x}"
            else:
                value = rng.choice(self._slots[slot])
            self._names[slot + index] = value
        return self._names[slot + index]


def _stamped(lines: list[str], rng: random.Random) -> Iterator[str]:
    """Put the time before each line, as some services do."""
    style = rng.choice(("", "", "", "iso", "clock"))
    tick = rng.randint(0, 80000 * 10**7)  # of 100 nanoseconds
    day = rng.randint(1, 28)
    for line in lines:
        tick += rng.choice((20011, 90533, 10**6, 10**7, 7 * 10**7)) + rng.randint(0, 9999)
        second = tick // 10**7
        clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        stamp = f"2026-03-{day:02d}T{clock}.{tick % 10**7:07d}Z "
        yield {"": line, "iso": stamp + line, "clock": f"[{clock}] {line}"}[style]
