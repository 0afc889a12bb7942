"""Frozen dataclasses that cost little to define: a start of the engine defines some two hundred.

The standard library compiles six functions for each, nearly half of what such a start computes;
here it is one, `__init__`. What they are and do is the same (`tests/core/test_dataclass.py`), and
for a type checker they are the standard library's.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - handed on as it is
else:
    import dataclasses
    from collections.abc import Callable, Iterable, Sequence
    from dataclasses import Field
    from operator import attrgetter
    from reprlib import recursive_repr
    from typing import Any

    def dataclass(
        *, frozen: bool = False, slots: bool = False, kw_only: bool = False
    ) -> Callable[[type], type]:
        """Make a dataclass, quickly one that is frozen and has slots.

        A class with a base, or with a method of its own where one would be generated, is left to
        the standard library.
        """
        plain = dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only)

        def made(cls: type) -> type:
            own = vars(cls).keys() & _GENERATED
            simple = frozen and slots and cls.__bases__ == (object,) and not own
            return _quick(cls, kw_only=kw_only) if simple else plain(cls)

        return made

    _GENERATED = frozenset(
        ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    )

    class _Factory:
        def __repr__(self) -> str:
            return "<factory>"

    _UNSET = _Factory()
    Methods = dict[str, Callable[..., Any]]

    def _quick(cls: type, *, kw_only: bool) -> type:
        if not cls.__doc__:
            cls.__doc__ = cls.__name__  # else one is made of the signature, which takes long
        bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
        made = bare(cls)
        fields = dataclasses.fields(made)
        names = tuple(field.name for field in fields)
        methods = {
            "__init__": _init(made, fields),
            **_shown(fields),
            **_kept(made, names),
            **_state(names),
        }
        for name, method in methods.items():
            method.__name__, method.__qualname__ = name, f"{made.__qualname__}.{name}"
            setattr(made, name, method)
        told = made.__dataclass_params__
        told.init = told.repr = told.eq = told.frozen = True
        return made

    def _init(cls: type, fields: Sequence[Field[Any]]) -> Callable[..., None]:
        """Compile the one function that is faster when it is written out."""
        known: dict[str, Any] = {"_set": object.__setattr__, "_UNSET": _UNSET}
        plain = [_parameter(field, known) for field in fields if field.init and not field.kw_only]
        named = [_parameter(field, known) for field in fields if field.init and field.kw_only]
        lines = [line for field in fields if (line := _set_line(field, known))]
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        words = ", ".join(["self", *plain, *(["*", *named] if named else [])])
        body = "\n ".join(lines or ["pass"])
        exec(f"def __init__({words}):\n {body}", known)  # noqa: S102 - as the standard library does
        function = known["__init__"]
        hints = {field.name: field.type for field in fields if field.init}
        function.__annotations__ = {**hints, "return": None}
        return function

    def _parameter(field: Field[Any], known: dict[str, Any]) -> str:
        if field.default_factory is not dataclasses.MISSING:
            return f"{field.name}=_UNSET"
        if field.default is dataclasses.MISSING:
            return field.name
        known[f"_default_{field.name}"] = field.default
        return f"{field.name}=_default_{field.name}"

    def _set_line(field: Field[Any], known: dict[str, Any]) -> str:
        name, value = field.name, field.name
        if field.default_factory is not dataclasses.MISSING:
            known[f"_factory_{name}"] = field.default_factory
            made = f"_factory_{name}()"
            value = f"{made} if {name} is _UNSET else {name}" if field.init else made
        elif not field.init:
            if field.default is dataclasses.MISSING:
                return ""
            known[f"_default_{name}"] = field.default
            value = f"_default_{name}"
        return f"_set(self, {name!r}, {value})"

    def _shown(fields: Sequence[Field[Any]]) -> Methods:
        """Return what prints, compares and hashes, by the fields that say so."""
        shown = tuple(field.name for field in fields if field.repr)
        compared = _values(field.name for field in fields if field.compare)
        hashed = _values(
            field.name for field in fields if (field.compare if field.hash is None else field.hash)
        )

        @recursive_repr()
        def shown_as(self: object) -> str:
            values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{type(self).__qualname__}({values})"

        def is_equal(self: object, other: object) -> bool:
            if other.__class__ is not self.__class__:
                return NotImplemented
            return compared(self) == compared(other)

        def hash_of(self: object) -> int:
            return hash(hashed(self))

        return {"__repr__": shown_as, "__eq__": is_equal, "__hash__": hash_of}

    def _values(names: Iterable[str]) -> Callable[[object], tuple[Any, ...]]:
        """Return what reads these attributes as a tuple, which alone compares a NaN by identity."""
        names = tuple(names)
        if len(names) > 1:
            return attrgetter(*names)
        return lambda self: tuple(getattr(self, name) for name in names)

    def _kept(cls: type, names: Sequence[str]) -> Methods:
        """Return what refuses a change."""

        def refuse_set(self: object, name: str, value: object) -> None:
            if type(self) is cls or name in names:
                raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
            object.__setattr__(self, name, value)

        def refuse_delete(self: object, name: str) -> None:
            if type(self) is cls or name in names:
                raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
            object.__delattr__(self, name)

        return {"__setattr__": refuse_set, "__delattr__": refuse_delete}

    def _state(names: Sequence[str]) -> Methods:
        """Return what pickles: without it a copy would be set attribute by attribute."""

        def state_of(self: object) -> list[Any]:
            return [getattr(self, name) for name in names]

        def restore(self: object, state: Sequence[Any]) -> None:
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        return {"__getstate__": state_of, "__setstate__": restore}
