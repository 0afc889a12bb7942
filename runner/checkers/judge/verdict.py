"""Verdicts on two answers, shown in both orders, and what they amount to; pure."""

from dataclasses import dataclass
from typing import Literal

from runner.lm.task.answer import parse_object

Place = Literal["first", "second", "tie"]
_PLACES: dict[str, Place] = {"first": "first", "second": "second", "tie": "tie"}
_WORTH: dict[Place, float] = {"first": 1.0, "second": 0.0, "tie": 0.5}
Human = Literal["a", "b", "tie"]
_SAID: dict[Human, float] = {"a": 1.0, "b": 0.0, "tie": 0.5}


def read_verdict(text: str) -> Place | None:
    """Return which place wins by a judge's answer; None where it does not say."""
    found = parse_object(text, keys=("winner",))
    word = found.get("winner") if found is not None else None
    return _PLACES.get(word.strip().lower()) if isinstance(word, str) else None


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two verdicts on one pair.

    Attributes:
        forth: The verdict with the pair as it is.
        back: The verdict with its order swapped.
    """

    forth: Place
    back: Place

    @property
    def settled(self) -> float:
        """1 where the pair's first won both times, 0 where its second did, else 0.5."""
        forth, back = self._forth_and_back
        return forth if forth == back else 0.5

    @property
    def flips(self) -> float:
        """1 where the verdict changed with the order, else 0; lower is better."""
        forth, back = self._forth_and_back
        return float(forth != back)

    @property
    def first(self) -> float:
        """How often the place that is shown first won, a tie counting half; 0.5 is unbiased."""
        return (_WORTH[self.forth] + _WORTH[self.back]) / 2

    @property
    def _forth_and_back(self) -> tuple[float, float]:
        """What both verdicts say of the pair's first."""
        return _WORTH[self.forth], 1 - _WORTH[self.back]


def agreement(ballot: Ballot, human: Human) -> float:
    """Return how far a settled verdict is a person's: 1 equal, 0.5 a tie for a win, 0 opposite."""
    return 1 - abs(ballot.settled - _SAID[human])
