"""Nothing held out, and no secret, is left in anything that a whole campaign leaves behind."""

import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.core.receipt import MakeReceipt
from runner.core.request import Made
from runner.core.row import WHY, Row
from runner.iteration.secret import masked, masked_make
from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of
from tests.text_loop import SECRET

if TYPE_CHECKING:
    from tests.conftest import Workshop

NEEDLE = "heron"
TOKEN, NAME = "not-of-any-known-shape-7731", "MILL_PASSWORD"
NONE = "candidates are kept and shown, so none may hold a secret"
SHAPED = "hf_" + "aB3" * 9
SPEC = """\
version: 1
loop: toy
make: {command: [python3, -S, -E, train.py], env: [COUNT, MILL_PASSWORD], minutes: 1}
check: {eval: birds, minutes: 1}
gate: {primary: hit}
stop: {patience: 20}
hypotheses:
  - {id: taller, line: a, why: it may help}
"""
EVAL = """\
eval: birds
version: 1
checker: {command: [python3, -S, -E, check.py]}
dev: dev.jsonl
heldout: [{file: held.jsonl.age, slices: [all]}]
recipient: RECIPIENT
metrics: {hit: {direction: max}}
"""
TRAIN = """\
import json, os, sys
plan = json.load(open(os.environ["LOOP_PLAN"]))
steps = json.load(open("steps.json"))
step = steps[min(plan["iteration"], len(steps) - 1)]
token = os.environ["MILL_PASSWORD"]
shaped = "hf_" + "aB3" * 9
print("logging in with", token, "and", shaped)
print("curl -H 'Authorization: Bearer " + token + "'", file=sys.stderr)
if step["do"] == "crash":
    raise SystemExit("refused: " + token + " " + shaped)
noted = token if step["do"] == "write" else ""
with open(os.environ["LOOP_OUT"] + "/model.json", "w") as out:
    json.dump({"level": step["level"], "n": plan["iteration"], "do": step["do"], "by": noted}, out)
"""
CHECK = """\
import json, os, sys
model = json.load(open(os.environ["LOOP_MODEL"] + "/model.json"))
lines = open(os.environ["LOOP_CASES"]).read().splitlines()
held = os.environ["LOOP_SPLIT"] == "heldout"
with open(os.environ["LOOP_OUT"], "w") as out:
    for number, line in enumerate(lines):
        case = json.loads(line)
        print("scoring", case["text"])
        print("scoring", line, file=sys.stderr)
        right = number < model["level"] - (30 if held and model["do"] == "worse" else 0)
        out.write(json.dumps({"case": case["id"], "hit": float(right)}) + "\\n")
if held and model["do"] == "quote":
    raise ValueError("no score for " + "; ".join(lines))
if held and model["do"] == "nan":
    open(os.environ["LOOP_OUT"], "w").write(json.dumps({"case": lines[0], "hit": float("nan")}))
if held and model["do"] == "copy":
    open(os.environ["LOOP_OUT"], "w").write("\\n".join(lines))
"""
STEPS = {
    "baseline": (3, ""),
    "accept": (12, ""),
    "error, its exception quotes the cases": (20, "quote"),
    "keep": (16, ""),
    "failed, a case as the name of a score": (20, "nan"),
    "reject": (20, "worse"),
    "error, the cases as scores": (24, "copy"),
    "failed, the secret in its weights": (28, "write"),
    "error, the secret in its exception": (0, "crash"),
}


def lines(word: str, name: str) -> str:
    found = [{"id": f"{name}{n}", "text": f"a {word} stood there {n}"} for n in range(30)]
    return "".join(json.dumps(each) + "\n" for each in found)


@pytest.fixture
def campaign(workshop: "Workshop") -> "Workshop":
    """A whole campaign whose children say all that they know, published."""
    identity = new_identity()
    recipient = recipient_of(identity)
    workshop.monkeypatch.setenv("LOOP_HELDOUT_KEY", identity)
    workshop.monkeypatch.setenv(NAME, TOKEN)
    steps = [{"level": level, "do": do} for level, do in STEPS.values()]
    workshop.commit(
        {
            "loops/toy.yaml": SPEC,
            "evals/birds/eval.yaml": EVAL.replace("RECIPIENT", recipient),
            "evals/birds/check.py": CHECK,
            "evals/birds/dev.jsonl": lines("wren", "d"),
            "evals/birds/held.jsonl.age": seal(lines(NEEDLE, NEEDLE).encode(), recipient),
            "train.py": TRAIN,
            "steps.json": json.dumps(steps),
        }
    )
    return workshop


def objects(repo: Path) -> bytes:
    """Return every object of a repository unpacked, reachable or not."""
    asked = ["git", "cat-file", "--batch", "--batch-all-objects", "--unordered"]
    return subprocess.run(asked, cwd=repo, capture_output=True, check=True).stdout


def objects_of(repo: Path) -> int:
    """Count them."""
    asked = ["git", "cat-file", "--batch-check", "--batch-all-objects"]
    done = subprocess.run(asked, cwd=repo, capture_output=True, check=True)
    return len(done.stdout.splitlines())


def unpacked(path: Path) -> bytes:
    """Return a file's bytes, and what they hold where they are an archive."""
    data = path.read_bytes()
    for open_ in (lzma.decompress, gzip.decompress):
        try:
            return data + b"\n" + open_(data)
        except (lzma.LZMAError, OSError, EOFError):
            continue
    return data


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def everything(shop: "Workshop", told: list[str]) -> dict[str, bytes]:
    """Return all that a campaign leaves: objects, refs, logs, store, receipts, requests, words."""
    found = {str(path): unpacked(path) for path in files(shop.home, shop.top / ".git")}
    for repo in (shop.top, shop.place / "forge.git"):
        found[f"the objects of {repo}"] = objects(repo)
    pulls = shop.cli("forge", "show", "1")
    more = [shop.cli("status"), shop.cli("show", "toy"), shop.cli("validate", "toy"), pulls]
    words = "\n".join([*told, *(each.out + each.err for each in more)])
    return found | {"what was said": words.encode()}


def kept(shop: "Workshop") -> dict[str, bytes]:
    """Return what is kept or shown: objects of both repositories, the store, the pull request."""
    found = {str(path): unpacked(path) for path in files(shop.place / "store")}
    for repo in (shop.top, shop.place / "forge.git"):
        found[f"the objects of {repo}"] = objects(repo)
    return found | {"the pull request": shop.cli("forge", "show", "1").out.encode()}


def holding(found: dict[str, bytes], *words: str) -> list[str]:
    return [where for where, data in found.items() if any(word.encode() in data for word in words)]


@pytest.mark.slow
def test_a_campaign_whose_checker_quotes_every_case_leaves_no_word_of_them(
    campaign: "Workshop",
) -> None:
    done = campaign.cli("run", "toy", "--iterations", "8")
    assert done.code == 0, done.err
    assert campaign.verdicts() == [name.partition(",")[0] for name in STEPS]
    found = everything(campaign, [done.out, done.err])
    assert len(holding(found, "a wren stood there 29")) > 1  # what is not held out is found
    left = holding(found, NEEDLE)
    count = sum(objects_of(repo) for repo in (campaign.top, campaign.place / "forge.git"))
    sys.stderr.write(f"\n{count} git objects, {len(found)} files: {len(left)} hold a word\n")
    assert left == []


def test_a_secret_that_a_child_was_given_is_in_nothing_that_is_kept_or_shown(
    campaign: "Workshop",
) -> None:
    steps = [{"level": level, "do": do} for level, do in ((3, ""), (28, "write"), (0, "crash"))]
    campaign.commit({"steps.json": json.dumps(steps)})
    done = campaign.cli("run", "toy", "--iterations", "2")
    assert done.code == 0, done.err
    assert [row["reason"] for row in campaign.rows()][1:] == [
        f"model.json holds the value of {NAME}; {NONE}",
        "maker exited with 1: refused: [redacted] [redacted]",
    ]
    assert holding(kept(campaign), TOKEN, SHAPED) == []
    receipts = {
        f"{path}": path.read_bytes() for run in campaign.runs() for path in run.glob("*.json")
    }
    assert len(receipts) > len(STEPS)
    assert holding(receipts, TOKEN, SHAPED) == []
    assert TOKEN not in done.out + done.err
    logs = [path for path in files(campaign.home) if path.suffix == ".log"]
    assert holding({str(path): path.read_bytes() for path in logs}, TOKEN) != []


def test_a_proposer_cannot_write_its_key_into_the_text(
    proposing: Callable[..., None], workshop: "Workshop"
) -> None:
    proposing('echo "use $MILL_PASSWORD" >> prompt.txt\n')
    spec = (workshop.top / "loops/toy.yaml").read_text()
    workshop.monkeypatch.setenv(NAME, TOKEN)
    workshop.spec(spec.replace("propose.sh]", f"propose.sh], env: [{NAME}]"))
    assert workshop.cli("run", "toy").code == 0
    row = workshop.rows()[-1]
    assert (row["verdict"], row["candidate"]) == ("failed", None)
    assert row["reason"] == f"prompt.txt holds the value of {NAME}; {NONE}"
    assert holding(kept(workshop), TOKEN) == []


def test_what_a_proposer_says_of_its_edit_is_masked(campaign: "Workshop") -> None:
    campaign.run()
    row = Row.model_validate(campaign.rows()[0])
    data = (campaign.runs()[0] / "make.json").read_bytes()
    made = MakeReceipt.model_validate_json(data)
    said = {WHY: f"log in with {TOKEN}, or {SHAPED}", "edits": 2}
    shown = masked(row.model_copy(update={"figures": said}), {NAME: TOKEN})
    told = masked_make(made.model_copy(update={"made": Made(figures=said)}), {NAME: TOKEN})
    hidden = {WHY: "log in with [redacted], or [redacted]", "edits": 2}
    assert (shown.figures, told.made.figures) == (hidden, hidden)
    assert (shown.reason, told.reason) == (row.reason, made.reason)


def test_a_token_in_a_hypothesis_is_masked_where_the_loop_shows_it(campaign: "Workshop") -> None:
    campaign.spec(f'{SPEC}  - {{id: later, line: b, why: "ask with {SHAPED}"}}\n')
    assert campaign.cli("run", "toy").code == 0
    shown = campaign.file("state/toy/LOOP_STATE.md") + campaign.cli("forge", "show", "1").out
    messages = campaign.git("log", "--format=%B", campaign.authority)
    assert "ask with" in shown
    assert SHAPED not in shown + messages


@pytest.mark.slow
def test_the_traces_of_a_look_hold_no_case_in_the_clear(logs: Callable[..., "Workshop"]) -> None:
    shop = logs()
    done = shop.cli("run", "toy")
    assert done.code == 0, done.err
    assert shop.verdicts() == ["baseline", "accept"]
    assert holding(everything(shop, [done.out, done.err]), SECRET) == []
    opened = shop.cli("trace", "grep", "toy", SECRET, "--heldout")
    assert SECRET in opened.out
