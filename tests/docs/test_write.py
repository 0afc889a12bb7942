"""The pages on writing an eval, a checker, a maker and a proposer, followed one after the other."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from runner.core.request import CheckRequest, MakeRequest, ProposeRequest
from runner.core.score import CaseScore
from tests.docs.page import blocks, files, read

if TYPE_CHECKING:
    from tests.conftest import Workshop

CASES = (
    '{"id": "a", "slices": ["known"], "input": "cannot pay bill", "answer": "billing"}\n'
    '{"id": "b", "slices": ["new"], "input": "how to pay bill", "answer": "howto"}\n'
)


@pytest.mark.slow
def test_the_pages_lead_from_cases_to_accepted_settings(
    bare_workshop: "Workshop", monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = bare_workshop
    shop.git("init", "-q", "-b", "main")
    shop.write(files("docs/write-an-eval.md") | files("docs/write-a-checker.md"))
    subprocess.run([sys.executable, "evals/tickets/draw.py"], cwd=shop.top, check=True)
    key = Path(os.environ["HOME"], "tickets.key")
    key.parent.mkdir(parents=True, exist_ok=True)
    assert shop.cli("data", "seal", "tickets", "--new-key", str(key), "--remove").code == 0
    monkeypatch.setenv("LOOP_HELDOUT_KEY", key.read_text().splitlines()[-1])
    assert not (shop.top / "evals/tickets/held.jsonl").exists()
    shop.commit(files("docs/write-a-maker.md"), "Add a loop that sorts tickets")
    shown = next(
        line for line in read("docs/write-an-eval.md").splitlines() if "net wins needed" in line
    )
    assert shown.strip() in shop.cli("validate", "tickets").out
    fresh = shop.file("loops/tickets.yaml", "main").replace("primary: right", "primary: right@new")
    fresh = fresh.replace("loop: tickets", "loop: fresh")
    shop.write({"loops/fresh.yaml": fresh})
    assert "held-out cases: 120 for right@new" in shop.cli("validate", "fresh").out
    (shop.top / "loops/fresh.yaml").unlink()
    done = shop.cli("run", "tickets", "--iterations", "2", "--json").json
    assert [each["row"]["verdict"] for each in done] == ["baseline", "reject", "accept"]
    shop.commit(files("docs/write-a-proposer.md"), "Let a loop tune the settings")
    done = shop.cli("run", "tuned", "--iterations", "4", "--json").json
    assert [each["row"]["verdict"] for each in done] == ["baseline", "reject", *["accept"] * 3]
    settings = json.loads(shop.file("train.json", "loop/tuned"))
    assert settings == {"epochs": 20, "longest": 2}
    assert json.dumps(settings) in read("docs/write-a-proposer.md")


def module(page: str) -> Any:  # noqa: ANN401 - a page's own names
    """Run a page's last Python block, the built-in kind, and return what it defines."""
    names: dict[str, Any] = {}
    exec(compile(blocks(page, "python")[-1].text, page, "exec"), names)
    return SimpleNamespace(**names)


def test_the_checker_of_the_page_scores(tmp_path: Path) -> None:
    kind = module("docs/write-a-checker.md")
    (tmp_path / "answers.json").write_text('{"a": "billing", "b": "crash"}')
    (tmp_path / "cases.jsonl").write_text(CASES)
    request = CheckRequest(
        kind="k",
        params={},
        model=tmp_path,
        cases=tmp_path / "cases.jsonl",
        out=tmp_path / "out",
    )
    assert list(kind.check(request, kind.Params())) == [
        CaseScore(case="a", slices=("known",), metrics={"right": 1}),
        CaseScore(case="b", slices=("new",), metrics={"right": 0}),
    ]


def test_the_maker_of_the_page_makes(tmp_path: Path) -> None:
    kind = module("docs/write-a-maker.md")
    (tmp_path / "train.jsonl").write_text(CASES)
    request = MakeRequest(
        kind="k",
        params={},
        out=tmp_path,
        train=tmp_path / "train.jsonl",
        ckpt=tmp_path,
        seed=1,
    )
    assert kind.make(request, kind.Params(smooth=0.5)).figures == {"cases": 2}
    assert json.loads((tmp_path / "model.json").read_text()) == {"billing": 1.5, "howto": 1.5}


def test_the_proposer_of_the_page_edits_the_surface(tmp_path: Path) -> None:
    kind = module("docs/write-a-proposer.md")
    (tmp_path / "a.md").write_text("one\n")
    request = ProposeRequest(
        kind="k",
        params={},
        tree=tmp_path,
        surface=("a.md",),
        plan=tmp_path / "plan.json",
        traces=tmp_path,
        ckpt=tmp_path,
        seed=1,
    )
    assert kind.propose(request, kind.Params(line="two"), None).why == "adds 'two'"
    assert (tmp_path / "a.md").read_text() == "one\ntwo\n"
    assert kind.needs(kind.Params(line="two")).network == "none"
