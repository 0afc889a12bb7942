"""Whatever comes in: a subsequence of it comes out, and no word or id is made of two."""

import gc
import math
import re
import tracemalloc
import zlib
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.compression.block import PAUSE
from runner.compression.compress import (
    STEP,
    compress,
    decoded,
    is_binary,
    stream,
    with_budget,
    with_threshold,
)
from runner.compression.deadline import Deadline
from runner.compression.errors import CompressionError
from runner.compression.fidelity import Fidelity
from runner.compression.lexer import lex
from runner.compression.options import DomainOptions, Options
from runner.compression.result import Compression
from runner.compression.unit import Span, units


@dataclass
class Dice:
    """Scores each unit by its letters, so that context and blocks do not matter; records calls."""

    options: Options = field(default_factory=Options)
    salt: int = 0
    seen: list[str] = field(default_factory=list)

    def scores(self, texts: list[str]) -> list[list[float]]:
        self.seen += texts
        return [[self._score(text[a:b]) for a, b in units(text)] for text in texts]

    def _score(self, unit: str) -> float:
        return zlib.crc32(f"{self.salt}{unit}".encode()) / 2**32  # fails on a lone surrogate

    def cut(self, text: str) -> tuple[Span, ...]:
        return units(text)


@dataclass
class Words(Dice):
    """Keeps the words it was given."""

    words: tuple[str, ...] = ()

    def _score(self, unit: str) -> float:
        return float(unit in self.words)


class Forgetful(Dice):
    """Does not record, so that what is held is the engine's own."""

    def scores(self, texts: list[str]) -> list[list[float]]:
        found = super().scores(texts)
        self.seen.clear()
        return found


@dataclass
class Ticking:
    """A clock on which each look takes as long as was said."""

    step: float
    at: float = 0.0

    def monotonic(self) -> float:
        self.at += self.step
        return self.at

    def now(self) -> None:
        raise AssertionError("wall time decides nothing")


def is_subsequence(short: bytes, long: bytes) -> bool:
    rest = iter(long)
    return all(byte in rest for byte in short)


TEXT = st.text(alphabet="aB1 .(\n\r_é-/:=\U0001f600\u05d0\x00\u200f", max_size=200)
ODD = st.one_of(
    st.binary(max_size=300),
    TEXT.map(str.encode),
    st.lists(
        st.sampled_from([b"a b", b"\xff", b"\x00", b"\r\n", b"id_1", b"-5.2", b"\xe2\x82"])
    ).map(b"".join),
)


def test_a_compression_says_what_became_of_the_text() -> None:
    text = "the worker lost job_7 after 30 ms\nERROR none\n"
    found = compress(text, Words(words=("job_7", "30", "ms", "ERROR")))
    assert found == Compression(
        text="job_7 30 ms\nERROR\n",
        spans=((16, 22), (28, 39), (44, 45)),
        kept=4,
        dropped=5,
        by_class={
            "error": Fidelity(1, 1),
            "name": Fidelity(1, 1),
            "negation": Fidelity(1, 0),
            "number": Fidelity(1, 1),
        },
        domain="log",
    )
    assert (found.complete, found.keep_rate) == (True, 4 / 9)
    assert "".join(text[a:b] for a, b in found.spans) == found.text


@pytest.mark.parametrize("text", ["", "\n", " \r\n\t"])
def test_a_text_without_units_stays(text: str) -> None:
    found = compress(text, Words())
    assert (found.text, found.keep_rate, found.complete) == (text, 1.0, True)


@given(ODD, st.sampled_from([0.0, 0.3, 0.7, 1.0, None]), st.integers(0, 9))
def test_bytes_come_out_as_a_subsequence_of_themselves(
    data: bytes, budget: float | None, salt: int
) -> None:
    out = compress(data.decode(errors="surrogateescape"), Dice(salt=salt), budget=budget).data
    assert is_subsequence(out, data)
    assert budget != 1.0 or out == data


@given(TEXT, st.integers(0, 9), st.integers(4, 40))
@settings(deadline=None)
def test_no_word_of_the_output_is_made_of_two(text: str, salt: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runner.compression.compress.BLOCK", size)
        result = compress(text, Dice(salt=salt)).text
    words = re.findall(r"\w+", text)
    rest = iter(words)
    assert all(word in rest for word in re.findall(r"\w+", result))


@given(st.text(alphabet='a1b2.-/:(,)@" \n', max_size=60), st.integers(0, 9))
def test_no_number_path_or_address_of_the_output_is_made_of_pieces_of_others(
    text: str, salt: int
) -> None:
    found = compress(text, Dice(salt=salt)).text
    compounds = re.findall(r"(?<!\w)(?=(\w+[-./:@]\w+)(?!\w))", found)
    assert [each for each in compounds if each not in text] == []


@given(st.lists(st.sampled_from(["10.0.0.7:80", "a/b/c.py:12", "x", "and", "v1.2.3", "--no-color",
    "5 ms", "https://a.b/c?d=1", "12:30:59"]), max_size=30), st.integers(0, 9),
    st.sampled_from([0.3, 0.5, 0.7, None]))  # fmt: skip
def test_ids_are_whole_or_gone(words: list[str], salt: int, budget: float | None) -> None:
    text = "  ".join(words)
    found = compress(text, Dice(salt=salt), budget=budget)
    ids = [text[span.start : span.end] for span in lex(text)]
    left = [found.text[span.start : span.end] for span in lex(found.text)]
    rest = iter(ids)
    assert all(each in rest for each in left)


@given(TEXT, st.sampled_from([0.0, 0.25, 0.5, 0.9]), st.integers(0, 9))
def test_a_budget_is_never_exceeded(text: str, budget: float, salt: int) -> None:
    found = compress(text, Dice(salt=salt), budget=budget)
    assert found.passed or found.kept <= budget * (found.kept + found.dropped) + 1e-9


@given(TEXT, st.integers(0, 9), st.lists(st.integers(1, 50)))
def test_how_the_bytes_arrive_does_not_matter(text: str, salt: int, cuts: list[int]) -> None:
    data, chunks, place = text.encode(), [], 0
    for size in cuts:
        chunks.append(data[place : place + size])
        place += size
    chunks = [chunk for chunk in [*chunks, data[place:]] if chunk]
    parts = stream(decoded(chunks), Dice(salt=salt))
    assert b"".join(part.result.data for part in parts) == compress(text, Dice(salt=salt)).data


@given(st.lists(st.binary(max_size=5)))
def test_decoding_keeps_every_byte(chunks: list[bytes]) -> None:
    text = "".join(decoded(chunks))
    assert text.encode(errors="surrogateescape") == b"".join(chunks)


def test_a_pause_is_no_end() -> None:
    assert list(decoded([b"a\n", b"", b"\xc3", b"", b"\xa9"])) == ["a\n", PAUSE, PAUSE, "é"]


def test_case_newlines_emoji_and_right_to_left_text_are_the_inputs_own() -> None:
    text = "Über\r\nAN\rb\n\U0001f468\u200d\U0001f469 \u05e9\u05dc\u05d5\u05dd"
    kept = ("Über", "AN", "\U0001f468", "\u200d", "\U0001f469", "\u05e9\u05dc\u05d5\u05dd")
    assert compress(text, Words(words=kept)).text == (
        "Über\r\nAN\n\U0001f468\u200d\U0001f469 \u05e9\u05dc\u05d5\u05dd"
    )


def test_a_model_never_sees_a_lone_surrogate() -> None:
    dice = Dice()
    compress("n\udce9e ok", dice)
    assert dice.seen == ["n\ufffde ok"]


def test_a_block_is_scored_with_what_stood_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.compression.compress.BLOCK", 12)
    dice = Dice()
    compress("one two six\nten four\n", dice)
    assert dice.seen == ["one two six\n", "two six\nten four\n"]


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"\x7fELF" + bytes(400), True),
        ("text\n".encode("utf-16"), True),
        (bytes(range(256)) * 4, True),
        ("Schöne Grüße aus Köln\n".encode("latin-1") * 20, False),
        (b"one \x00 NUL in a line\n", False),
        (b"\x1b[31mred\x1b[0m\n", False),
        (b"", False),
    ],
    ids=["elf", "utf-16", "all bytes", "latin-1", "one nul", "colours", "empty"],
)
def test_binary_is_what_is_mostly_no_text(data: bytes, *, want: bool) -> None:
    assert is_binary(data.decode(errors="surrogateescape")) is want


def test_binary_passes_through_from_its_first_block_on() -> None:
    chunks = ["some words\n", PAUSE, "\x00" * 20 + "\n", PAUSE, "more words\n"]
    parts = list(stream(chunks, Words()))
    assert [(part.result.text, part.result.passed) for part in parts] == [
        ("", None),
        ("\x00" * 20 + "\n", "binary"),
        ("more words\n", "binary"),
    ]


def test_a_unit_longer_than_a_block_stays() -> None:
    text = f"a {'x' * 40_000} b"
    assert compress(text, Words()).text == f"{'x' * 40_000} "


class TestDeadline:
    text = "".join(f"line {n} of many more words\n" for n in range(400))

    def test_what_is_late_passes_through_unchanged(self) -> None:
        dice = Dice()
        found = compress(self.text, dice, deadline=Deadline(0.001, Ticking(0.002)))
        assert (found.text, found.passed, found.spans) == (
            self.text,
            "deadline",
            ((0, len(self.text)),),
        )
        assert len(dice.seen) == 1

    def test_no_time_at_all_calls_no_model(self) -> None:
        dice = Dice()
        assert compress(self.text, dice, deadline=Deadline(0, Ticking(0.1))).text == self.text
        assert dice.seen == []

    def test_what_was_scored_in_time_is_compressed(self) -> None:
        found = compress(self.text, Dice(), deadline=Deadline(3.5, Ticking(1)))
        assert len(found.text) < len(self.text)
        assert found.text.endswith(self.text[4 * STEP :])
        assert (found.passed, found.complete) == ("deadline", False)

    def test_time_enough_leaves_nothing_undecided(self) -> None:
        found = compress(self.text, Dice(), deadline=Deadline(1e9, Ticking(1)))
        assert found.complete


@pytest.mark.parametrize(
    ("options", "want"),
    [
        (Options(threshold=0.5), "b"),
        (Options(threshold=0.5, domains={"other": DomainOptions()}), "b"),
        (Options(threshold=0.95, domains={"code": DomainOptions()}), "b"),
        (Options(domains={"other": DomainOptions(threshold=0.2)}), "a b"),
        (Options(domains={"other": DomainOptions(budget=0.34)}), "b"),
        (Options(domains={"other": DomainOptions(budget=0.7, threshold=1)}), "a b"),
        (with_budget(Options(threshold=1), 1.0), "a b c"),
        (with_threshold(Options(domains={"other": DomainOptions(budget=0)}), 0.2), "a b"),
    ],
    ids=[
        *("threshold", "the domain's default", "another domain's"),
        *("own threshold", "own budget", "budget wins", "any budget", "any threshold"),
    ],
)
def test_a_text_is_decided_by_its_domain(options: Options, want: str) -> None:
    class Fixed(Dice):
        def _score(self, unit: str) -> float:
            return {"a": 0.3, "b": 0.9, "c": 0.1}[unit]

    assert compress("a b c", Fixed(options)).text == want


def test_a_model_that_scores_nan_drops_nothing_in_silence() -> None:
    class Broken(Dice):
        def _score(self, unit: str) -> float:
            return math.nan

    with pytest.raises(CompressionError, match="scores NaN"):
        compress("a b", Broken())


@pytest.mark.parametrize(
    ("override", "want"),
    [("off", ""), ("on", "42"), ("span", "user_id 42")],
)
def test_the_override_keeps_what_the_model_does_not(override: str, want: str) -> None:
    class Subtokens(Words):
        def cut(self, text: str) -> tuple[Span, ...]:
            return tuple((a, b) for a, b in pairwise([0, 4, 5, 7, 8, 10]))

    options = Options.model_validate({"override": override})
    found = compress("user_id 42 x", Subtokens(options)).text
    assert found == want


@pytest.mark.slow
def test_memory_does_not_grow_with_the_stream() -> None:
    def most(lines: int) -> int:
        gc.collect()
        tracemalloc.start()
        chunks = (f"{n} INFO worker_{n} took 5 ms of\n" * 20 for n in range(lines // 20))
        for part in stream(chunks, Forgetful()):
            assert part.result.complete
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert most(8_000) < 1.5 * most(2_000)
