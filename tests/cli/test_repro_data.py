"""`git-loop repro` of rows that an eval judged: its files, and what cannot be had again."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Workshop


def files(shop: "Workshop") -> dict[str, str]:
    found = shop.cli("repro", "toy", "--json").json["data"]
    return {each["path"]: each["sha256"] for each in found}


def test_the_files_of_a_sealed_eval_are_named_as_they_are_committed(sealed: "Workshop") -> None:
    sealed.levels(3, 12)
    sealed.run()
    names = ("eval.yaml", "dev.jsonl", "held.jsonl.age")
    assert files(sealed) == {
        f"evals/birds/{name}": hashlib.sha256(
            (sealed.top / "evals/birds" / name).read_bytes()
        ).hexdigest()
        for name in names
    }
    asked = sealed.cli("repro", "toy", "--json").json["asked"]
    assert asked == {
        "command": "python3 -S -E train.py",
        "variables": ["COUNT"],
        "network": False,
        "gpus": 0,
    }


def test_candidates_that_are_gone_are_limits_and_no_error(sealed: "Workshop") -> None:
    sealed.levels(3, 12)
    sealed.run()
    (sealed.place / "store").rename(sealed.place / "gone")
    told = sealed.cli("repro", "toy", "--json")
    baseline = sealed.rows()[0]["candidate"][:12]
    assert told.json["limits"] == [
        f"its parent, candidate {baseline}, is not in the store here",
        f"its incumbent, candidate {baseline}, is not in the store here",
        (
            f"it started from candidate {baseline}: another machine needs that in its store, "
            "or makes the rows before this one first"
        ),
    ]
    assert (told.code, told.json["here"][-1]) == (0, "git-loop replay toy 1")


def test_a_baseline_starts_from_nothing(sealed: "Workshop") -> None:
    sealed.levels(3, 12)
    sealed.run()
    found = sealed.cli("repro", "toy", "baseline", "--json").json
    assert (found["row"]["number"], found["limits"]) == (0, [])
