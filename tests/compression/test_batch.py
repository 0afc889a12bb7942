from hypothesis import given
from hypothesis import strategies as st

from runner.compression.batch import buckets


def test_short_texts_share_a_batch_and_a_long_one_stands_alone() -> None:
    assert buckets([5, 100, 4, 5], tokens=16) == [[2, 0, 3], [1]]


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 120))
def test_every_text_is_in_one_batch_within_the_bound(lengths: list[int], tokens: int) -> None:
    batches = buckets(lengths, tokens=tokens)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        size = len(batch) * max(lengths[index] for index in batch)
        assert size <= tokens or len(batch) == 1
