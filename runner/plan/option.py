"""An idea's options as a command is told of them."""

import json
import re
from collections.abc import Mapping

_ODD = re.compile("[^A-Z0-9]+")


def options(given: Mapping[str, object]) -> dict[str, str]:
    """Return a hypothesis' `with` as variables, so that a program with flags is told as it is.

    `learning-rate: 0.1` is `LOOP_WITH_LEARNING_RATE=0.1`. Lists and mappings are in the plan only.
    """
    return {
        f"LOOP_WITH_{_ODD.sub('_', name.upper())}": value
        if isinstance(value, str)
        else json.dumps(value)
        for name, value in given.items()
        if isinstance(value, str | int | float)
    }
