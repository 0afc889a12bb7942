"""Who can read what was sealed, and what the others are told."""

import hmac
import lzma
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.seal.box import seal, unseal
from runner.seal.error import SealError
from runner.seal.key import draw_seed, new_identity, recipient_of
from runner.seal.suffix import pack, unpack

KEY = new_identity()
PUBLIC = recipient_of(KEY)
LINES = b'{"id": "a"}\n{"id": "b"}\n'


@settings(max_examples=25)
@given(st.binary(max_size=100_000))
def test_the_key_opens_what_its_recipient_got(data: bytes) -> None:
    assert unseal(seal(data, PUBLIC), KEY) == data


def test_what_is_sealed_cannot_be_read() -> None:
    assert b"held-out answer" not in seal(b"held-out answer" * 100, PUBLIC)


def test_sealing_twice_differs() -> None:
    assert seal(b"x", PUBLIC) != seal(b"x", PUBLIC)


def test_a_recipient_fits_the_evals_pattern() -> None:
    assert len(PUBLIC) == 62
    assert PUBLIC.startswith("age1")
    assert KEY.startswith("AGE-SECRET-KEY-1")


def test_a_key_file_is_a_key_too() -> None:
    text = f"# created: 2026-03-01\n# public key: {PUBLIC}\n{KEY}\n"
    assert recipient_of(text) == recipient_of(KEY.lower() + "\n") == PUBLIC


def test_another_key_is_told_by_its_public_half() -> None:
    other = new_identity()
    with pytest.raises(SealError) as caught:
        unseal(seal(b"x", PUBLIC), other)
    assert str(caught.value) == (
        f"sealed to another key; the one given opens what {recipient_of(other)} got"
    )


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda s: b"garbage", "not sealed with age"),
        (lambda s: b"", "not sealed with age"),
        (lambda s: s[:-1], "damaged or cut short"),
        (lambda s: s[:60], "damaged or cut short"),
        (lambda s: s[:-1] + bytes([s[-1] ^ 1]), "damaged or cut short"),
    ],
    ids=["garbage", "empty", "tail", "header", "bit"],
)
def test_damage_is_told(damage: object, words: str) -> None:
    assert callable(damage)
    with pytest.raises(SealError, match=words):
        unseal(damage(seal(b"some data", PUBLIC)), KEY)


@pytest.mark.parametrize(
    "recipient",
    ["", "age1short", PUBLIC[:-1] + "b", KEY, "ssh-rsa AAAA"],
    ids=["empty", "short", "damaged", "private", "ssh"],
)
def test_a_bad_recipient_is_refused(recipient: str) -> None:
    with pytest.raises(SealError, match=r"is no age public key .*expected age1"):
        seal(b"x", recipient)


@pytest.mark.parametrize(
    "identity",
    ["", "secret", PUBLIC, KEY[:-1], f"{KEY}\n{KEY}", KEY[:-1] + "b"],
    ids=["empty", "word", "public", "cut", "two", "letter"],
)
def test_a_bad_key_is_refused_without_being_shown(identity: str) -> None:
    with pytest.raises(SealError) as caught:
        recipient_of(identity)
    assert "age identity" in str(caught.value)
    assert KEY[20:40] not in str(caught.value)


def test_a_draw_is_fixed_by_key_candidate_and_number() -> None:
    draws = {
        draw_seed(key, candidate, number)
        for key in (KEY, new_identity())
        for candidate in ("a", "b")
        for number in (1, 2)
    }
    assert len(draws) == 8
    assert draw_seed(f"# comment\n{KEY}\n", "a", 1) == draw_seed(KEY, "a", 1)
    expected = hmac.digest(KEY.encode(), b"git-loop draw v1\0a\x001", "sha256")
    assert draw_seed(KEY, "a", 1) == expected


def test_candidate_and_number_cannot_run_together() -> None:
    assert draw_seed(KEY, "a1", 2) != draw_seed(KEY, "a", 12)


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.xz", "x.jsonl.age", "x.jsonl.xz.age"])
def test_every_packing_comes_back(name: str) -> None:
    packed = pack(LINES, name=name, recipient=PUBLIC)
    assert unpack(packed, name=name, identity=KEY) == LINES
    assert (packed == LINES) == (name == "x.jsonl")


def test_compression_comes_before_sealing() -> None:
    packed = pack(LINES, name="a/b.jsonl.xz.age", recipient=PUBLIC)
    assert lzma.decompress(unseal(packed, KEY)) == LINES


def test_packing_is_the_same_every_time() -> None:
    assert pack(LINES, name="x.xz") == pack(LINES, name="x.xz")


def test_only_the_last_suffixes_count() -> None:
    assert unpack(LINES, name="age.xz.jsonl") == LINES
    assert unpack(LINES, name="xz") == LINES


def test_a_missing_key_is_told_with_the_file() -> None:
    with pytest.raises(SealError, match=r"^x\.age: sealed; opening it needs the held-out key$"):
        unpack(seal(b"x", PUBLIC), name="x.age")
    with pytest.raises(SealError, match=r"^x\.age: sealing needs a public key; name one in"):
        pack(b"x", name="x.age")


def test_a_bomb_is_not_unpacked() -> None:
    bomb = lzma.compress(b"\0" * (8 << 20))
    assert len(bomb) < 4000
    with pytest.raises(SealError, match=r"^x\.xz: the archive holds more than 1000 bytes$"):
        unpack(bomb, name="x.xz", most=1000)
    with pytest.raises(SealError, match="holds more than 1000 bytes"):
        unpack(seal(bomb, PUBLIC), name="x.xz.age", identity=KEY, most=1000)


def test_exactly_the_limit_is_unpacked() -> None:
    assert unpack(lzma.compress(b"x" * 1000), name="x.xz", most=1000) == b"x" * 1000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"garbage" * 9, "not an xz archive"),
        (b"", "cut short"),
        (lzma.compress(LINES)[:-4], "cut short"),
        (lzma.compress(LINES) + b"more", "goes on after its end"),
        (lzma.compress(LINES) * 2, "goes on after its end"),
    ],
    ids=["garbage", "empty", "cut", "tail", "two"],
)
def test_a_damaged_archive_is_told(data: bytes, words: str) -> None:
    with pytest.raises(SealError, match=words):
        unpack(data, name="x.xz")


@pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed")
def test_the_age_program_opens_it_too(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "x.age").write_bytes(seal(LINES, PUBLIC))
    argv = ["age", "-d", "-i", str(tmp_path / "key"), str(tmp_path / "x.age")]
    assert subprocess.run(argv, check=True, capture_output=True).stdout == LINES
