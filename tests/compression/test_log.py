"""The traffic log: consent first, no secrets, whole lines after a kill."""

import gzip
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.compression.errors import CompressionError
from runner.compression.log import MARKER, Logged, TrafficLog, consent, files, read

TOKEN = "ghp_" + "a1B2" * 9


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def write(folder: Path, *texts: str, secrets: tuple[str, ...] = ()) -> tuple[Logged, ...]:
    with TrafficLog(folder, consent="flag", clock=Clock(), secrets=secrets) as log:
        for text in texts:
            log.write(text, domain="log")
    (path,) = files(folder)
    found = read(path)
    assert found.whole
    return found.texts


def test_what_is_logged_reads_back(tmp_path: Path) -> None:
    first, second = write(tmp_path / "log", "INFO ok\n", "naïve\r\n\x00")
    assert first == Logged(
        text="INFO ok\n",
        sha256=hashlib.sha256(b"INFO ok\n").hexdigest(),
        domain="log",
        time="2026-03-01T12:00:00Z",
        input=first.input,
        part=0,
        consent="flag",
        redacted=False,
    )
    assert (second.text, second.part, second.input) == ("naïve\r\n\x00", 1, first.input)


def test_any_gzip_tool_reads_it(tmp_path: Path) -> None:
    write(tmp_path / "log", "one\n")
    (path,) = files(tmp_path / "log")
    (line,) = gzip.decompress(path.read_bytes()).splitlines()
    assert json.loads(line)["attributes"]["text"] == "one\n"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    write(tmp_path / "log", "one\n")
    (path,) = files(tmp_path / "log")
    assert (path.stat().st_mode & 0o777, (tmp_path / "log").stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


def test_secrets_are_masked_before_they_are_written_and_hashed(tmp_path: Path) -> None:
    (found,) = write(tmp_path / "log", f"push {TOKEN} with hunter22\n", secrets=("hunter22",))
    assert found.text == "push [redacted] with [redacted]\n"
    assert found.redacted
    assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()


def test_a_private_key_is_masked_across_texts(tmp_path: Path) -> None:
    texts = (
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIsecret1\n",
        "MIIsecret2\n",
        "MIIsecret3\n-----END RSA PRIVATE KEY-----\nb\n",
        "c\n",
    )
    found = write(tmp_path / "log", *texts)
    assert not [each.text for each in found if "MII" in each.text]
    assert found[0].text == "a\n[redacted]"
    assert found[2].text == "[redacted]-----END RSA PRIVATE KEY-----\nb\n"
    assert (found[3].text, found[3].redacted) == ("c\n", False)


def test_a_lone_surrogate_is_written_as_a_question_mark(tmp_path: Path) -> None:
    (found,) = write(tmp_path / "log", "a\udcffb")
    assert (found.text, found.redacted) == ("a?b", False)


def test_without_consent_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    with pytest.raises(CompressionError, match=r"logging needs consent: pass --log-consent, or "):
        consent(folder, given=False)
    assert not folder.exists()


def test_an_empty_marker_is_no_consent(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("\n")
    with pytest.raises(CompressionError, match="logging needs consent"):
        consent(tmp_path, given=False)


def test_a_marker_says_who_consents(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("the build team, 2026-03-01\nmore\n")
    assert consent(tmp_path, given=False) == "the build team, 2026-03-01"
    assert consent(tmp_path, given=True) == "flag"


def test_a_killed_writer_loses_nothing_that_was_written(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from runner.compression.log import TrafficLog\n"
        "from runner.wiring.clock import SystemClock\n"
        "log = TrafficLog(Path(sys.argv[1]), consent='flag', clock=SystemClock())\n"
        "log.write('one', domain='prose')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    (path,) = files(tmp_path)
    found = read(path)
    assert ([each.text for each in found.texts], found.whole) == (["one"], False)


def test_a_full_file_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.compression.log._MOST_TEXT", 5)
    with TrafficLog(tmp_path, consent="flag", clock=Clock()) as log:
        for text in ("abc", "def", "g"):
            log.write(text, domain="other")
    assert [[each.text for each in read(path).texts] for path in files(tmp_path)] == [
        ["abc"],
        ["def", "g"],
    ]


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"plain", "is no trace: expected gzip JSON lines"),
        (
            gzip.compress(b'{"name":"chat","attributes":{},"seconds":0}\n'),
            ":1: not a text of a traffic log",
        ),
        (
            gzip.compress(b'{"name":"compress","attributes":{"version":1},"seconds":0}\n'),
            ":1: not a text of a traffic log",
        ),
    ],
    ids=["plain", "another trace", "fields missing"],
)
def test_what_is_no_log_is_refused(tmp_path: Path, data: bytes, want: str) -> None:
    path = tmp_path / "traffic-x.jsonl.gz"
    path.write_bytes(data)
    with pytest.raises(CompressionError, match=want):
        read(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CompressionError, match="cannot log there"):
        TrafficLog(tmp_path / "file" / "log", consent="flag", clock=Clock())
