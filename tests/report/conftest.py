"""A small campaign: baseline, keep, accept, reject, error, reset, iteration."""

from collections.abc import Callable

import pytest

from runner.core.head import Head, LineState
from runner.core.row import (
    Cost,
    EvalRef,
    Failure,
    GateNumbers,
    HeldoutScore,
    Host,
    Isolation,
    Look,
    Reset,
    Row,
)
from runner.evals.model import Eval
from runner.report.view import CampaignView
from runner.spec.model import Spec

PRIMARY = "exact_at_budget@dense"


@pytest.fixture(scope="session")
def make_spec() -> Callable[..., Spec]:
    def build(**changes: object) -> Spec:
        data = {
            "version": 1,
            "loop": "kompress",
            "description": "Compress tool output without losing a must-keep token.",
            "make": {"kind": "token_compressor"},
            "check": {"eval": "kompress"},
            "hypotheses": [
                {"id": "self-label", "line": "labels", "why": "silver labels miss must-keep spans"},
                {"id": "vote", "line": "inference", "why": "different failure modes"},
            ],
            "skip": [{"id": "larger-base", "why": "no gain in two iterations", "source": 12}],
            "gate": {"primary": PRIMARY, "min_delta": 0.005},
            "stop": {"target": {"exact_pct@blind": {"min": 0.96}}},
            "budget": {"usd": 5.9, "usd_per_hour": 0.38},
        }
        return Spec.model_validate(data | changes)

    return build


@pytest.fixture(scope="session")
def make_eval() -> Callable[..., Eval]:
    def build(**changes: object) -> Eval:
        data = {
            "eval": "kompress",
            "version": 1,
            "checker": "must_keep",
            "train": "train.jsonl",
            "dev": "dev.jsonl",
            "heldout": [{"file": "natural.jsonl", "slices": ["natural"]}],
            "metrics": {
                "exact_at_budget": {"direction": "max", "ceiling": 1.0},
                "keep_rate": {"direction": "min"},
            },
        }
        return Eval.model_validate(data | changes)

    return build


@pytest.fixture(scope="session")
def make_row() -> Callable[..., Row]:
    def build(number: int, verdict: str | None = "reject", **changes: object) -> Row:
        kind = {None: "reset", "baseline": "baseline"}.get(verdict, "iteration")
        data = {
            "number": number,
            "kind": kind,
            "run": "1" * 64,
            "prev": "",
            "spec": "2" * 64,
            "reset_digest": "d",
            "eval": EvalRef(id="kompress", version=1, heldout="3" * 64),
            "code": "c",
            "line": "labels",
            "hypothesis": "self-label",
            "seed": 17 + number,
            "parent": "b" * 64,
            "candidate": f"{number:x}" * 64,
            "verdict": verdict,
            "reason": "no gain on dev",
            "cost": Cost(usd=0.25, wall_s=600),
            "isolation": Isolation(level="sandboxed", probe="bwrap 0.8, 14 of 14 attacks held"),
            "host": Host(device="cpu", versions={}),
            "started": "2026-01-01T00:00:00Z",
            "finished": "2026-01-01T00:10:00Z",
        }
        look = changes.get("look")
        scored = isinstance(look, Look) and look.spent
        return Row(**({"scores": "5" * 64 if scored else None} | data | changes))

    return build


@pytest.fixture(scope="session")
def campaign_rows(make_row: Callable[..., Row]) -> tuple[Row, ...]:
    return (
        make_row(
            0,
            "baseline",
            hypothesis=None,
            reason="no baseline yet",
            dev={PRIMARY: (None, 0.7)},
            heldout={PRIMARY: HeldoutScore(candidate=0.721, interval=(0.69, 0.75))},
            look=Look(spent=True),
        ),
        make_row(
            1,
            "keep",
            reason="ahead on dev, undecided on held-out cases",
            dev={PRIMARY: (0.7, 0.74), "keep_rate": (0.68, 0.66)},
            look=Look(spent=True, underpowered=True),
        ),
        make_row(
            2,
            "accept",
            reason="40 wins, 12 losses",
            dev={PRIMARY: (0.74, 0.78), "keep_rate": (0.66, 0.65)},
            heldout={
                PRIMARY: HeldoutScore(candidate=0.781, incumbent=0.721, interval=(0.75, 0.81)),
                "keep_rate@natural": HeldoutScore(candidate=0.65, incumbent=0.68),
            },
            gate=GateNumbers(
                n=200,
                wins=40,
                losses=12,
                d=0.06,
                interval=(0.031, 0.088),
                p=0.00021,
                alpha=0.05 / 6,
                looks=3,
                mde=0.048,
                guards={"keep_rate@natural": "holds", "content_f1@natural": "not_evaluated"},
            ),
            controls={
                "keep_all": {PRIMARY: 0.62, "keep_rate@natural": 1.0},
                "random": {PRIMARY: 0.41},
            },
            look=Look(spent=True),
        ),
        make_row(
            3,
            "error",
            reason="exit 1 in make",
            error=Failure(fingerprint="f" * 64, log_tail="ValueError: no\n"),
        ),
        make_row(
            4,
            None,
            hypothesis=None,
            reason="something new was injected: hypotheses changed",
            reset=Reset(reason="something new was injected: hypotheses changed"),
            candidate=None,
            cost=Cost(),
        ),
        make_row(
            5,
            "reject",
            line="inference",
            hypothesis="vote",
            reason="3 wins | 9 losses, says @someone in #12",
            dev={PRIMARY: (0.78, 0.79), "keep_rate": (0.65, 0.64)},
            look=Look(spent=True),
        ),
    )


@pytest.fixture(scope="session")
def make_view(
    make_spec: Callable[..., Spec],
    make_eval: Callable[..., Eval],
    campaign_rows: tuple[Row, ...],
) -> Callable[..., CampaignView]:
    def build(**changes: object) -> CampaignView:
        head = Head(
            loop="kompress",
            number=5,
            last="9" * 64,
            spec="2" * 64,
            reset_digest="d",
            eval_version=1,
            eval_heldout="3" * 64,
            incumbent="2" * 64,
            incumbent_row=2,
            working="2" * 64,
            working_row=2,
            heldout={PRIMARY: 0.781, "keep_rate@natural": 0.65},
            lines={"inference": LineState(stall=1, tried=("vote",))},
            next_seed=6,
            iterations=3,
            spent_usd=1.25,
            spent_s=3000,
            looks={"3" * 64: 4},
            resets={"3" * 64: 1},
        )
        data = {
            "spec": make_spec(),
            "eval": make_eval(),
            "head": head,
            "rows": campaign_rows,
            "claims": (campaign_rows[2],),
            "reserve_usd": 3.8,
        }
        return CampaignView(**(data | changes))

    return build
