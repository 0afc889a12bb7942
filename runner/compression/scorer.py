"""What every engine of scores is to the rest: texts in, one keep probability per unit out."""

from typing import Protocol


class Scorer(Protocol):
    """A network, an exported graph or an ensemble of them."""

    def scores(self, texts: list[str]) -> list[list[float]]:
        """Return for each text one keep probability per unit (`unit.units(text)`), in [0, 1]."""
        ...
