"""What a commitment stands for, and what an eval with one may declare."""

import pytest

from runner.core.problem import MalformedError
from runner.evals.commit import contents
from runner.evals.heldout import heldout_digest
from runner.evals.load import eval_digest, read_eval
from runner.evals.model import Eval

DIGEST, OTHER = "a" * 64, "b" * 64
ANN, BOB = f"age1{'q' * 58}", f"age1{'p' * 58}"
BASE = """\
eval: e
version: 1
checker: {command: [python3, check.py]}
heldout: [{file: a.jsonl.age, slices: [x]}, {file: b.jsonl.age, slices: [y]}]
metrics: {f1: {direction: max}}
"""
FILES = {"a.jsonl": b"1\n", "b.jsonl": b"2\n", "c.jsonl": b"1\n"}


def declared(more: str = f"recipient: {ANN}\n", base: str = BASE) -> Eval:
    return read_eval((base + more).encode(), path="evals/e/eval.yaml", kinds={}).eval


def opened(name: str) -> bytes:
    return FILES[name.removesuffix(".age").removesuffix(".xz")]


def test_names_order_slices_and_packing_do_not_count() -> None:
    other = BASE.replace("a.jsonl.age, slices: [x]", "b.jsonl.xz.age, slices: [z]", 1)
    other = other.replace("{file: b.jsonl.age, slices: [y]}", "{file: c.jsonl.age}")
    assert contents(declared(base=other), opened) == contents(declared(), opened)


def test_what_is_held_out_counts() -> None:
    fewer = BASE.replace(", {file: b.jsonl.age, slices: [y]}", "")
    assert contents(declared(base=fewer), opened) != contents(declared(), opened)


def test_a_commitment_and_what_was_revealed_leave_the_evals_digest_alone() -> None:
    more = f"recipient: {ANN}\ncommitment: {DIGEST}\nrevealed: revealed.json\n"
    assert eval_digest(declared(more)) == eval_digest(declared())


def test_an_origin_gives_both_digests_of_the_time_before() -> None:
    origin = f"origin: {{recipient: {ANN}, heldout: {OTHER}}}\n"
    found = declared(f"recipient: {BOB}\ncommitment: {DIGEST}\n{origin}")
    assert eval_digest(found) == eval_digest(declared())
    assert heldout_digest(found, lambda _: b"sealed anew") == OTHER


@pytest.mark.parametrize(
    ("base", "more", "expected"),
    [
        pytest.param(
            BASE,
            f"recipient: {BOB}\norigin: {{recipient: {ANN}, heldout: {OTHER}}}\n",
            "7: origin: needs commitment beside it, or nothing says that these are still the same "
            "cases; git-loop data rotate writes both",
            id="an origin alone",
        ),
        pytest.param(
            BASE.replace("heldout: [", "dev: d.jsonl # [").replace("slices", "s"),
            f"recipient: {BOB}\ncommitment: {DIGEST}\n",
            "7: commitment: there is no held-out source that it could stand for",
            id="nothing held out",
        ),
        pytest.param(
            BASE,
            f"commitment: {DIGEST}\n",
            "1: recipient: missing: sealed or generated cases need the public key that scores are "
            "sealed to",
            id="no recipient",
        ),
        pytest.param(
            BASE,
            f"recipient: {BOB}\ncommitment: abc\n",
            "7: commitment: expected",
            id="no digest",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_line(base: str, more: str, expected: str) -> None:
    with pytest.raises(MalformedError) as caught:
        declared(more, base)
    assert str(caught.value).startswith(f"evals/e/eval.yaml:{expected}")
