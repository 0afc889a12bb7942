"""Packs are the same for the same traces, and nothing else is ever read out of one."""

import io
import lzma
import os
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.core.canonical import canonical
from runner.core.score import CaseScore
from runner.trace.error import TraceError
from runner.trace.file import MOST_BYTES, Trace, TraceWriter, trace_name
from runner.trace.index import CaseEntry, CaseIndex
from runner.trace.pack import gather
from runner.trace.span import INPUT_TOKENS, OUTPUT_TOKENS, Span, chat, message, verdict_span
from runner.trace.unpack import read_cases, read_members

STRANGE = "the pack of traces is damaged, or was not written by git-loop"


def ask(text: str) -> Span:
    return chat("m", asked=[message("user", text)], answered=[message("assistant", f"re {text}")])


def spans_of(case: str, rep: int = 0, **score: float) -> tuple[Span, ...]:
    said = CaseScore(
        case=case,
        rep=rep,
        metrics=score or {"agreement": 1},
        tokens_in=7,
        tokens_out=3,
        cost_usd=0.25,
        seconds=2,
    )
    return (ask(case), verdict_span(said))


def leave(folder: Path, name: str, spans: Sequence[Span]) -> Path:
    folder.mkdir(exist_ok=True)
    with TraceWriter(folder / name) as writer:
        for span in spans:
            writer.write(span)
    return folder / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for case in ("b", "a", "c/d"):
        leave(tmp_path / "traces", trace_name(case, 0), spans_of(case))
    return tmp_path / "traces"


def test_a_pack_says_what_it_holds_and_gives_it_back(folder: Path) -> None:
    packed = gather([folder], split="dev")
    assert read_cases(packed.data) == packed.cases
    assert {case.id for case in packed.cases} == {"a", "b", "c/d"}
    found = {each.case.id: each.trace for each in read_members(packed.data, packed.cases)}
    assert found == {case: Trace(spans_of(case), whole=True) for case in ("a", "b", "c/d")}
    (entry,) = (case for case in packed.cases if case.id == "a")
    assert entry == CaseEntry(
        id="a",
        rep=0,
        member=trace_name("a", 0).removesuffix(".gz"),
        whole=True,
        failed=False,
        seconds=2,
        tokens_in=7,
        tokens_out=3,
        cost_usd=0.25,
        scores={"agreement": 1},
    )


def test_one_trace_is_read_alone(folder: Path) -> None:
    packed = gather([folder], split="dev")
    wanted = [case for case in packed.cases if case.id == "b"]
    (found,) = read_members(packed.data, wanted)
    assert found.trace.spans == spans_of("b")


def test_equal_traces_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    for case in ("c/d", "a", "b"):
        path = leave(tmp_path / "again", trace_name(case, 0), spans_of(case))
        os.utime(path, (0, 0))
        path.chmod(0o600)
    assert gather([tmp_path / "again"], split="dev").data == gather([folder], split="heldout").data


def test_tar_opens_it(folder: Path) -> None:
    packed = gather([folder], split="dev")
    with tarfile.open(fileobj=io.BytesIO(packed.data), mode="r:xz") as tar:
        names = tar.getnames()
        assert names == [*(case.member for case in packed.cases), "index.json"]
        lines = tar.extractfile(names[0])
        assert lines is not None
        assert lines.read().count(b"\n") == 2


def test_a_prompt_that_every_case_repeats_is_stored_once(tmp_path: Path) -> None:
    skill = os.urandom(3000).hex()  # nothing in it can be compressed below half
    for number in range(50):
        leave(tmp_path / "t", trace_name(str(number), 0), [ask(skill)])
    apart = sum(path.stat().st_size for path in (tmp_path / "t").iterdir())
    assert 10 * len(gather([tmp_path / "t"], split="dev").data) < apart


def test_repetitions_are_numbered_as_the_engine_numbers_scores(tmp_path: Path) -> None:
    folders = [tmp_path / "rep-0", tmp_path / "rep-1"]
    for folder in folders:
        for rep in (0, 1):
            leave(folder, trace_name("a", rep), spans_of("a", rep))
    packed = gather(folders, split="dev")
    assert [(case.id, case.rep) for case in packed.cases] == [
        ("a", 0),
        ("a", 2),
        ("a", 1),
        ("a", 3),
    ]
    assert len({case.member for case in packed.cases}) == 4
    assert len(list(read_members(packed.data, packed.cases))) == 4


def test_a_proposers_calls_and_a_killed_checkers_case_are_summed_up(tmp_path: Path) -> None:
    calls = [
        chat("m", asked=[], answered=[], more={INPUT_TOKENS: 5, OUTPUT_TOKENS: 2}, seconds=1.5),
        chat("m", asked=[], answered=[], more={INPUT_TOKENS: "many"}, seconds=0.5),
    ]
    leave(tmp_path / "t", "meta-17.jsonl.gz", calls)
    (entry,) = gather([tmp_path / "t"], split="train").cases
    assert (entry.id, entry.tokens_in, entry.tokens_out, entry.seconds) == ("meta-17", 5, 2, 2.0)
    assert (entry.scores, entry.whole) == ({}, True)


def test_a_trace_cut_anywhere_is_packed_up_to_its_last_whole_line(tmp_path: Path) -> None:
    spans = (*(Span(f"chat {n}", {"text": "x" * n}) for n in range(6)), *spans_of("a"))
    data = leave(tmp_path / "t", trace_name("a", 0), spans).read_bytes()
    counts = []
    for end in range(len(data)):
        (tmp_path / "t" / trace_name("a", 0)).write_bytes(data[:end])
        packed = gather([tmp_path / "t"], split="dev")
        (found,) = read_members(packed.data, packed.cases)
        assert found.trace == Trace(spans[: len(found.trace.spans)], whole=False)
        counts.append(len(found.trace.spans))
    assert (counts[0], counts[-1]) == (0, len(spans))
    assert counts == sorted(counts)


def test_no_folder_and_an_empty_one_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    packed = gather([tmp_path / "empty", tmp_path / "gone"], split="dev")
    assert packed.cases == ()
    assert read_cases(packed.data) == ()


NAME = "x.jsonl.gz"
WRONG = Span("verdict", {"loop.case.id": 3})
UNSCORED = Span("verdict", {"loop.case.id": "a", "loop.case.scores": 1})
HOSTILE: dict[str, Callable[[Path], object]] = {
    "link": lambda folder: (folder / NAME).symlink_to("/etc/passwd"),
    "pipe": lambda folder: os.mkfifo(folder / NAME),
    "folder": lambda folder: (folder / NAME).mkdir(),
    "name": lambda folder: (folder / "x.sh").write_bytes(b""),
    "control": lambda folder: (folder / "x\n.jsonl.gz").write_bytes(b""),
    "content": lambda folder: (folder / NAME).write_bytes(b"PK\3\4"),
    "verdict": lambda folder: leave(folder, NAME, [WRONG]),
    "score": lambda folder: leave(folder, NAME, [UNSCORED]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_child_should_not_leave_is_refused(folder: Path, kind: str) -> None:
    HOSTILE[kind](folder)
    with pytest.raises(TraceError):
        gather([folder], split="dev")


@pytest.mark.parametrize("kind", ["link", "name", "content", "verdict"])
def test_an_error_over_held_out_traces_names_none(folder: Path, kind: str) -> None:
    HOSTILE[kind](folder)
    with pytest.raises(TraceError, match=r"^a held-out trace(:| is no trace: )") as refused:
        gather([folder], split="heldout")
    assert str(folder) not in str(refused.value)


def xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)


INDEX = canonical(CaseIndex().model_dump(mode="json"))


def tar(*members: tarfile.TarInfo, index: bytes = INDEX) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
        last = tarfile.TarInfo("index.json")
        last.size = len(index)
        archive.addfile(last, io.BytesIO(index))
    plain = out.getvalue().rstrip(b"\0")
    return plain + b"\0" * (-len(plain) % 512) + b"\0" * 1024


def member(name: str = "a.jsonl", **changes: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for key, value in changes.items():
        setattr(made, key, value)
    return made


def test_a_tar_made_by_hand_is_read_if_it_is_what_we_write() -> None:
    assert read_cases(xz(tar(member(size=3)))) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xz at all",
        xz(b""),
        xz(b"\0" * 1024),
        xz(tar(member("../a.jsonl"))),
        xz(tar(member("/etc/passwd"))),
        xz(tar(member("a/b.jsonl"))),
        xz(tar(member("a.sh"))),
        xz(tar(member(type=tarfile.SYMTYPE, linkname="/etc/passwd"))),
        xz(tar(member(type=tarfile.LNKTYPE, linkname="b.jsonl"))),
        xz(tar(member(type=tarfile.DIRTYPE))),
        xz(tar(member(type=tarfile.FIFOTYPE))),
        xz(tar(member(type=tarfile.CHRTYPE))),
        xz(tar(member(mode=0o777))),
        xz(tar(member(mtime=1))),
        xz(tar(member(uname="root"))),
        xz(tar(member(), member())),
        xz(tar(member(size=3)).replace(b"xxx\0", b"xxx\1")),
        xz(tar() + b"more"),
        xz(tar()) + b"more",
        xz(tar()) + xz(tar()),
        xz(tar())[:-8],
        xz(tar()[:-1024]),
        xz(tar(index=b"{}x")),
        xz(tar(index=b'{"cases": [{"id": "a"}]}')),
    ],
    ids=[
        *("empty", "text", "nothing", "no index", "climbs", "absolute", "folder", "suffix"),
        *("symlink", "hard link", "directory", "pipe", "device", "mode", "time", "owner", "twice"),
        *("padding", "tail inside", "tail", "two", "cut", "no end", "index no json", "index wrong"),
    ],
)
def test_a_hostile_pack_is_refused(data: bytes) -> None:
    with pytest.raises(TraceError, match=r"pack"):
        read_cases(data)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = xz(tar(*(member(f"{n}.jsonl", size=200_000) for n in range(9))))
    with pytest.raises(TraceError, match=r"^the pack of traces unpacks to more than 1000000 "):
        read_cases(bomb, most=1_000_000)
    huge = member(size=MOST_BYTES + 1).tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(TraceError, match=STRANGE):
        read_cases(xz(huge))


def test_more_than_a_pack_may_hold_is_not_packed(folder: Path) -> None:
    with pytest.raises(TraceError, match=r"^the traces hold more than 2000 bytes; run fewer cases"):
        gather([folder], split="dev", most=2000)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_refused_or_changes_nothing(folder: Path, at: int, flip: int) -> None:
    packed = gather([folder], split="dev")
    data = bytearray(packed.data)
    data[at % len(data)] ^= flip
    try:
        found = read_cases(bytes(data))
    except TraceError:
        return
    assert found == packed.cases


def test_a_case_that_is_not_in_the_pack_is_told(folder: Path) -> None:
    packed = gather([folder], split="dev")
    other = CaseEntry(id="z", member="zz.jsonl", whole=True)
    with pytest.raises(TraceError, match=r"^the pack has no zz.jsonl; it is another run's"):
        list(read_members(packed.data, [other]))
