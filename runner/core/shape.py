"""Which keys a model allows at a place, for suggestions when one is misspelt."""

from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag


def known_keys(model: type[BaseModel], location: Iterable[str | int]) -> tuple[str, ...]:
    """Return the keys that may stand at a pydantic error location, over all branches that fit.

    Args:
        model: The model that was validated.
        location: Keys and indices, with pydantic's labels of union branches among them.
    """
    types: list[Any] = [model]
    for part in location:
        # a label that is neither key nor tag (a discriminator's value) leaves all branches open
        types = [found for each in types for found in _step(each, part)] or types
    models = [each for each in types if _is_model(each)]
    return tuple(dict.fromkeys(key for each in models for key in _fields(each)))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _step(kind: Any, part: str | int) -> list[Any]:  # noqa: ANN401 - any annotation
    """Return the types that one part of a location leads to from one type."""
    if _is_model(kind):
        fields = _fields(kind)
        if part in fields:
            return _branches(fields[str(part)])
        return [kind] if part == kind.__name__ else []
    if isinstance(kind, _Tagged):
        return _branches(kind.kind) if kind.tag == part else []
    arguments = [each for each in get_args(kind) if each is not Ellipsis]
    return _branches(arguments[-1]) if arguments and get_origin(kind) is not None else []


class _Tagged:
    """A branch of a tagged union, entered only by its tag."""

    def __init__(self, tag: str, kind: object) -> None:
        self.tag, self.kind = tag, kind


def _branches(kind: Any) -> list[Any]:  # noqa: ANN401 - any annotation
    """Flatten unions and annotations into the types that a value may have."""
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        tag = next((each.tag for each in metadata if isinstance(each, Tag)), None)
        return _branches(inner) if tag is None else [_Tagged(tag, inner)]
    if get_origin(kind) in {Union, UnionType}:
        return [found for each in get_args(kind) for found in _branches(each)]
    return [kind]
