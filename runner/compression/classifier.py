"""What every network that scores tokens has in common."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

LONGEST = 512
"""Tokens of one input at most: attention costs the square of it, and drops need no more context."""


class Classifier(nn.Module, ABC):
    """Maps token ids to one pair of logits (0 drop, 1 keep) per token.

    Attributes:
        window: Tokens of one input at most, the special ones included.
    """

    window: int

    @abstractmethod
    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits `(B, T, 2)` of ids `(B, T)` int64 and mask `(B, T)` bool, True = token."""

    @abstractmethod
    def config(self) -> dict[str, object]:
        """Return the `config.json` with which the Hugging Face class reads the weights."""

    def weights(self) -> dict[str, Tensor]:
        """Return the weights under the Hugging Face class's names."""
        return {name: tensor.contiguous() for name, tensor in self.state_dict().items()}

    def take(self, weights: dict[str, Tensor]) -> None:
        """Load weights that bear the Hugging Face class's names.

        Raises:
            RuntimeError: a name is missing or too many, or a shape is another.
        """
        self.load_state_dict(weights)
