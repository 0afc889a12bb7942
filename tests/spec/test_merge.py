import pytest

from runner.spec.merge import merge_params


@pytest.mark.parametrize(
    ("base", "change", "merged"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": {"y": 1, "z": 2}}}, {"a": {"x": {"z": 3}}}, {"a": {"x": {"y": 1, "z": 3}}}),
        ({"a": [1, 2, 3]}, {"a": [4]}, {"a": [4]}),
        ({"a": {"x": 1}}, {"a": None}, {"a": None}),
        ({"a": {"x": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
    ids=["none", "new", "over", "nested", "deep", "list", "null", "scalar", "mapping"],
)
def test_mappings_merge_and_all_else_is_replaced(
    base: dict[str, object], change: dict[str, object], merged: dict[str, object]
) -> None:
    assert merge_params(base, change) == merged


def test_neither_side_is_changed() -> None:
    base, change = {"a": {"x": 1}}, {"a": {"y": 2}}
    merge_params(base, change)["a"]["z"] = 3
    assert (base, change) == ({"a": {"x": 1}}, {"a": {"y": 2}})
