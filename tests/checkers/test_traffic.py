import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.checkers.must_keep.traffic import chunks, ingest
from runner.compression.errors import CompressionError
from runner.compression.log import TrafficLog

WORDS = "alpha beta gamma delta epsilon zeta eta theta"
OTHER = "one two three four five six seven eight"
SEALED = b"""\
v: 1
domain: blind
sentences: [1, 1]
joiner: "\\n"
fillers: [x]
families: {colour: {class: colour, forms: [vermilion]}}
templates: ["{colour}"]
"""


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def logged(folder: Path, *texts: str) -> Path:
    with TrafficLog(folder, consent="flag", clock=Noon()) as log:
        for text in texts:
            log.write(text, domain="log")
    return folder


def counts(**given: int) -> dict[str, int]:
    names = ("texts", "unconsented", "short", "repeated", "contaminated", "private", "taken")
    return dict.fromkeys((*names, "damaged"), 0) | given


def test_a_logged_text_is_a_train_case_without_annotations(tmp_path: Path) -> None:
    found = ingest(logged(tmp_path, WORDS), train=[], checked=[], sealed=[])
    assert found.counts == counts(texts=1, taken=1)
    assert found.cases == (
        {
            "id": "traffic-00000",
            "text": WORDS,
            "must": [],
            "domain": "log",
            "slices": ["traffic"],
            "source": "traffic",
        },
    )


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param("seven units are too few of them", "short", id="seven units"),
        pytest.param(WORDS.upper().replace(" ", "  "), "repeated", id="in train already"),
        pytest.param(f"so {OTHER} it is", "contaminated", id="in a checked split"),
        pytest.param(f"{OTHER.replace('one', 'Vermilion')}", "private", id="a sealed family"),
        pytest.param(OTHER.replace("eight", "nine"), "taken", id="seven units in common"),
    ],
)
def test_a_chunk_is_taken_or_counted_by_why_not(tmp_path: Path, text: str, verdict: str) -> None:
    found = ingest(logged(tmp_path, text), train=[WORDS], checked=[OTHER], sealed=[SEALED])
    assert found.counts == counts(texts=1, **{verdict: 1})
    assert len(found.cases) == (verdict == "taken")


def test_a_text_logged_twice_is_taken_once(tmp_path: Path) -> None:
    found = ingest(logged(tmp_path, WORDS, WORDS), train=[], checked=[], sealed=[])
    assert found.counts == counts(texts=2, taken=1, repeated=1)


def test_a_row_without_consent_is_left_out(tmp_path: Path) -> None:
    (path,) = logged(tmp_path, WORDS).iterdir()
    span = json.loads(gzip.decompress(path.read_bytes()).splitlines()[0])
    span["attributes"]["consent"] = ""
    path.write_bytes(gzip.compress(json.dumps(span).encode() + b"\n"))
    found = ingest(tmp_path, train=[], checked=[], sealed=[])
    assert found.counts == counts(texts=1, unconsented=1)
    assert found.cases == ()


def test_secrets_are_masked_even_where_the_log_held_one(tmp_path: Path) -> None:
    (path,) = logged(tmp_path, f"{WORDS} SAFE").iterdir()
    token = "ghp_" + "a1" * 15
    plain = gzip.decompress(path.read_bytes()).replace(b"SAFE", token.encode())
    path.write_bytes(gzip.compress(plain))
    (case,) = ingest(tmp_path, train=[], checked=[], sealed=[]).cases
    assert case["text"] == f"{WORDS} [redacted]"


def test_a_file_that_ends_early_is_counted_and_its_whole_lines_taken(tmp_path: Path) -> None:
    (path,) = logged(tmp_path, WORDS, OTHER).iterdir()
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(lines[0] + lines[1][:-20]))
    found = ingest(tmp_path, train=[], checked=[], sealed=[])
    assert found.counts == counts(texts=1, taken=1, damaged=1)


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    span = {"name": "chat", "seconds": 0.0, "attributes": {}}
    name = "traffic-20260301T120000000000-1-0.jsonl.gz"
    (tmp_path / name).write_bytes(gzip.compress(json.dumps(span).encode() + b"\n"))
    with pytest.raises(CompressionError, match=f"{name}:1: not a text of a traffic log"):
        ingest(tmp_path, train=[], checked=[], sealed=[])


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    found = ingest(tmp_path, train=[], checked=[], sealed=[])
    assert (found.cases, found.counts) == ((), counts())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" \n\n", [], id="blank"),
        pytest.param("ab\ncd\nef\n", ["ab\ncd\n", "ef\n"], id="at newlines"),
        pytest.param("ab cd ef", ["ab cd ", "ef"], id="a long line at a space"),
        pytest.param("abcdefgh", ["abcdef", "gh"], id="a long word where it must"),
        pytest.param("a\nbcdefghi\n", ["a\n", "bcdefg", "hi\n"], id="a long line after another"),
    ],
)
def test_texts_are_cut_into_chunks(text: str, expected: list[str]) -> None:
    assert list(chunks(text, 6)) == expected
    assert "".join(expected) == text or not text.strip()


def test_blank_lines_make_no_chunk_between_others() -> None:
    assert list(chunks(f"ab\n{12 * ' '}\ncd\n", 3)) == ["ab\n", "cd\n"]
