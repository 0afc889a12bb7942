"""Direct preference optimisation: what was better against what was worse, of the same task."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy, logsigmoid

from runner.training.batch import Batch, padded
from runner.training.chat import Chat
from runner.training.encode import Sample, encode
from runner.training.errors import TrainingError
from runner.training.fit import Keep, Task, fit, in_precision
from runner.training.params import Recipe
from runner.training.row import TrainingRow
from runner.training.sft import Trained, key_of, moving


@dataclass(frozen=True, slots=True)
class Pair:
    """Two conversations about one task."""

    chosen: TrainingRow
    rejected: TrainingRow


def dpo(
    chat: Chat,
    pairs: Sequence[Pair],
    recipe: Recipe,
    *,
    beta: float,
    seed: int,
    keep: Keep | None = None,
) -> Trained:
    """Train a model to prefer one of each pair, in place; what it was is the reference.

    Args:
        chat: What to train; its log-probabilities before the first step are the reference.
        pairs: A pair of which either side cannot be trained on is dropped.
        recipe: How, and for how many steps; `tokens` bounds both sides of a batch together, and
            only what the assistant wrote counts.
        beta: Strength of the pull towards the reference, above 0.
        seed: Of the order of pairs and of adapters' first weights.
        keep: Where checkpoints go.

    Raises:
        TrainingError: no pair is left to train on, or the recipe asks for what preferences lack.
        InvalidCandidateError: a loss is not finite.

    Source: R. Rafailov et al., "Direct Preference Optimization: Your Language Model is Secretly a
        Reward Model" (2023), equation 7.
    """
    if recipe.layout != "bucketed" or recipe.loss != "assistant":
        raise TrainingError(
            f"preferences are learned with layout bucketed and loss assistant, not with"
            f" {recipe.layout} and {recipe.loss}"
        )
    found, dropped = _encoded(chat, pairs)
    if not found:
        raise TrainingError(f"no pair to train on: {len(pairs)} given, {dropped} dropped")
    sides = [side for pair in found for side in pair]
    with moving(chat, recipe, seed=seed):
        before = _reference(chat, found, recipe)  # (P,)
        key = f"{key_of(chat, sides, recipe, seed=seed)} dpo {beta}"
        stream = _batches(found, recipe, seed=seed)
        task = Task(stream, lambda each: _loss(chat, each, before, beta, recipe), key=key)
        fitted = fit(chat, task, recipe, keep=keep)
    return Trained(
        fitted,
        rows=len(found),
        tokens=sum(len(each.ids) for each in sides),
        taught=sum(sum(each.learn) for each in sides),
        dropped={"pairs": dropped} if dropped else {},
    )


def preference_loss(margins: torch.Tensor, before: torch.Tensor, beta: float) -> torch.Tensor:
    """Return the mean loss; lower is better, log 2 where nothing has been learned.

    Args:
        margins: (P,), log-probability of the chosen less that of the rejected conversation.
        before: (P,), the same by the reference.
        beta: Strength of the pull towards the reference.
    """
    return -logsigmoid(beta * (margins - before)).mean()


_Sides = tuple[Sample, Sample]


@dataclass(frozen=True, slots=True)
class _Few:
    """Pairs of one step: their places among all, and chosen rows above rejected ones."""

    places: list[int]
    batch: Batch


def _encoded(chat: Chat, pairs: Sequence[Pair]) -> tuple[list[_Sides], int]:
    """Return the pairs of which both sides can be trained on, and how many are left out."""
    found: list[_Sides] = []
    for pair in pairs:
        chosen = encode(chat, [pair.chosen]).samples
        rejected = encode(chat, [pair.rejected]).samples
        if chosen and rejected:
            found.append((chosen[0], rejected[0]))
    return found, len(pairs) - len(found)


def _batches(pairs: Sequence[_Sides], recipe: Recipe, *, seed: int) -> Iterator[_Few]:
    draw = random.Random(seed)  # noqa: S311 - repeatable
    while True:
        yield from _round(pairs, draw.sample(range(len(pairs)), len(pairs)), recipe)


def _round(pairs: Sequence[_Sides], order: Sequence[int], recipe: Recipe) -> Iterator[_Few]:
    longest = max(len(side.ids) for pair in pairs for side in pair)
    per = max(1, recipe.tokens // (2 * longest))
    for start in range(0, len(order), per):
        places = list(order[start : start + per])
        sides = [pairs[each][0] for each in places] + [pairs[each][1] for each in places]
        yield _Few(places, padded(sides))


def _reference(chat: Chat, pairs: Sequence[_Sides], recipe: Recipe) -> torch.Tensor:
    """Return each pair's margin before training, (P,)."""
    chat.model.eval()
    with torch.no_grad():
        margins = [_margins(chat, few, recipe) for few in _round(pairs, range(len(pairs)), recipe)]
    return torch.cat(margins)


def _loss(chat: Chat, few: _Few, before: torch.Tensor, beta: float, recipe: Recipe) -> torch.Tensor:
    return preference_loss(_margins(chat, few, recipe), before[few.places], beta)


def _margins(chat: Chat, few: _Few, recipe: Recipe) -> torch.Tensor:
    """Return log p(chosen) - log p(rejected) of each pair, over what the assistant wrote."""
    batch = few.batch.to(chat.device)
    with in_precision(recipe, chat.device):
        states = chat.hidden(**batch.inputs)  # (2P, T, D)
        teach = batch.learn[:, 1:]  # (2P, T - 1)
        logits = chat.logits(states[:, :-1][teach])  # (N, V)
    losses = cross_entropy(logits, batch.ids[:, 1:][teach], reduction="none")  # (N,)
    rows = teach.nonzero()[:, 0]  # (N,)
    totals = torch.zeros(len(teach), device=chat.device).index_add(0, rows, -losses)  # (2P,)
    chosen, rejected = totals.chunk(2)
    return chosen - rejected
