"""Elastic weight consolidation: learn new rows and stay where the old ones need it.

Each weight is pulled back to where it was, by as much as the old rows' answers depend on it. With
adapters the weights are the factors A and B of an update `B A`, and these are what is anchored: not
the update itself, which `A R` and `R^-1 B` give as well for any invertible R. So a turn of the
factors that changes nothing is paid for all the same, and the price is that of the model near the
anchor only. Fresh adapters have B = 0, where no answer depends on A: then A is free, and B is held
at 0, which is the model as it was.

Source: J. Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks" (2017),
equation 3.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy

from runner.core.canonical import canonical, digest
from runner.training.batch import padded
from runner.training.chat import Chat
from runner.training.encode import Sample, encode
from runner.training.errors import TrainingError
from runner.training.row import TrainingRow

Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Ewc:
    """A penalty on forgetting rows; what was before the first step is the anchor.

    Attributes:
        rows: What shall be kept; it is not trained on.
        strength: Of the pull, 0 or more; 1 weighs a token of the old rows as one of the new.
        samples: Draws by which the Fisher information is estimated.
        seed: Of these draws.
    """

    rows: tuple[TrainingRow, ...]
    strength: float
    samples: int = 128
    seed: int = 0

    @property
    def key(self) -> str:
        """Digest of all that decides it."""
        kept = [each.digest() for each in self.rows]
        return digest(canonical(["ewc", kept, self.strength, self.samples, self.seed]))

    def begin(self, chat: Chat) -> Callable[[], torch.Tensor]:
        """Anchor what is about to train.

        Raises:
            TrainingError: no row can be read.
        """
        found = fisher(chat, self.rows, samples=self.samples, seed=self.seed)
        weights = moving(chat)
        anchor = {name: each.detach().clone() for name, each in weights.items()}
        return lambda: penalty(weights, anchor, found, self.strength)


def moving(chat: Chat) -> dict[str, torch.nn.Parameter]:
    """Return the weights that train, by name."""
    return {name: each for name, each in chat.model.named_parameters() if each.requires_grad}


def fisher(
    chat: Chat, rows: Sequence[TrainingRow], *, samples: int, seed: int
) -> dict[str, torch.Tensor]:
    """Estimate the diagonal of the Fisher information of the weights that train.

    Args:
        chat: At the weights where it is asked for.
        rows: Only what the assistant says counts; rows that cannot be read are left out.
        samples: Draws: each takes the next of the shuffled rows, and draws labels of its own.
        seed: Of the order of rows and of the labels.

    Returns:
        Name to numbers of 0 or more, as of `diagonal`.

    Raises:
        TrainingError: no row can be read.
    """
    found = encode(chat, rows).samples
    if not found:
        raise TrainingError(f"no row to keep: of {len(rows)} rows none can be read by the model")
    chat.model.eval()
    drawn = _drawn(found, samples, seed=seed)
    return diagonal(moving(chat), (_logits(chat, each) for each in drawn), seed=seed)


def diagonal(
    weights: Weights, logits: Iterable[torch.Tensor], *, seed: int
) -> dict[str, torch.Tensor]:
    """Estimate the diagonal of the Fisher information, per token.

    Labels are drawn from the model's own distribution: by the labels of the data it would be the
    empirical Fisher, which is no curvature of the loss and grows with what is not learned yet.
    The tokens of a row are drawn apart, so that the square of their summed gradient is, on average,
    the sum of their squares.

    Args:
        weights: Name to weight.
        logits: Of each row (N, V), with a graph to the weights.
        seed: Of the labels.

    Returns:
        Name to the mean over rows of `g^2 / N`, 0 or more, in the weight's shape; 0 where there is
        no row.

    Source: F. Kunstner et al., "Limitations of the empirical Fisher approximation for natural
        gradient descent" (2019).
    """
    total = {name: torch.zeros_like(each) for name, each in weights.items()}
    chance = torch.Generator().manual_seed(seed)
    count = 0
    for each in logits:
        shares = each.detach().softmax(-1).cpu()  # (N, V); draws are the same on every device
        labels = torch.multinomial(shares, 1, generator=chance)[:, 0].to(each.device)  # (N,)
        loss = cross_entropy(each, labels, reduction="sum")
        slopes = torch.autograd.grad(
            loss, list(weights.values()), allow_unused=True, materialize_grads=True
        )
        for name, slope in zip(total, slopes, strict=True):
            total[name] += slope**2 / len(labels)
        count += 1
    return {name: each / max(count, 1) for name, each in total.items()}


def penalty(weights: Weights, anchor: Weights, found: Weights, strength: float) -> torch.Tensor:
    """Return `strength / 2 * sum(F * (weight - anchor)^2)`, ().

    Args:
        weights: Name to weight, now.
        anchor: The same names, as they were.
        found: The diagonal of the Fisher information there.
        strength: 0 or more.
    """
    parts = [(each * (weights[name] - anchor[name]) ** 2).sum() for name, each in found.items()]
    return strength / 2 * torch.stack(parts).sum()


def _drawn(found: Sequence[Sample], samples: int, *, seed: int) -> Iterator[Sample]:
    order = random.Random(seed).sample(found, len(found))  # noqa: S311 - repeatable
    return (order[number % len(order)] for number in range(samples))


def _logits(chat: Chat, sample: Sample) -> torch.Tensor:
    """Return what follows before each token that the assistant says, (N, V)."""
    batch = padded([sample]).to(chat.device)
    states = chat.hidden(**batch.inputs)  # (1, T, D)
    return chat.logits(states[:, :-1][batch.learn[:, 1:]])
