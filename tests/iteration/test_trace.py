"""Traces of a run: named in its folder, kept in the store, sealed where cases are held out."""

import gzip
import lzma
import re
from pathlib import Path

import pytest

from runner.core.score import CaseScore
from runner.iteration.folder import RunFolder, RunFolderError
from runner.iteration.trace import Shelf, keep_traces
from runner.seal.box import unseal
from runner.seal.key import new_identity, recipient_of
from runner.store.store import Store
from runner.trace.error import TraceError
from runner.trace.file import TraceWriter, trace_name
from runner.trace.index import PackEntry, TraceIndex
from runner.trace.span import chat, message, verdict_span
from runner.trace.unpack import read_cases, read_members

CASE = "heldout-case-4711"
QUESTION = "what nobody may have seen"
REASONING = "thought in private"
ANSWER = "kept under seal"
RIGHT = "the label itself"
SCORE = 0.8675309
SECRETS = (CASE, QUESTION, REASONING, ANSWER, RIGHT, str(SCORE), trace_name(CASE, 0)[:16])


def leave(folder: Path, case: str = CASE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with TraceWriter(folder / trace_name(case, 0)) as writer:
        answered = message("assistant", ANSWER, reasoning=REASONING)
        writer.write(chat("m", asked=[message("user", QUESTION)], answered=[answered]))
        score = CaseScore(case=case, metrics={"agreement": SCORE})
        writer.write(verdict_span(score, correction=RIGHT))
    return folder


class Run:
    """A run directory with a store beside it; the vault is elsewhere."""

    def __init__(self, top: Path) -> None:
        self.identity = new_identity()
        self.folder = RunFolder(top / "home" / "runs" / "r")
        self.folder.create()
        self.store = Store(top / "home" / "store")
        self.vault = top / "vault"
        self.shelf = Shelf(self.store, self.folder, recipient_of(self.identity))

    @property
    def index(self) -> TraceIndex:
        found = self.folder.read("traces", TraceIndex)
        assert found is not None
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_dev_traces_are_named_with_their_cases(run: Run) -> None:
    kept = keep_traces(
        run.shelf, [leave(run.vault, "t1")], arm="dev/attempt-1", split="dev", candidate="c" * 64
    )
    assert kept is not None
    assert run.index.packs == (kept,)
    assert (kept.arm, kept.split, kept.sealed) == ("dev/attempt-1", "dev", False)
    assert [(case.id, case.scores) for case in kept.cases] == [("t1", {"agreement": SCORE})]
    (found,) = read_members(run.store.get_blob(kept.sha256), kept.cases)
    assert [span.name for span in found.trace.spans] == ["chat m", "verdict"]


def everything(top: Path) -> bytes:
    """Every name and every byte below a folder, and whatever can be unpacked of it."""
    seen = []
    for path in sorted(top.rglob("*")):
        seen.append(str(path.relative_to(top)).encode())
        if path.is_file():
            data = path.read_bytes()
            seen.append(data)
            for unpack, fault in ((gzip.decompress, OSError), (lzma.decompress, lzma.LZMAError)):
                try:
                    seen.append(unpack(data))
                except (fault, EOFError):
                    continue
    return b"\n".join(seen)


def test_nothing_of_a_held_out_case_stands_anywhere_in_plain(run: Run, tmp_path: Path) -> None:
    open_arm = keep_traces(run.shelf, [leave(run.vault)], arm="dev", split="dev")
    assert open_arm is not None
    plain = everything(tmp_path / "home")
    for secret in SECRETS:  # the search finds what is there to be found
        assert secret.encode() in plain, secret
    (run.folder.path / "traces.json").unlink()
    for blob in (run.store.root / "blobs").rglob(open_arm.sha256):
        blob.unlink()

    kept = keep_traces(run.shelf, [leave(run.vault)], arm="candidate", split="heldout")
    assert kept is not None
    assert kept == PackEntry(
        arm="candidate",
        split="heldout",
        sha256=kept.sha256,
        size=len(run.store.get_blob(kept.sha256)),
        sealed=True,
    )
    left = everything(tmp_path / "home")
    for secret in SECRETS:
        assert secret.encode() not in left, secret
    (case,) = read_cases(unseal(run.store.get_blob(kept.sha256), run.identity))
    assert (case.id, case.scores) == (CASE, {"agreement": SCORE})


def test_held_out_cases_that_are_no_secret_stay_out_of_the_index(run: Run) -> None:
    shelf = Shelf(run.store, run.folder, None)
    kept = keep_traces(shelf, [leave(run.vault)], arm="candidate", split="heldout")
    assert kept is not None
    assert (kept.sealed, kept.cases) == (False, ())
    assert CASE not in (run.folder.path / "traces.json").read_text()
    assert [case.id for case in read_cases(run.store.get_blob(kept.sha256))] == [CASE]


def test_a_second_try_replaces_the_first_and_other_arms_stay(run: Run) -> None:
    for case, arm in (("t1", "train"), ("t2", "dev/attempt-1"), ("t3", "dev/attempt-1")):
        keep_traces(run.shelf, [leave(run.vault / case, case)], arm=arm, split="dev")
    held = {pack.arm: [case.id for case in pack.cases] for pack in run.index.packs}
    assert held == {"train": ["t1"], "dev/attempt-1": ["t3"]}


def test_a_checker_that_leaves_no_trace_leaves_no_index(run: Run, tmp_path: Path) -> None:
    assert keep_traces(run.shelf, [tmp_path / "gone"], arm="train", split="train") is None
    assert not (run.folder.path / "traces.json").exists()


def test_what_is_no_trace_keeps_the_index_as_it_was(run: Run) -> None:
    keep_traces(run.shelf, [leave(run.vault, "t1")], arm="train", split="train")
    before = run.index
    (leave(run.vault, "t2") / "x.jsonl.gz").write_bytes(b"PK")
    with pytest.raises(TraceError, match=re.escape(f"{run.vault}/x.jsonl.gz is no trace")):
        keep_traces(run.shelf, [run.vault], arm="dev", split="dev")
    assert run.index == before
    assert (run.vault / trace_name("t2", 0)).is_file()


def test_an_index_that_names_held_out_cases_is_refused(run: Run) -> None:
    kept = keep_traces(run.shelf, [leave(run.vault, "t1")], arm="candidate", split="dev")
    assert kept is not None
    path = run.folder.path / "traces.json"
    path.write_text(path.read_text().replace('"split":"dev"', '"split":"heldout"'))
    with pytest.raises(RunFolderError, match=r"a held-out pack's cases stand inside it only"):
        run.folder.read("traces", TraceIndex)
