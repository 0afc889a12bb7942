"""What must not reach a log, a row or a pull request."""

import base64
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.redact import MASK, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bot:pa55word@example.org/x", f"https://{MASK}@example.org/x"),
        ("https://ghp_short@example.org/x", f"https://{MASK}@example.org/x"),
        ("see https://example.org/a@b", "see https://example.org/a@b"),
        ("ghp_" + "a1B2" * 9, MASK),
        ("github_pat_" + "a1B2_" * 8, MASK),
        ("hf_" + "aB" * 17, MASK),
        ("sk-proj-" + "aB1-" * 10, MASK),
        ("AKIA" + "ABCD" * 4, MASK),
        ("AGE-SECRET-KEY-1" + "QZ" * 29, MASK),
        ("Authorization: Bearer abcdefghijklmnop1234", f"Authorization: Bearer {MASK}"),
        ("OPENAI_API_KEY=whatever-it-is next", f"OPENAI_API_KEY={MASK} next"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK", MASK),
        ("tokens=12 and task-sk-short stay", "tokens=12 and task-sk-short stay"),
    ],
    ids=lambda value: value[:18],
)
def test_token_shapes_are_masked_and_ordinary_words_are_not(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_a_private_key_goes_whole_even_when_cut_off() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\ndef"
    assert redact(f"x\n{key}\n-----END OPENSSH PRIVATE KEY-----\ny") == f"x\n{MASK}\ny"
    assert redact(f"x\n{key}") == f"x\n{MASK}"


@given(st.text(min_size=8).filter(lambda s: len(s.strip()) >= 8 and MASK not in s))
def test_a_known_secret_goes_in_every_spelling(secret: str) -> None:
    spellings = [
        secret,
        json.dumps(secret),
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
    ]
    for spelling in spellings:
        assert secret not in redact(f"<{spelling}>", [secret]).replace(MASK, "")
        assert MASK in redact(f"<{spelling}>", [secret])


def test_the_longer_of_two_nested_secrets_leaves_nothing_behind() -> None:
    assert redact("hunter2-extended", ["hunter2", "hunter2-extended"]) == MASK


def test_a_secret_too_short_to_be_one_is_left_alone() -> None:
    assert redact("a cat sat", ["a", "cat", ""]) == "a cat sat"
