import dataclasses
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, astuple, field, fields, replace
from functools import cached_property
from inspect import signature
from typing import Any

import pytest

from runner.core.dataclass import dataclass

NAN = float("nan")


class Point:
    """Two numbers and what they are called."""

    x: int
    y: float = 0.5
    name: str = field(default="p", compare=False)
    tags: list[str] = field(default_factory=list, repr=False)


class Late:
    """A field that is not given."""

    x: int
    twice: int = field(init=False, repr=False)
    thrice: int = field(init=False, default=3)
    seen: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.x * 2)


class Alone:
    """One field, with a property."""

    value: float

    @property
    def double(self) -> float:
        """Return twice the value."""
        return self.value * 2


class Empty:
    """No field at all."""


class Hashed:
    """A field in the hash alone of what compares."""

    x: int
    note: str = field(default="", hash=False)


PLAIN = (Point, Late, Alone, Empty, Hashed)
Maker = Callable[[type], Any]


def made(plain: type, decorator: Any, **options: bool) -> Any:  # noqa: ANN401 - two decorators
    """Return a class of the same body and name, decorated."""
    body = {name: value for name, value in vars(plain).items() if name != "__dict__"}
    body.pop("__weakref__", None)
    return decorator(frozen=True, slots=True, **options)(type(plain.__name__, (), body))


def both(plain: type, **options: bool) -> tuple[Any, Any]:
    return made(plain, dataclass, **options), made(plain, dataclasses.dataclass, **options)


@dataclass(frozen=True, slots=True)
class Kept:
    """Known by its name, as pickles need it."""

    x: int
    items: tuple[str, ...] = ()


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.__name__)
@pytest.mark.parametrize("kw_only", [False, True])
def test_a_class_is_the_one_of_the_standard_library(plain: type, *, kw_only: bool) -> None:
    ours, theirs = both(plain, kw_only=kw_only)
    assert str(signature(ours)) == str(signature(theirs))
    assert [str(f) for f in fields(ours)] == [str(f) for f in fields(theirs)]
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert repr(ours.__dataclass_params__) == repr(theirs.__dataclass_params__)
    assert ours.__doc__ == theirs.__doc__
    assert set(vars(ours)) == set(vars(theirs))
    for name in ("__init__", "__repr__", "__eq__", "__setattr__"):
        assert getattr(ours, name).__qualname__ == f"{plain.__name__}.{name}"


ARGUMENTS: dict[str, tuple[type, dict[str, Any]]] = {
    "defaults": (Point, {"x": 1}),
    "all": (Point, {"x": 1, "y": 2.0, "name": "q", "tags": ["a"]}),
    "late": (Late, {"x": 2}),
    "nan": (Alone, {"value": NAN}),
    "empty": (Empty, {}),
    "hashed": (Hashed, {"x": 1, "note": "n"}),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_an_instance_is_the_one_of_the_standard_library(case: str) -> None:
    plain, arguments = ARGUMENTS[case]
    ours, theirs = both(plain)
    mine, other = ours(**arguments), theirs(**arguments)
    assert repr(mine) == repr(other)
    assert asdict(mine) == asdict(other)
    assert astuple(mine) == astuple(other)
    assert (mine == ours(**arguments)) is (other == theirs(**arguments)) is True
    assert mine != other
    assert mine.__eq__(1) is NotImplemented
    assert copy(mine) == mine


@pytest.mark.parametrize("case", ["nan", "empty", "hashed"])
def test_a_hash_is_the_one_of_the_standard_library(case: str) -> None:
    plain, arguments = ARGUMENTS[case]
    ours, theirs = both(plain)
    assert hash(ours(**arguments)) == hash(theirs(**arguments))


def test_what_is_not_compared_makes_no_difference() -> None:
    ours, _ = both(Point)
    assert ours(1, name="a") == ours(1, name="b")
    assert ours(1) != ours(2)


def test_each_instance_has_a_default_of_its_own() -> None:
    ours, _ = both(Point)
    first, second = ours(1), ours(1)
    first.tags.append("a")
    assert (first.tags, second.tags) == (["a"], [])


def test_nothing_can_be_set_or_deleted() -> None:
    kept = Kept(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        kept.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del kept.x
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        kept.other = 2  # type: ignore[attr-defined]
    assert kept == Kept(1)


def test_a_wrong_call_is_refused_in_the_same_words() -> None:
    ours, theirs = both(Point)
    for arguments in ({}, {"x": 1, "z": 2}):
        with pytest.raises(TypeError) as mine:
            ours(**arguments)
        with pytest.raises(TypeError) as other:
            theirs(**arguments)
        assert str(mine.value) == str(other.value)


def test_a_copy_by_pickle_or_with_a_change_is_equal() -> None:
    kept = Kept(1, ("a",))
    assert pickle.loads(pickle.dumps(kept)) == kept
    assert deepcopy(kept) == kept
    assert replace(kept, x=2) == Kept(2, ("a",))


def test_an_instance_within_itself_prints() -> None:
    ours, theirs = both(Point)
    told = []
    for kind in (ours, theirs):
        ring: list[Any] = []
        one = kind(1, name=ring)
        ring.append(one)
        told.append(repr(one))
    assert told[0] == told[1] == "Point(x=1, y=0.5, name=[...])"


def test_what_is_not_simple_is_left_to_the_standard_library() -> None:
    @dataclass(frozen=True, slots=True)
    class Child(Kept):
        """A base, and a method of its own."""

        y: int = 0

        def __repr__(self) -> str:
            return "child"

    @dataclass(frozen=True)
    class Cached:
        """No slots."""

        x: int

        @cached_property
        def double(self) -> int:
            return self.x * 2

    child = Child(1, y=2)
    assert (repr(child), child.x, child.y, Cached(2).double) == ("child", 1, 2, 4)
    with pytest.raises(FrozenInstanceError):
        child.x = 3  # type: ignore[misc]


def test_a_field_without_a_default_comes_before_those_with_one() -> None:
    with pytest.raises((TypeError, SyntaxError), match="non-default argument"):

        @dataclass(frozen=True, slots=True)
        class Wrong:
            """Out of order."""

            x: int = 0
            y: int
