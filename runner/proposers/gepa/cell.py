"""Cells: a candidate on a train case, scored once and remembered."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runner.core.errors import LoopError
from runner.core.row import Cost, total
from runner.core.score import cost_of
from runner.core.trial import Score, Trial
from runner.proposers.edit import Files

Key = tuple[str, ...]


def key_of(files: Files) -> Key:
    """Return what tells one candidate from another."""
    return tuple(files.values())


class Cells:
    """Scores candidates through the port, each cell once, and never more than agreed."""

    def __init__(
        self, score: Score, cases: Iterable[Mapping[str, Any]], *, reps: int, most: int
    ) -> None:
        """Begin with nothing scored.

        Args:
            score: The port.
            cases: The train cases.
            reps: Trials of each cell.
            most: Trials, at most.
        """
        self._score = score
        self._cases = {str(case["id"]): case for case in cases}
        self._reps = reps
        self._most = most
        self._known: dict[Key, dict[str, list[Trial]]] = {}
        self._calls = 0
        self._cost = Cost()

    @property
    def calls(self) -> int:
        """Trials that the port made so far."""
        return self._calls

    @property
    def left(self) -> int:
        """Trials that it may still make."""
        return self._most - self._calls

    @property
    def cost(self) -> Cost:
        """What the trials took."""
        return self._cost

    def remember(self, files: Files, trials: Iterable[Trial]) -> None:
        """Take over trials that were made before; no more of a cell than are needed."""
        known = self._known.setdefault(key_of(files), {})
        for trial in trials:
            mine = known.setdefault(trial.score.case, [])
            if len(mine) < self._reps:
                mine.append(trial)

    def seen(self, files: Files) -> bool:
        """Tell whether a candidate has been scored on any case."""
        return key_of(files) in self._known

    def trials(self, files: Files, ids: Sequence[str]) -> list[list[Trial]]:
        """Return the trials of cells, in order; the port makes those that are missing.

        Raises:
            LoopError: more trials are needed than are left, or the port breaks its promise.
            LmError: the task model does not answer.
        """
        known = self._known.setdefault(key_of(files), {})
        for _ in range(self._reps):
            missing = [case for case in dict.fromkeys(ids) if len(known.get(case, ())) < self._reps]
            if missing:
                self._ask(files, missing, known)
        return [known[case] for case in ids]

    def _ask(self, files: Files, ids: Sequence[str], known: dict[str, list[Trial]]) -> None:
        if len(ids) > self.left:
            raise LoopError(f"gepa wants {len(ids)} metric calls and {self.left} are left")
        self._calls += len(ids)
        made = self._score(files, [self._cases[case] for case in ids])
        if [trial.score.case for trial in made] != list(ids):
            raise LoopError("the checker's port must return one trial per case, in their order")
        for case, trial in zip(ids, made, strict=True):
            known.setdefault(case, []).append(trial)
        self._cost = total((self._cost, cost_of(trial.score for trial in made)))
