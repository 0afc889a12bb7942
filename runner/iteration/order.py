"""One attempt that is to be made."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from runner.core.canonical import canonical
from runner.core.receipt import Plan
from runner.iteration.parts import Declared, Parts
from runner.iteration.workbench import Workbench
from runner.plan.option import options


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One attempt to be made, number 1 first."""

    parts: Parts
    declared: Declared
    plan: Plan
    bench: Workbench
    number: int
    smoke: bool = False

    @property
    def seed(self) -> int:
        """Return the attempt's seed; the first attempt's is the plan's own."""
        if self.number == 1:
            return self.plan.seed
        text = f"{self.plan.seed}:{self.number}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")

    @property
    def out(self) -> Path:
        """Return the folder that takes the candidate's files and nothing else."""
        return self.place("")

    @property
    def tree(self) -> Path | None:
        """Return this attempt's own copy of the code, where the loop has a surface."""
        return None if self.bench.tree is None else self.place(".tree")

    def place(self, suffix: str) -> Path:
        """Return a path in the maker's folder that belongs to this attempt."""
        return self.bench.folder / f"attempt-{self.number}{suffix}"

    def plan_file(self) -> Path:
        """Return this attempt's own view of the plan, whose seed is the attempt's."""
        path = self.place(".plan.json")
        if not path.exists():
            view = json.loads(self.bench.plan.read_bytes())
            path.write_bytes(canonical(view | {"seed": self.seed, "attempt": self.number}))
        return path

    def variables(self) -> dict[str, str]:
        """Return the `LOOP_*` variables of a foreign maker or proposer; absent inputs are unset."""
        given = {
            "LOOP_PLAN": self.plan_file(),
            "LOOP_OUT": self.out,
            "LOOP_PARENT": self.bench.parent,
            "LOOP_TRAIN": self.bench.train,
            "LOOP_DEV": self.bench.dev,
            "LOOP_CKPT": self.bench.ckpt,
            "LOOP_SEED": self.seed,
            "LOOP_SMOKE": 1 if self.smoke else None,
        }
        known = {name: str(value) for name, value in given.items() if value is not None}
        return options(self.plan.params) | known
