"""What must not reach a log, a row or a pull request."""

import base64
import json
import re
import time
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.redact import MASK, SHAPES, redact


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2", f"password={MASK}"),
        ("db_password=swordfish host=x", f"db_password={MASK} host=x"),
        ("Password=hunter2;Server=x", f"Password={MASK};Server=x"),
        ("https://h/x?user=a&password=abcd1234&z=1", f"https://h/x?user=a&password={MASK}&z=1"),
        ("--password=hunter2 --user bob", f"--password={MASK} --user bob"),
        ('{"password": "swordfish"}', f'{{"password": "{MASK}"}}'),
        (r"{\"password\": \"swordfish\"}", rf"{{\"password\": \"{MASK}\"}}"),
        ("'passwd': 'hunter2',", f"'passwd': '{MASK}',"),
        ('password="correct horse battery"', f'password="{MASK}"'),
        ('password = "hunter2"', f'password = "{MASK}"'),
        ("passwd: hunter2", f"passwd: {MASK}"),
        ("password: hunter2  # db\nnext", f"password: {MASK}  # db\nnext"),
        ("user: bob password: hunter2 host: x", f"user: bob password: {MASK} host: x"),
        ("password = pa55word", f"password = {MASK}"),
        ("passphrase: Tr0ub4dor&3", f"passphrase: {MASK}"),
        ("password: p@ssword", f"password: {MASK}"),
    ],
    ids=lambda value: value[:24],
)
def test_an_assigned_password_is_masked_in_lower_case_too(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the password is wrong",
        "Password: must have at least 8 characters",
        "passwd: command not found",
        "passwd: Authentication token manipulation error",
        "password: required",
        "Password: 12-character minimum",
        "password: sha256 of the salt",
        "password: str = Field()",
        "password=None",
        "password=getpass()",
        'password = getpass.getpass("x1")',
        "password=$DB_PASS",
        "password=${{ secrets.PASS1 }}",
        "password=<password>",
        "password={password}",
        "password: ${PASS2}",
        "cat: /etc/passwd: Permission denied",
        "/etc/passwd: line 120",
        "/etc/passwd:12: bad",
        "passwd:         files systemd",
        "Password: ********",
        '{"errors": {"password": "is too short, 8 needed"}}',
        "Reset your password: https://example.org/r/12345",
        "if password == other2:",
        'input[name="password"] = x1',
        "password_hash=abcdef12",
        "password:\nLast login 12:30",
    ],
    ids=lambda value: value[:24],
)
def test_prose_and_code_about_passwords_stay(text: str) -> None:
    assert redact(text) == text


PLAIN = (
    (r"(?<=://)[^/\s:@\"']*:?[^/\s@\"']*@", MASK + "@"),
    (r"\bgh[pousr]_[A-Za-z0-9]{20,}", MASK),
    (r"\bgithub_pat_[A-Za-z0-9_]{20,}", MASK),
    (r"\bglpat-[A-Za-z0-9_-]{20,}", MASK),
    (r"\bhf_[A-Za-z0-9]{20,}", MASK),
    (r"\bnpm_[A-Za-z0-9]{30,}", MASK),
    (r"\bsk-[A-Za-z0-9_-]{20,}", MASK),
    (r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", MASK),
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", MASK),
    (r"\bAIza[A-Za-z0-9_-]{30,}", MASK),
    (r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}", MASK),
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", MASK),
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
    (r"(?i:(\b(?:bearer|basic)\s+))[A-Za-z0-9+/._~-]{16,}=*", r"\1" + MASK),
    (r"(\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|API_KEY)=)[^\s\"',]{4,}", r"\1" + MASK),
    *((shape.pattern.pattern, shape.mask) for shape in SHAPES[-3:]),
)
"""What is masked, without the short cuts."""

RUN = "aB1" * 12
pieces = st.sampled_from(
    [
        *(
            "https://",
            "me:",
            "pw",
            "@",
            "/",
            " ",
            "\n",
            '"',
            "=",
            ":",
            "-",
            "_",
            "x",
            "é",
            "\ud800",
        ),
        *("ghp_", "ghz_", "github_pat_", "glpat-", "hf_", "npm_", "sk-", "xoxb-", "xoxz-", "eyJ"),
        *("AKIA", "ASIA" + "Z" * 16, "AIza", "AGE-SECRET-KEY-1", "QZ" * 12, "A." + RUN + "." + RUN),
        *("-----BEGIN ", "RSA ", "PRIVATE KEY-----", "-----END PRIVATE KEY-----", "OPENAI_"),
        *(
            "Bearer ",
            "BASIC\t",
            "ba\u017fic ",
            "bas\u0131c ",
            "BAS\u0130C ",
            "basic\u0307 ",
            "basis ",
        ),
        *("TOKEN=", "token=", "password", "PassWord", "PASSWD", "pa\u017f\u017fword", "hunter2"),
        RUN,
        MASK,
    ]
)


@given(st.lists(pieces | st.text(max_size=3), max_size=12).map("".join))
def test_short_cuts_change_nothing(text: str) -> None:
    expected = text
    for pattern, mask in PLAIN:
        expected = re.sub(pattern, mask, expected, flags=re.DOTALL)
    assert redact(text) == expected


def test_text_without_a_sign_of_a_secret_costs_next_to_nothing() -> None:
    text = "a step of the build took longer than the one before it\n" * 20_000
    began = time.perf_counter()
    assert redact(text) == text
    took = time.perf_counter() - began
    for pattern, _ in PLAIN:
        assert re.search(pattern, text, flags=re.DOTALL) is None
    assert 5 * took < time.perf_counter() - began
