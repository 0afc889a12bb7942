import pytest

from runner.core.canonical import digest
from runner.ledger.fingerprint import fingerprint, mask


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("File /tmp/run-1/x.py, line 12", "File <path>, line <n>"),
        ('  File "C:\\Users\\me\\train.py"', 'File "<path>"'),
        ("loss 0.31 at step 1200 in 3.2 s", "loss <n> at step <n> in <n>"),
        ("object at 0x7f3a2b", "object at <hex>"),
        ("commit 3fa94c2b91 is missing", "commit <hex> is missing"),
        ("id 6f1e2d3c-1234-5678-9abc-def012345678", "id <hex>"),
        ("2026-01-02T03:04:05 GET http://127.0.0.1:81/x", "<n> GET <url>"),
        ("\x1b[31mValueError\x1b[0m: bad", "ValueError: bad"),
        ("used 12.5 GiB in 3 min", "used <n> in <n>"),
        ("deadbeef facade decade", "deadbeef facade decade"),
    ],
    ids=[
        "posix path",
        "windows path",
        "numbers and timings",
        "address",
        "commit",
        "uuid",
        "time and url",
        "colour",
        "sizes",
        "words of hex letters stay",
    ],
)
def test_what_varies_between_runs_is_masked(line: str, masked: str) -> None:
    assert mask(line) == masked


TRACE = """step {n} loss 0.{n}
Traceback (most recent call last):
  File "/tmp/{n}/train.py", line 9, in <module>
ValueError: shape (4, {n}) does not fit
"""


def test_the_same_fault_in_another_run_has_the_same_fingerprint() -> None:
    first, again = TRACE.format(n=12), "warming up\n" + TRACE.format(n=907)
    assert fingerprint(first, cause="exit 1") == fingerprint(again, cause="exit 1")


def test_another_fault_or_another_end_has_another_fingerprint() -> None:
    one = TRACE.format(n=1)
    other = one.replace("ValueError: shape", "KeyError: shape")
    assert fingerprint(one, cause="exit 1") != fingerprint(other, cause="exit 1")
    assert fingerprint(one, cause="exit 1") != fingerprint(one, cause="exit 137")


def test_progress_before_the_last_five_lines_does_not_count() -> None:
    tail = "a\nb\nc\nd\ne"
    one, other = f"epoch one\n{tail}", f"something else\n\n{tail}\n"
    assert fingerprint(one, cause="x") == fingerprint(other, cause="x")


def test_an_empty_log_is_told_by_its_cause() -> None:
    assert fingerprint("", cause="exit 1") != fingerprint("", cause="killed at the wall limit")


def test_faults_in_other_places_that_end_in_the_same_line_differ() -> None:
    one = TRACE.format(n=1)
    other = one.replace("in <module>", "in load_config")
    assert one.splitlines()[-1] == other.splitlines()[-1]
    assert fingerprint(one, cause="exit 1") != fingerprint(other, cause="exit 1")


def test_without_a_traceback_each_of_the_last_five_lines_counts() -> None:
    lines = ["start", "a", "b", "c", "d", "e"]
    marks = {fingerprint("\n".join(lines), cause="x")}
    for at in range(1, 6):
        marks.add(fingerprint("\n".join([*lines[:at], "other", *lines[at + 1 :]]), cause="x"))
    assert len(marks) == 6


def test_rows_of_earlier_versions_keep_the_fingerprints_that_they_were_compared_by() -> None:
    assert fingerprint("step 3\nbad\n", cause="exit 1") == digest(b"exit 1\nstep <n>\nbad")
