"""No field of a spec or an eval is left out of the page that lists them."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from runner.evals.model import Eval
from runner.spec.model import Spec
from tests.docs.page import read


def models(found: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(found, type) and issubclass(found, BaseModel):
        yield found
        for field in found.model_fields.values():
            yield from models(field.annotation)
            for more in field.metadata:
                yield from models(more)
    for part in get_args(found):
        yield from models(part)


@pytest.mark.parametrize("whole", [Spec, Eval])
def test_every_field_stands_on_the_page(whole: type[BaseModel]) -> None:
    told = read("docs/spec.md") + read("docs/gate.md").partition("## Checks")[2]
    words = {word for code in re.findall(r"`([^`\n]+)`|^ +(.+)$", told, re.MULTILINE)
             for part in code for word in re.findall(r"\w+", part)}  # fmt: skip
    fields = {
        field.alias or name for model in models(whole) for name, field in model.model_fields.items()
    }
    assert len(fields) > 12
    assert sorted(fields - words) == []
