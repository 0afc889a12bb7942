"""A skill file among files that are nobody's business, and a meta model that is open."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.core.chat import Decoding
from runner.proposers.meta import Meta
from runner.trace.file import TraceWriter
from tests.proposers.desk import PATH, SENTINEL, SKILL, Desk, FakeModel


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    for path, text in {
        PATH: SKILL,
        "README.md": SENTINEL,
        "evals/triage/dev.jsonl": SENTINEL,
        "evals/triage/clerk.yaml": f"rules: [{{reply: {SENTINEL}}}]\n",
        "skills/triage/other.md": SENTINEL,
        "state/head.json": SENTINEL,
    }.items():
        place = tmp_path / "tree" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    (tmp_path / "ckpt").mkdir()
    (tmp_path / "ckpt/secret").write_text(SENTINEL)
    return Desk(tmp_path)


@pytest.fixture
def meta_of(tmp_path: Path) -> Iterator[Callable[[FakeModel], Meta]]:
    with TraceWriter(tmp_path / "meta.jsonl.gz") as trace:
        yield lambda model: Meta(model, decoding=Decoding(), trace=trace)
