"""Preferences move a model towards what was better, from where it stands."""

import math
from pathlib import Path

import pytest
import torch

from runner.training.chat import Chat
from runner.training.dpo import Pair, dpo, preference_loss
from runner.training.encode import encode
from runner.training.errors import TrainingError
from runner.training.fit import Keep
from runner.training.params import Recipe, Shape
from runner.training.row import TrainingRow
from runner.training.scratch import scratch

SHAPE = Shape(layers=2, width=32, heads=2, kv_heads=1, hidden=64, window=256)
RECIPE = Recipe(steps=20, rate=1e-3, tokens=1024)


def wrong(row: TrainingRow) -> TrainingRow:
    """The same talk, but the wrong record is updated."""
    call = row.messages[3].tool_calls[0]
    other = call.function.model_copy(
        update={"arguments": call.function.arguments.replace('"active"', '"Done"')}
    )
    message = row.messages[3].model_copy(
        update={"tool_calls": (call.model_copy(update={"function": other}),)}
    )
    return row.model_copy(update={"messages": (*row.messages[:3], message, *row.messages[4:])})


@pytest.fixture
def pairs(rows: list[TrainingRow]) -> list[Pair]:
    return [Pair(chosen=each, rejected=wrong(each)) for each in rows[:8]]


def log_probability(chat: Chat, row: TrainingRow) -> float:
    [sample] = encode(chat, [row]).samples
    with torch.inference_mode():
        logits = chat.model(input_ids=torch.tensor([sample.ids])).logits[0].log_softmax(-1)
    return sum(
        float(logits[n - 1, token])
        for n, (token, learn) in enumerate(zip(sample.ids, sample.learn, strict=True))
        if learn
    )


def margin(chat: Chat, pair: Pair) -> float:
    return log_probability(chat, pair.chosen) - log_probability(chat, pair.rejected)


def test_the_loss_is_that_of_the_paper() -> None:
    margins, before = torch.tensor([3.0, -1.0]), torch.tensor([1.0, 1.0])

    loss = preference_loss(margins, before, 0.5)

    sigmoid = [1 / (1 + math.exp(-0.5 * 2.0)), 1 / (1 + math.exp(0.5 * 2.0))]
    assert loss.item() == pytest.approx(-sum(map(math.log, sigmoid)) / 2, rel=1e-6)


def test_what_was_better_gains_on_what_was_worse(chat: Chat, pairs: list[Pair]) -> None:
    before = [margin(chat, each) for each in pairs]

    trained = dpo(chat, pairs, RECIPE, beta=0.1, seed=0)

    assert trained.fitted.losses[0] == pytest.approx(math.log(2), rel=1e-5)
    assert trained.fitted.losses[-1] < 0.6
    assert trained.rows == 8
    assert all(margin(chat, each) > old for each, old in zip(pairs, before, strict=True))


def test_a_pair_with_a_side_that_cannot_be_trained_on_is_counted(
    chat: Chat, pairs: list[Pair]
) -> None:
    silent = pairs[0].chosen.model_copy(update={"messages": pairs[0].chosen.messages[:1]})

    trained = dpo(chat, [Pair(silent, pairs[0].rejected), *pairs], RECIPE, beta=0.1, seed=0)

    assert (trained.rows, trained.dropped) == (8, {"pairs": 1})
    with pytest.raises(TrainingError, match=r"^no pair to train on: 1 given, 1 dropped$"):
        dpo(chat, [Pair(silent, pairs[0].rejected)], RECIPE, beta=0.1, seed=0)


@pytest.mark.parametrize("change", [{"layout": "packed"}, {"loss": "all"}], ids=["packed", "all"])
def test_what_preferences_lack_is_refused(
    chat: Chat, pairs: list[Pair], change: dict[str, str]
) -> None:
    with pytest.raises(TrainingError, match=r"^preferences are learned with layout bucketed and"):
        dpo(chat, pairs, RECIPE.model_copy(update=change), beta=0.1, seed=0)


def test_a_retry_goes_on_from_the_checkpoint_and_another_beta_does_not(
    words: Path, pairs: list[Pair], tmp_path: Path
) -> None:
    from_start = Recipe(steps=4, rate=1e-3, tokens=1024)
    keep = Keep(tmp_path, every=2)
    seen = []
    for beta in (0.1, 0.1, 0.2):
        chat = scratch(SHAPE, words, seed=0)
        seen.append(dpo(chat, pairs, from_start, beta=beta, seed=0, keep=keep).fitted)

    assert [each.resumed for each in seen] == [0, 4, 0]
    assert seen[0].losses == seen[1].losses
