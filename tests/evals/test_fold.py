import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.evals.fold import FoldError, assign, deal, split_folds
from runner.evals.model import Eval
from runner.evals.split import Case


def case(name: str, **data: object) -> Case:
    return Case(id=name, line=1, slices=(), data={"id": name, **data})


def some(count: int) -> list[Case]:
    return [case(f"c{number}") for number in range(count)]


def sizes(numbers: dict[str, int], folds: int) -> list[int]:
    counts = Counter(numbers.values())
    return [counts[number] for number in range(folds)]


@given(count=st.integers(2, 120), folds=st.integers(2, 10), seed=st.integers(0, 5), data=st.data())
@settings(max_examples=60, deadline=None)
def test_sizes_differ_by_at_most_one_in_any_order(
    count: int, folds: int, seed: int, data: st.DataObject
) -> None:
    folds = min(folds, count)
    cases = some(count)
    numbers = assign(cases, folds=folds, seed=seed)
    found = sizes(numbers, folds)
    assert sum(found) == count
    assert max(found) - min(found) <= 1
    shuffled = data.draw(st.permutations(cases))
    assert assign(shuffled, folds=folds, seed=seed) == numbers


def test_the_same_set_and_seed_give_these_folds() -> None:
    assert split_folds(some(7), folds=3, seed=17) == split_folds(some(7)[::-1], folds=3, seed=17)
    assert [fold.heldout for fold in split_folds(some(7), folds=3, seed=17)] == [
        ("c0", "c3", "c4"),
        ("c2", "c6"),
        ("c1", "c5"),
    ]


def test_another_seed_deals_otherwise() -> None:
    assert assign(some(50), folds=5, seed=1) != assign(some(50), folds=5, seed=2)


def test_each_case_is_held_out_once_and_never_from_its_own_train() -> None:
    folds = split_folds(some(53), folds=5, seed=3)
    everything = {f"c{number}" for number in range(53)}
    assert [fold.number for fold in folds] == [0, 1, 2, 3, 4]
    assert sorted(len(fold.heldout) for fold in folds) == [10, 10, 11, 11, 11]
    assert Counter(name for fold in folds for name in fold.heldout) == Counter(everything)
    for fold in folds:
        assert set(fold.train) == everything - set(fold.heldout)


@pytest.mark.parametrize(
    "label",
    [
        lambda number: "rare" if number % 10 == 0 else "common",
        lambda number: {"kind": "rare" if number % 10 == 0 else "common", "areas": [str(number)]},
    ],
    ids=["a word", "a mapping, its lists left out"],
)
def test_labels_are_spread_evenly(label: Callable[[int], object]) -> None:
    cases = [case(f"c{number}", label=label(number)) for number in range(100)]
    numbers = assign(cases, folds=5, seed=1)
    rare = Counter(numbers[f"c{number}"] for number in range(0, 100, 10))
    assert set(rare.values()) == {2}
    assert sizes(numbers, 5) == [20] * 5


def test_labels_that_are_all_different_still_depend_on_the_seed() -> None:
    cases = [case(f"c{number}", label=f"label {number}") for number in range(50)]
    assert assign(cases, folds=5, seed=1) != assign(cases, folds=5, seed=2)


def test_a_cluster_stays_together() -> None:
    cases = [case(f"c{number}", cluster=f"k{number // 3}") for number in range(30)]
    numbers = assign(cases, folds=5, seed=1)
    for start in range(0, 30, 3):
        assert len({numbers[f"c{number}"] for number in range(start, start + 3)}) == 1
    assert sizes(numbers, 5) == [6] * 5


def test_clusters_of_any_size_are_dealt_as_evenly_as_they_can_be() -> None:
    rng = random.Random(1)
    cases = [case(f"c{number}", cluster=f"k{rng.randrange(12)}") for number in range(60)]
    largest = max(Counter(each.data["cluster"] for each in cases).values())
    found = sizes(assign(cases, folds=4, seed=1), 4)
    assert max(found) - min(found) <= largest


def test_a_case_named_as_a_cluster_is_not_in_it() -> None:
    cases = [case("k"), case("a", cluster="k"), case("b", cluster="k")]
    numbers = assign(cases, folds=2, seed=1)
    assert numbers["a"] == numbers["b"] != numbers["k"]


@pytest.mark.parametrize(
    ("cases", "folds", "text"),
    [
        (some(9), 1, "1 folds of 9 cases or clusters; give at least 2 folds, and a case for each"),
        (some(3), 4, "4 folds of 3 cases or clusters; give at least 2 folds, and a case for each"),
        ([], 2, "2 folds of 0 cases or clusters; give at least 2 folds, and a case for each"),
        (
            [case("a", cluster="k"), case("b", cluster="k")],
            2,
            "2 folds of 1 cases or clusters; give at least 2 folds, and a case for each",
        ),
        (
            [*some(4), case("c1")],
            2,
            'case "c1" appears twice, so it could be on both sides',
        ),
    ],
    ids=["one fold", "too few cases", "no case", "one cluster", "an id twice"],
)
def test_what_cannot_be_dealt_is_refused(cases: list[Case], folds: int, text: str) -> None:
    with pytest.raises(FoldError) as error:
        split_folds(cases, folds=folds, seed=1)
    assert str(error.value) == text


FOLDED = {
    "eval": "gold",
    "version": 1,
    "checker": "agreement",
    "train": "gold.jsonl",
    "heldout": [{"file": "gold.jsonl", "folds": 2}],
    "metrics": {"agreement": {"direction": "max"}},
}
ECHO = (
    '{"id": "a", "input": "full"%s}\n{"id": "b", "input": "Full "%s}\n'
    '{"id": "c", "input": "red"}\n{"id": "d", "input": "lost"}\n'
)


@pytest.mark.parametrize("clusters", [("", ""), (', "cluster": "x"', ""), ("", ', "cluster": "x"')])
def test_an_input_that_stands_twice_is_refused_since_folds_would_learn_it(
    clusters: tuple[str, str],
) -> None:
    with pytest.raises(FoldError, match='case "b" asks the same as "a"'):
        deal((ECHO % clusters).encode(), Eval.model_validate(FOLDED), path="gold.jsonl")


def test_inputs_of_one_cluster_may_be_the_same() -> None:
    data = (ECHO % (', "cluster": "x"', ', "cluster": "x"')).encode()
    folds = deal(data, Eval.model_validate(FOLDED), path="gold.jsonl")
    assert [fold.heldout for fold in folds] == [("a", "b"), ("c", "d")]
