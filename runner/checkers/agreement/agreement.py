"""How far an answer agrees with a label, field by field; pure.

Absent on both sides is agreement, and null is not absent. A boolean is no number: true is neither
1 nor "true"; 1 and 1.0 are one number.
"""

import json
from collections.abc import Mapping
from typing import Any

from runner.checkers.agreement.errors import AgreementError
from runner.checkers.agreement.params import Params

PREFIX = "agree_"
_ABSENT = object()


def field_scores(
    answer: Mapping[str, Any], label: Mapping[str, Any], params: Params
) -> dict[str, float]:
    """Compare every declared field; each score is in [0, 1], higher is better, and symmetric.

    Args:
        answer: What the model said.
        label: What would have been right.
        params: Which fields there are, and how each is compared.

    Source: field agreement of agent-eval's distillation harness: exact matches on categorical
    fields, Jaccard overlap on array fields.
    """
    scores = {}
    for name in params.categorical:
        scores[name] = exact(answer.get(name, _ABSENT), label.get(name, _ABSENT))
    for name in params.array:
        scores[name] = jaccard(answer.get(name, []), label.get(name, []))
    for name in params.text:
        scores[name] = similarity(answer.get(name, _ABSENT), label.get(name, _ABSENT))
    return scores


def weighted_mean(scores: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Average scores of fields; a field without a weight weighs 1.

    Args:
        scores: Field to score, at least one.
        weights: Field to weight, above 0.

    Raises:
        AgreementError: a score outside [0, 1] or not finite; it would hide what all others say.
    """
    total = weight = 0.0
    for name, score in scores.items():
        if not 0 <= score <= 1:
            raise AgreementError(f'the comparison of "{name}" gave {score}, outside [0, 1]')
        share = weights.get(name, 1.0)
        total += share * score
        weight += share
    return total / weight


def exact(answer: object, label: object) -> float:
    """Return 1 where two JSON values are the same, else 0."""
    if type(answer) is type(label) and isinstance(answer, str | bool | int | float):
        return float(answer == label)
    return float(key(answer) == key(label))


def jaccard(answer: object, label: object) -> float:
    """Return the shared items over all items of two lists, as sets; 1 where both are empty.

    A repeated item counts once. Two nulls agree; else a value that is no list has nothing in
    common with any.
    """
    if not isinstance(answer, list) or not isinstance(label, list):
        return float(answer is None and label is None)
    ours, theirs = set(map(_item, answer)), set(map(_item, label))
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def similarity(answer: object, label: object) -> float:
    """Return 1 - edits / length of the longer of two texts; 1 where both are empty.

    Of values that are no texts, equal ones agree.
    """
    if not isinstance(answer, str) or not isinstance(label, str):
        return exact(answer, label)
    if answer == label:
        return 1.0
    # an optional extra, and tens of milliseconds that label fields need not pay
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - see above

    return Levenshtein.normalized_similarity(answer, label)


def key(value: object) -> str:
    """Return a text that two JSON values share exactly if they are the same."""
    if value is _ABSENT:
        return ""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def category(values: Mapping[str, Any], name: str) -> str:
    """Return what a categorical field says, as a text; "" where it is absent."""
    return key(values.get(name, _ABSENT))


def _item(value: object) -> str | tuple[str]:
    """Return what two items of a list share exactly if they are the same."""
    return value if isinstance(value, str) else (key(value),)


def _plain(value: object) -> object:
    """Return a value with whole floats as integers, since JSON knows one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
