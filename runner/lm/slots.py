"""Many conversations in one cache of keys and values, each as long as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from transformers import DynamicCache
from transformers.cache_utils import CacheLayerMixin, DynamicLayer

from runner.lm.error import LmError
from runner.lm.folder import Loaded
from runner.lm.region import Reach, Region, narrow, use_reach

_GROWTH = 256
"""Tokens of room that a growing cache gains at least, or a half; growing copies all of it."""
_CLASS = 128
"""Tokens by which the lengths of conversations of one region differ, at most, when it is made."""
_CLOSE = 0.05
"""How far logits may be from those of a plain forward pass, as a share of their spread."""


@dataclass(slots=True)
class _At:
    """Where one forward pass writes and reads; the same in every layer.

    Attributes:
        slots: (N, 1), whose tokens are fed.
        places: (N, W), where their keys go; padding goes to the last place, which nobody reads.
        top: Places that are read, from 0.
        room: Slots and places that the cache holds now.
        gathered: Whether the slots are others than the first N.
    """

    slots: torch.Tensor
    places: torch.Tensor
    top: int
    room: tuple[int, int]
    gathered: bool


class _Layer(CacheLayerMixin):  # type: ignore[misc] # transformers has no types that we follow
    """Keys and values of one layer, (S, H, T, D) for S slots and T places."""

    def __init__(self, at: _At) -> None:
        super().__init__()
        self._at = at

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.keys = self._room(key_states)
        self.values = self._room(value_states)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write (N, H, W, D) and return all that may be read, (N, H, T, D)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        return self._put(self.keys, key_states), self._put(self.values, value_states)

    def _put(self, kept: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        at = self._at
        kept[at.slots, :, at.places] = new.transpose(1, 2)  # (N, W, H, D)
        read = kept[:, :, : at.top]  # (S, H, T, D)
        return read[at.slots[:, 0]] if at.gathered else read[: len(at.slots)]

    def _room(self, like: torch.Tensor) -> torch.Tensor:
        slots, places = self._at.room
        # Zeros: a place that is masked is still multiplied, and NaN times 0 is NaN.
        return like.new_zeros(slots, like.shape[1], places, like.shape[3])

    def grow(self) -> None:
        """Move to as much room as is wanted now."""
        if self.is_initialized:
            old = self.keys, self.values
            self.lazy_initialization(*old)
            self.keys[:, :, : old[0].shape[2]] = old[0]
            self.values[:, :, : old[1].shape[2]] = old[1]

    def copy(self, source: int, targets: torch.Tensor, length: int) -> None:
        """Let other slots begin as one does."""
        for each in (self.keys, self.values):
            each[targets, :, :length] = each[source, :, :length].clone()

    def move(self, sources: torch.Tensor, targets: torch.Tensor, length: int) -> None:
        """Let slots exchange what they hold."""
        for each in (self.keys, self.values):
            each[targets, :, :length] = each[:, :, :length][sources]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return query_length, 0

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return -1


class Slots:
    """A fixed number of conversations in progress, by slot."""

    def __init__(self, loaded: Loaded, *, count: int) -> None:
        """Begin with empty slots.

        Args:
            loaded: Of full attention in every layer.
            count: Slots.

        Raises:
            LmError: the model has other layers.
        """
        plain = DynamicCache(config=loaded.model.config).layers
        other = next((each for each in plain if type(each) is not DynamicLayer), None)
        if other is not None:
            raise LmError(
                f"rollouts need full attention in every layer, found {type(other).__name__}; serve "
                "the model and declare an endpoint instead"
            )
        nothing = torch.zeros(0, 1, dtype=torch.long)
        self.loaded = loaded
        self._at = _At(nothing, nothing, top=0, room=(count, 1), gathered=False)
        self._layers = [_Layer(self._at) for _ in plain]
        self._cache = DynamicCache()
        self._cache.layers = self._layers
        self._takes_reach = use_reach(loaded)
        self._bounds: list[int] = []
        self.lengths = [0] * count

    @property
    def count(self) -> int:
        """Slots, taken or not."""
        return len(self.lengths)

    def feed(self, slots: Sequence[int], tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read further tokens of some conversations, at least one each.

        Args:
            slots: Which, ascending.
            tokens: Of each, in the order of `slots`.

        Returns:
            What follows each, (N, V) in fp32, on the model's device.
        """
        width = max(map(len, tokens))
        places = [
            [-1] * (width - len(new))
            + list(range(self.lengths[slot], self.lengths[slot] + len(new)))
            for slot, new in zip(slots, tokens, strict=True)
        ]
        for slot, new in zip(slots, tokens, strict=True):
            self.lengths[slot] += len(new)
        self._at.top = max(self.lengths[slot] for slot in slots)
        self._at.gathered = slots[-1] + 1 != len(slots)
        padded = [[0] * (width - len(new)) + list(new) for new in tokens]
        return self._forward(self._tensor(slots), self._tensor(padded), self._tensor(places))

    def copy(self, source: int, targets: Sequence[int], length: int) -> None:
        """Let slots begin with the first tokens of another, or with nothing."""
        for target in targets:
            self.lengths[target] = length
        if targets and length:
            for each in self._layers:
                each.copy(source, self._tensor(targets), length)

    def tidy(self, count: int) -> list[int]:
        """Put the first conversations side by side with those of like length, the longest first.

        Returns:
            Of each slot, where what it holds now was before.
        """
        classes = [length // _CLASS for length in self.lengths[:count]]
        wanted = sorted(classes, reverse=True)
        self._bounds = [n for n in range(1, count) if wanted[n] != wanted[n - 1]]
        wrong = [n for n in range(count) if classes[n] != wanted[n]]
        free: dict[int, list[int]] = {}
        for n in wrong:
            free.setdefault(classes[n], []).append(n)
        moves = {n: free[wanted[n]].pop() for n in wrong}
        if moves:
            top = max(self.lengths[n] for n in wrong)
            sources, targets = self._tensor([*moves.values()]), self._tensor([*moves])
            for each in self._layers:
                each.move(sources, targets, top)
        before = [moves.get(n, n) for n in range(count)]
        self.lengths[:count] = [self.lengths[n] for n in before]
        return before

    def _regions(self, count: int) -> tuple[Region, ...]:
        bounds = [0, *(n for n in self._bounds if n < count), count]
        pairs = pairwise(bounds)
        return tuple((begin, end, max(self.lengths[begin:end])) for begin, end in pairs)

    def _forward(
        self, slots: torch.Tensor, tokens: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """Return the last logits of left-padded tokens (N, W) at their places (N, W)."""
        at = self._at
        if at.top >= at.room[1]:
            at.room = (at.room[0], at.top + max(_GROWTH, at.top // 2) + 1)
            for each in self._layers:
                each.grow()
        at.slots = slots[:, None]
        regions = () if at.gathered or not self._takes_reach else self._regions(len(slots))
        at.places = torch.where(places < 0, at.room[1] - 1, places)
        positions = places.clamp(min=0)
        read = torch.arange(at.top, device=places.device)
        mask = read <= positions[:, None, :, None]  # (N, 1, W, T)
        out = self.loaded.model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **({"reach": Reach(regions, len(self._layers) - 1)} if self._takes_reach else {}),
        )
        logits: torch.Tensor = out.logits[:, -1].float()  # (N, V)
        return logits

    def _tensor(self, numbers: Sequence[int] | Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(numbers, dtype=torch.long, device=self.loaded.device)


def with_room(slots: Slots, *, count: int) -> Slots:
    """Return slots for so many conversations, the same ones if they suffice."""
    return slots if slots.count >= count else Slots(slots.loaded, count=count)


def prepare(loaded: Loaded) -> None:
    """Let conversations of unlike length share forward passes, and see that none disturbs another.

    From then on the model says what follows the last token of a row, and nothing of others.

    Raises:
        LmError: what follows is not what a plain forward pass says.
    """
    words = int(loaded.model.get_input_embeddings().num_embeddings)
    rows = [[(7 * n + 3 * length) % words for n in range(length)] for length in (9, 4)]
    with torch.inference_mode():
        given = [torch.tensor([row], device=loaded.device) for row in rows]
        plain = [loaded.model(input_ids=row).logits[0, -1].float() for row in given]  # (V,) each
        narrowed = narrow(loaded)
        if narrowed is not None and not _says(loaded, rows, plain):
            narrowed.remove()
        if not _says(loaded, rows, plain):
            raise LmError(
                "rollouts need a model whose attention takes masks and positions; serve it and "
                "declare an endpoint instead"
            )


def _says(loaded: Loaded, rows: Sequence[Sequence[int]], plain: Sequence[torch.Tensor]) -> bool:
    """Tell whether two rows, read in pieces side by side, are followed by what is plain (V,)."""
    slots = Slots(loaded, count=2)
    slots.feed([0, 1], [rows[0][:6], rows[1][:3]])
    found = slots.feed([0, 1], [rows[0][6:], rows[1][3:]])
    spreads = [(wanted.max() - wanted.min()).clamp(min=1e-3) for wanted in plain]
    return all(
        bool((each - wanted).abs().max() <= _CLOSE * spread)
        for each, wanted, spread in zip(found, plain, spreads, strict=True)
    )
