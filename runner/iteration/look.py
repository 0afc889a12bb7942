"""One look at the held-out split: arms are scored in the vault and leave it sealed."""

import lzma
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner.core.canonical import canonical, digest
from runner.core.crash import reach
from runner.core.file import write_atomic
from runner.core.receipt import Plan
from runner.core.row import CONTROL, Cost
from runner.core.score import CaseScore, cost_of
from runner.iteration.arm import Arm, Scored, score_arm
from runner.iteration.parts import Declared, Parts
from runner.iteration.trace import Shelf, charged, keep_traces, traces_of
from runner.iteration.vault import Draw
from runner.seal.box import seal, unseal

FAST = 1  # xz preset: scores are written once per look, and level 6 takes ten times as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look works with.

    Attributes:
        inside: The vault; plain scores exist only there.
        arms: Folder of the run directory that takes the sealed arms.
        shelf: Takes the traces of what models said, sealed.
        spent: What models charged for each arm that was scored; grows.
    """

    parts: Parts
    declared: Declared
    plan: Plan
    draw: Draw
    inside: Path
    arms: Path
    shelf: Shelf
    spent: list[Cost] = field(default_factory=list)

    def score(self, candidate: str, *, arm: str, controls: tuple[str, ...] = ()) -> Scored:
        """Run the checker on one candidate; nothing tells it which arm that is.

        Args:
            candidate: Its id.
            arm: What its traces are kept as.
            controls: Control arms to score beside it.
        """
        place = Path(tempfile.mkdtemp(dir=self.inside, prefix="arm-"))
        model = place / "model"
        manifest = self.parts.store.checkout(candidate, model)
        refs = {role: place / "refs" / role for role in manifest.refs}
        for role, name in manifest.refs.items():
            self.parts.store.checkout(name, refs[role])
        asked = Arm(
            model=model,
            refs=refs,
            cases=self.draw.cases,
            split="heldout",
            folder=place / "scores",
            seed=self.plan.seed,
            controls=controls,
        )
        with charged(self.spent, asked.folder, split="heldout"):
            scored = score_arm(self.parts, self.declared, asked)
        traces = traces_of(asked.folder)
        keep_traces(self.shelf, traces, arm=arm, split="heldout", candidate=candidate)
        self.spent.extend(cost_of(arm) for arm in (scored.scores, *scored.controls.values()))
        return scored

    def keep(self, name: str, data: bytes) -> str:
        """Seal data into the run directory and return the digest of the file."""
        sealed = sealed_bytes(data, self.declared.evaluation.recipient)
        write_atomic(self.arms / name, sealed)
        reach("arm_sealed")
        return digest(sealed)

    def incumbent(self, candidate: str) -> str:
        """Return the digest of the incumbent's sealed arm, from an earlier look where it may be."""
        recalled = self._recalled(candidate, "incumbent")
        if recalled is not None:
            return recalled
        scores = self.score(candidate, arm="incumbent").scores
        name = self.keep("incumbent", packed(scores))
        self.remember(candidate, "incumbent", scores)
        return name

    def recalled_controls(self) -> dict[str, str]:
        """Return the digests of the sealed control arms that an earlier look left, by arm."""
        names = [f"{CONTROL}{name}" for name in self.declared.evaluation.controls]
        found = {name: self._recalled(name, name) for name in names}
        return {name: sealed for name, sealed in found.items() if sealed is not None}

    def keep_control(self, name: str, scores: Sequence[CaseScore]) -> str:
        """Seal a control's arm and return its digest; later looks have it if it lasts."""
        arm = f"{CONTROL}{name}"
        sealed = self.keep(arm, packed(scores))
        checker = self.declared.evaluation.checker
        if isinstance(checker, str) and name in self.parts.plug_ins.lasting(checker):
            self.remember(arm, arm, scores)
        return sealed

    def _recalled(self, what: str, name: str) -> str | None:
        """Return the digest of an arm as an earlier look left it; None where none may be."""
        path = self._memory(what)
        if not self._repeatable or not path.exists():
            return None
        data = path.read_bytes()
        write_atomic(self.arms / name, data)
        return digest(data)

    def remember(self, what: str, name: str, scores: Sequence[CaseScore]) -> None:
        """Keep an arm for later looks, where scoring it again would give the same.

        An arm that lacks a case is not kept: what kept it from being scored may have passed.

        Args:
            what: What was scored: a candidate's id, or a control's arm.
            name: The arm.
            scores: What the checker said of it.
        """
        if self._repeatable and self.draw.slices.keys() <= {score.case for score in scores}:
            path = self._memory(what)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, (self.arms / name).read_bytes())

    @property
    def _repeatable(self) -> bool:
        # a lock-box is opened once, and what an opening that was killed scored may be outdated; a
        # monitor is there to score again
        once = self.plan.kind in {"confirm", "check"}
        return self.draw.fixed and self.declared.evaluation.decoding == "greedy" and not once

    def _memory(self, what: str) -> Path:
        judged_by = [self.declared.eval_digest, self.declared.heldout, dict(self.parts.versions)]
        evaluation = self.declared.evaluation
        rotated = [] if evaluation.origin is None else [evaluation.recipient]  # who can open it
        key = digest(canonical([what, *judged_by, *rotated]))
        return self.parts.home / "arms" / key


def packed(scores: Sequence[CaseScore]) -> bytes:
    """Return scores as JSONL."""
    return b"".join(canonical(score.model_dump(mode="json")) for score in scores)


def unpacked(data: bytes) -> tuple[CaseScore, ...]:
    """Return the scores of a JSONL, as `packed` wrote them."""
    return tuple(CaseScore.model_validate_json(line) for line in data.splitlines())


def sealed_bytes(data: bytes, recipient: str | None) -> bytes:
    """Compress, and seal to the recipient where the eval has one."""
    small = lzma.compress(data, preset=FAST)
    return small if recipient is None else seal(small, recipient)


def opened_bytes(data: bytes, identity: str | None) -> bytes:
    """Undo `sealed_bytes`.

    Raises:
        SealError: the identity is another one, or the file was changed.
    """
    return lzma.decompress(data if identity is None else unseal(data, identity))
