"""What is trained is what was asked for, bit by bit the same each time."""

from pathlib import Path
from typing import Literal

import pytest
import torch

from runner.core.errors import InvalidCandidateError
from runner.training.batch import batches
from runner.training.chat import Chat, load
from runner.training.encode import encode
from runner.training.errors import TrainingError
from runner.training.fit import Keep, _state
from runner.training.lora import adapters
from runner.training.params import Recipe, Shape
from runner.training.row import TrainingRow
from runner.training.scratch import scratch
from runner.training.sft import sft

SHAPE = Shape(layers=2, width=32, heads=2, kv_heads=1, hidden=64, window=256)
QUICK = Recipe(steps=12, rate=3e-3, tokens=512)


def weights(chat: Chat) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in chat.model.named_parameters()}


def test_loss_falls_on_one_batch_and_the_same_seed_gives_the_same_bytes(
    words: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    losses = []
    for name in ("a", "b"):
        chat = scratch(SHAPE, words, seed=0)
        losses.append(sft(chat, rows[:4], QUICK, seed=1).fitted.losses)
        chat.save(tmp_path / name)

    assert losses[0][-1] < 0.6 * losses[0][0]
    assert losses[0] == losses[1]
    for each in sorted(path.name for path in (tmp_path / "a").iterdir()):
        assert (tmp_path / "a" / each).read_bytes() == (tmp_path / "b" / each).read_bytes(), each


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_training_that_was_cut_short_goes_on_to_the_same_bytes(
    words: Path, rows: list[TrainingRow], tmp_path: Path, optimizer: Literal["adamw", "muon"]
) -> None:
    recipe = QUICK.model_copy(update={"optimizer": optimizer})
    whole, cut = scratch(SHAPE, words, seed=0), scratch(SHAPE, words, seed=0)
    losses = sft(whole, rows, recipe, seed=1).fitted.losses
    keep = Keep(tmp_path / "ckpt", every=5)
    with pytest.raises(_StoppedError):
        sft(_dying(cut, after=8), rows, recipe, seed=1, keep=keep)

    again = scratch(SHAPE, words, seed=0)
    fitted = sft(again, rows, recipe, seed=1, keep=keep).fitted

    assert fitted.resumed == 5
    assert fitted.losses == losses
    for name, weight in weights(whole).items():
        assert torch.equal(weight, weights(again)[name]), name


def test_muon_turns_matrices_alone_and_adapters_too(words: Path, rows: list[TrainingRow]) -> None:
    recipe = QUICK.model_copy(update={"optimizer": "muon"})
    first, chat = scratch(SHAPE, words, seed=0), scratch(SHAPE, words, seed=0)
    with_adamw = sft(first, rows[:4], QUICK, seed=1).fitted.losses
    losses = sft(chat, rows[:4], recipe, seed=1).fitted.losses
    state = _state(chat, recipe)

    assert [type(each).__name__ for each in state.optimizers] == ["AdamW", "Muon"]
    turned = {id(one) for one in state.optimizers[1].param_groups[0]["params"]}
    names = {name for name, each in state.weights.items() if id(each) in turned}
    assert len(names) == 7 * SHAPE.layers
    assert all(name.endswith("_proj.weight") for name in names)
    assert losses[0] == with_adamw[0]
    assert losses[-1] < 0.8 * losses[0]
    lora = recipe.model_copy(update={"method": "lora"})
    assert sft(chat, rows[:4], lora, seed=1).fitted.losses[-1] < losses[0]


class _StoppedError(Exception):
    pass


def _dying(chat: Chat, *, after: int) -> Chat:
    """Let a model die in the forward pass after a number of steps."""
    left = iter(range(after))

    def count(*_: object) -> None:
        if next(left, None) is None:
            raise _StoppedError

    chat.model.register_forward_pre_hook(count)
    chat.model.get_decoder().register_forward_pre_hook(count)
    return chat


@pytest.mark.parametrize("change", ["seed", "recipe", "rows", "weights", "damage"])
def test_no_training_goes_on_from_the_checkpoint_of_another(
    words: Path, rows: list[TrainingRow], tmp_path: Path, change: str
) -> None:
    keep = Keep(tmp_path, every=4)
    sft(scratch(SHAPE, words, seed=0), rows, QUICK, seed=1, keep=keep)
    chat = scratch(SHAPE, words, seed=9 if change == "weights" else 0)
    recipe = QUICK.model_copy(update={"rate": 1e-3}) if change == "recipe" else QUICK
    given = rows[1:] if change == "rows" else rows
    if change == "damage":
        (tmp_path / "training.safetensors").write_bytes(b"damaged")

    fitted = sft(chat, given, recipe, seed=2 if change == "seed" else 1, keep=keep).fitted

    assert fitted.resumed == 0
    assert len(fitted.losses) == 12


def test_no_row_sees_another_in_a_filled_window(chat: Chat, rows: list[TrainingRow]) -> None:
    samples = encode(chat, rows[:6]).samples
    recipe = Recipe(tokens=256, layout="packed")
    batch = next(batches(samples, recipe, window=256, seed=0))
    with torch.inference_mode():
        packed = chat.hidden(**batch.inputs)  # (B, T, D)
        for line, positions in enumerate(batch.positions if batch.positions is not None else []):
            starts = [n for n in range(256) if positions[n] == 0 and batch.ids[line, n] != 0]
            for start in starts:
                length = next(
                    len(each.ids)
                    for each in samples
                    if batch.ids[line, start : start + len(each.ids)].tolist() == each.ids
                )
                here = slice(start, start + length)
                alone = chat.hidden(input_ids=batch.ids[line, here][None])  # (1, T, D)
                torch.testing.assert_close(packed[line, here], alone[0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layout", ["bucketed", "packed"])
def test_each_row_comes_once_per_round(
    chat: Chat, rows: list[TrainingRow], layout: Literal["bucketed", "packed"]
) -> None:
    samples = encode(chat, rows).samples
    recipe = Recipe(tokens=512, layout=layout)
    stream = batches(samples, recipe, window=256, seed=0)
    taught = sum(sum(each.learn) for each in samples)
    for _ in range(2):
        seen = 0
        while seen < taught:
            batch = next(stream)
            assert batch.ids.numel() <= 512
            seen += int(batch.learn.sum())
        assert seen == taught


def test_layouts_start_from_the_same_loss(words: Path, rows: list[TrainingRow]) -> None:
    first = [
        sft(
            scratch(SHAPE, words, seed=0),
            rows[:4],
            Recipe(steps=1, tokens=4096, layout=layout),
            seed=0,
        ).fitted.losses[0]
        for layout in ("bucketed", "packed")
    ]

    assert first[0] == pytest.approx(first[1], rel=1e-5)


def test_nothing_to_train_on_is_refused_with_the_reasons(
    chat: Chat, rows: list[TrainingRow]
) -> None:
    silent = rows[0].model_copy(update={"messages": rows[0].messages[:1]})

    with pytest.raises(TrainingError) as caught:
        sft(chat, [silent, silent], QUICK, seed=0)
    assert str(caught.value) == "no row to train on: 2 rows given, dropped: 2 silent"
    with pytest.raises(TrainingError, match=r"^no row to train on: 0 rows given, dropped: none$"):
        sft(chat, [], QUICK, seed=0)


def test_a_loss_of_nan_is_the_candidates_fault_and_never_saved(
    chat: Chat, rows: list[TrainingRow], tmp_path: Path
) -> None:
    with torch.no_grad():
        next(chat.model.parameters())[:] = float("nan")

    with pytest.raises(InvalidCandidateError, match=r"^step 1: the loss is nan, not finite$"):
        sft(chat, rows[:2], QUICK, seed=0)
    with pytest.raises(InvalidCandidateError, match=r"^the trained model is broken: "):
        chat.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_model_answers_as_the_one_in_memory(
    chat: Chat, rows: list[TrainingRow], tmp_path: Path
) -> None:
    ids = torch.tensor([encode(chat, rows[:1]).samples[0].ids])
    chat.save(tmp_path)

    again = load(tmp_path)

    assert again.window == 256
    assert again.ending == chat.ending
    assert torch.equal(again.hidden(input_ids=ids), chat.hidden(input_ids=ids))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"is no model folder; expected a config.json in it$"):
        load(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(TrainingError, match="cannot be loaded: "):
        load(tmp_path)


@pytest.mark.slow
def test_adapters_change_the_layers_that_are_named_and_leave_no_trace(
    chat: Chat, rows: list[TrainingRow], tmp_path: Path
) -> None:
    before = weights(chat)
    recipe = QUICK.model_copy(update={"method": "lora", "targets": ("q_proj", "down_proj")})

    losses = sft(chat, rows[:4], recipe, seed=1).fitted.losses

    after = weights(chat)
    assert losses[-1] < losses[0]
    assert list(after) == list(before)
    changed = {name for name, weight in after.items() if not torch.equal(weight, before[name])}
    assert changed == {
        f"model.layers.{n}.{part}.weight"
        for n in range(2)
        for part in ("self_attn.q_proj", "mlp.down_proj")
    }
    assert all(weight.requires_grad for weight in chat.model.parameters())
    chat.save(tmp_path)
    assert load(tmp_path).window == 256


@pytest.mark.slow
def test_merged_adapters_answer_as_they_did_unmerged(chat: Chat, rows: list[TrainingRow]) -> None:
    ids = torch.tensor([encode(chat, rows[:1]).samples[0].ids])
    recipe = Recipe(method="lora", rank=2)
    torch.manual_seed(0)
    with adapters(chat, recipe):
        moving = [each for each in chat.model.parameters() if each.requires_grad]
        assert sum(each.numel() for each in moving) < 0.3 * chat.model.num_parameters()
        for each in moving:
            torch.nn.init.normal_(each, std=0.2)
        unmerged = chat.hidden(input_ids=ids)

    torch.testing.assert_close(chat.hidden(input_ids=ids), unmerged, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_targets_that_no_layer_has_are_refused(chat: Chat) -> None:
    recipe = Recipe(method="lora", targets=("Wqkv",))

    with (
        pytest.raises(TrainingError, match=r"^the model has no layer named Wqkv; say which"),
        adapters(chat, recipe),
    ):
        pass
