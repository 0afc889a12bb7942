"""`git-loop compress`: bytes in, fewer bytes out, and one line where that cannot be."""

import gzip
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runner.compression.log import MARKER, files, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from tests.conftest import Workshop

ROOT = Path(__file__).parents[2]
TEXT = b"the worker lost job_7 after 30 ms\r\nand went on\r\nERROR none\n"
SHORT = b"job_7 30 ms\r\nERROR none\n"


def call(
    *argv: str | Path, data: bytes = TEXT, cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "runner.cli", "compress", *map(str, argv)],
        input=data,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    )


@contextmanager
def started(
    *argv: str | Path,
) -> "Iterator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes], IO[bytes]]]":
    """Give a running compressor with its input, output and error."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "compress", *map(str, argv)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    pipes = process.stdin, process.stdout, process.stderr
    try:
        yield process, *pipes
    finally:
        process.kill()
        process.wait()
        for pipe in pipes:
            with suppress(BrokenPipeError):
                pipe.close()


@pytest.mark.slow
def test_standard_input_is_compressed_to_standard_output(lexing: Path) -> None:
    done = call("--model", lexing)
    assert (done.returncode, done.stdout, done.stderr) == (0, SHORT, b"")


@pytest.mark.slow
class TestInThisProcess:
    """What needs no process of its own; the input is a file."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        path = tmp_path / "in.txt"
        path.write_bytes(TEXT)
        return path

    def test_json_is_the_whole_compression(
        self, bare_workshop: "Workshop", lexing: Path, source: Path
    ) -> None:
        told = bare_workshop.cli("compress", str(source), "--model", str(lexing), "--json")
        nothing = {"found": 1, "kept": 1, "lost": 0}
        assert told.json == {
            "text": SHORT.decode(),
            "spans": [[16, 22], [28, 33], [46, 59]],
            "kept": 5,
            "dropped": 7,
            "keep_rate": 5 / 12,
            "by_class": dict.fromkeys(("error", "name", "negation", "number"), nothing),
            "domain": "other",
            "passed": None,
            "complete": True,
        }

    def test_the_report_counts_spans_by_class(
        self, bare_workshop: "Workshop", lexing: Path, source: Path
    ) -> None:
        told = bare_workshop.cli(
            "compress", str(source), "--model", str(lexing), "--budget", "0.2", "--report"
        )
        lines = told.err.splitlines()
        assert lines[0].startswith("kept 2 of 12 units (0.17), ")
        assert lines[1].split() == ["class", "found", "kept", "lost"]
        counts = [[int(field) for field in line.split()[1:]] for line in lines[2:]]
        assert all(found == kept + lost for found, kept, lost in counts)
        assert sum(found for found, _, _ in counts) == 4

    def test_a_diff_that_is_no_terminal_marks_what_is_dropped(
        self, bare_workshop: "Workshop", lexing: Path, source: Path
    ) -> None:
        told = bare_workshop.cli("compress", str(source), "--model", str(lexing), "--diff")
        assert told.out.replace("[-", "").replace("-]", "") == TEXT.decode()
        assert told.out.startswith("[-the worker lost -]job_7 [-after -]30 ms[-")

    @pytest.mark.parametrize(
        ("argv", "want"),
        [
            (("--budget", "0"), ""),
            (("--budget", "1"), TEXT.decode()),
            (("--threshold", "0"), TEXT.decode()),
        ],
    )
    def test_the_command_line_decides_where_it_says_so(
        self,
        bare_workshop: "Workshop",
        lexing: Path,
        source: Path,
        argv: tuple[str, ...],
        want: str,
    ) -> None:
        told = bare_workshop.cli("compress", str(source), "--model", str(lexing), *argv)
        assert (told.code, told.out) == (0, want)

    def test_input_is_logged_with_consent_and_not_without(
        self, bare_workshop: "Workshop", lexing: Path, source: Path, tmp_path: Path
    ) -> None:
        argv = ("compress", str(source), "--model", str(lexing), "--log", str(tmp_path / "log"))
        assert bare_workshop.cli(*argv).complaint.startswith(
            f"{tmp_path}/log: logging needs consent: pass --log-consent, or "
        )
        assert not (tmp_path / "log").exists()
        assert bare_workshop.cli(*argv, "--log-consent").code == 0
        (path,) = files(tmp_path / "log")
        (found,) = read(path).texts
        assert (found.text, found.consent) == (TEXT.decode(), "flag")
        (tmp_path / "log" / MARKER).write_text("Ann\n")
        bare_workshop.cli(*argv)
        assert [read(each).texts[0].consent for each in files(tmp_path / "log")] == ["flag", "Ann"]

    def test_secrets_of_the_environment_are_not_logged(
        self,
        bare_workshop: "Workshop",
        lexing: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("DEPLOY_TOKEN", "correct-horse")
        (tmp_path / "in").write_text("said correct-horse\n")
        argv = ("--model", str(lexing), "--log", str(tmp_path / "log"), "--log-consent")
        bare_workshop.cli("compress", str(tmp_path / "in"), *argv)
        (path,) = files(tmp_path / "log")
        assert b"correct-horse" not in gzip.decompress(path.read_bytes())


def test_outside_a_repository_a_folder_is_asked_for(bare_workshop: "Workshop") -> None:
    bare_workshop.write({"in": TEXT})
    told = bare_workshop.cli("compress", "in")
    assert told.complaint.endswith("; or name a compressor's folder with --model DIR")


def test_a_file_that_is_not_there_is_told(bare_workshop: "Workshop") -> None:
    told = bare_workshop.cli("compress", "nofile")
    want = "nofile: No such file or directory; name a file, or - for standard input"
    assert (told.code, told.complaint) == (1, want)


@pytest.mark.parametrize(
    "argv", [("--budget", "1.5"), ("--threshold", "x"), ("--deadline-ms", "0")]
)
def test_what_is_no_share_or_count_is_refused(
    bare_workshop: "Workshop", argv: tuple[str, ...]
) -> None:
    told = bare_workshop.cli("compress", *argv)
    assert (told.code, "expected" in told.err) == (2, True)


@pytest.mark.slow
class TestModel:
    @pytest.fixture
    def folder(self, lexing: Path, tmp_path: Path) -> Path:
        return shutil.copytree(lexing, tmp_path / "model")

    def complaint(self, shop: "Workshop", folder: Path) -> str:
        told = shop.cli("compress", str(folder / "compressor.json"), "--model", str(folder))
        assert (told.code, told.out) == (1, "")
        return told.complaint

    def test_a_flipped_bit_is_found(self, bare_workshop: "Workshop", folder: Path) -> None:
        data = bytearray((folder / "model.safetensors").read_bytes())
        data[-5] ^= 1
        (folder / "model.safetensors").write_bytes(data)
        told = self.complaint(bare_workshop, folder)
        assert "model.safetensors is not the file that was stored" in told

    def test_a_missing_file_is_named(self, bare_workshop: "Workshop", folder: Path) -> None:
        (folder / "tokenizer.json").unlink()
        assert "tokenizer.json is missing" in self.complaint(bare_workshop, folder)

    def test_an_unknown_domain_is_named(self, bare_workshop: "Workshop", folder: Path) -> None:
        (folder / "compressor.json").write_text('{"domains": {"logs": {"budget": 0.5}}}')
        assert 'did you mean "log"' in self.complaint(bare_workshop, folder)

    def test_another_vocabulary_is_refused(self, bare_workshop: "Workshop", folder: Path) -> None:
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        vocabulary = tokenizer["model"]["vocab"]
        vocabulary |= {f"new{n}": len(vocabulary) + n for n in range(9)}
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "sha256": {}}))
        assert "they belong to different models" in self.complaint(bare_workshop, folder)


class TestLoop:
    @pytest.fixture
    def shop(self, workshop: "Workshop", lexing: Path) -> "Workshop":
        """A loop whose incumbent is a compressor."""
        copy = f"import shutil, os; shutil.copytree({str(lexing)!r}, os.environ['LOOP_OUT'], "
        workshop.commit({"train.py": f"{copy}dirs_exist_ok=True)\n"})
        workshop.write({"eval.py": workshop_eval()})
        workshop.commit(message="eval")
        workshop.run()
        self.declare(workshop, "toy")
        workshop.write({"in.txt": TEXT})
        return workshop

    def declare(self, shop: "Workshop", name: str) -> None:
        shop.write(
            {f"loops/{name}.yaml": f"version: 1\nloop: {name}\nmake: {{kind: token_compressor}}\n"}
        )

    @pytest.mark.slow
    def test_the_incumbent_of_the_one_loop_compresses(self, shop: "Workshop") -> None:
        told = shop.cli("compress", "in.txt")
        assert (told.code, told.out, told.err) == (0, SHORT.decode(), "")

    @pytest.mark.slow
    def test_a_damaged_store_is_told(self, shop: "Workshop") -> None:
        blobs = [p for p in (shop.place / "store").rglob("*") if p.is_file()]
        largest = max((p for p in blobs if p.suffix != ".json"), key=lambda p: p.stat().st_size)
        data = bytearray(largest.read_bytes())
        data[-5] ^= 1
        largest.chmod(0o600)
        largest.write_bytes(data)
        told = shop.cli("compress", "in.txt")
        assert (told.code, "is damaged in the store" in told.complaint) == (1, True)

    def test_several_loops_want_a_name(self, workshop: "Workshop") -> None:
        for name in ("one", "two"):
            self.declare(workshop, name)
        told = workshop.cli("compress", "train.py")
        want = "several loops make compressors: one, two; name one with --loop NAME"
        assert (told.code, told.complaint) == (1, want)

    def test_a_loop_without_rows_says_what_makes_the_first(self, workshop: "Workshop") -> None:
        self.declare(workshop, "toy")
        assert workshop.cli("compress", "train.py").complaint == (
            "loop toy has no row yet; git-loop run toy makes the first; "
            "--model DIR takes a folder instead"
        )

    def test_a_repository_without_such_a_loop_is_told(self, workshop: "Workshop") -> None:
        assert "makes a compressor" in workshop.cli("compress", "train.py").complaint

    def test_a_loop_of_another_maker_is_refused(self, workshop: "Workshop") -> None:
        told = workshop.cli("compress", "train.py", "--loop", "toy")
        assert told.complaint == "loop toy makes no compressor"


def workshop_eval() -> str:
    return (
        "import json, os\n"
        'with open(os.environ["LOOP_OUT"], "w") as out:\n'
        "    for case in range(12):\n"
        '        out.write(json.dumps({"case": f"c{case}", "score": 1.0}) + "\\n")\n'
    )


@pytest.mark.slow
def interrupted(process: "subprocess.Popen[bytes]") -> int:
    """Press ^C until it ends, and return how often: Python drops one that a destructor gets."""
    for pressed in range(1, 5):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return pressed
    raise AssertionError("it goes on after four ^C")


class TestStream:
    def test_lines_come_out_while_more_is_awaited(self, lexing: Path) -> None:
        with started("--model", lexing) as (process, into, out, _):
            into.write(TEXT + b"tail")
            into.flush()
            assert out.read(len(SHORT)) == SHORT
            into.close()
            assert (process.wait(20), out.read()) == (0, b"")

    def test_an_interrupt_is_one_line(self, lexing: Path) -> None:
        with started("--model", lexing) as (process, into, out, err):
            into.write(TEXT)
            into.flush()
            out.read(len(SHORT))  # it is at work
            pressed = interrupted(process)
            assert process.returncode == 130
            told = err.read()
            assert told.endswith(b"\ngit-loop: interrupted\n")
            assert pressed > 1 or told == b"\ngit-loop: interrupted\n"

    def test_a_reader_that_leaves_ends_it_quietly(self, lexing: Path) -> None:
        with started("--model", lexing) as (process, into, out, err):
            out.close()
            with suppress(BrokenPipeError):
                into.write(TEXT * 5000)
                into.close()
            assert (process.wait(20), err.read()) == (0, b"")

    def test_a_deadline_of_a_millisecond_gives_the_input_back(self, lexing: Path) -> None:
        done = call("--model", lexing, "--deadline-ms", "1")
        assert (done.returncode, done.stdout) == (0, TEXT)
        want = (
            f"git-loop: the deadline was reached: {len(TEXT)} characters passed through unchanged"
        )
        assert done.stderr.decode().strip() == want

    @pytest.mark.parametrize(
        "data",
        [b"", bytes(range(256)) * 20],
        ids=["empty", "all bytes"],
    )
    def test_odd_input_is_never_corrupted(self, lexing: Path, data: bytes) -> None:
        done = call("--model", lexing, data=data)
        rest = iter(data)
        assert done.returncode == 0
        assert all(byte in rest for byte in done.stdout)
        assert (b"the input is binary" in done.stderr) == (b"\x00" in data)

    @pytest.mark.parametrize(
        ("variables", "dropped"),
        [({}, b"\x1b[2;9;31mlost \x1b[0m"), ({"NO_COLOR": "1"}, b"[-lost -]")],
        ids=["colours", "no colours"],
    )
    def test_a_terminal_shows_what_was_dropped_and_is_not_steered(
        self, lexing: Path, tmp_path: Path, variables: dict[str, str], dropped: bytes
    ) -> None:
        (tmp_path / "in").write_bytes(b"lost 30 ms\x1b[2J\r\n")
        ours, theirs = pty.openpty()
        options = ["--model", lexing, "--diff"]
        process = subprocess.Popen(
            [sys.executable, "-m", "runner.cli", "compress", tmp_path / "in", *options],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables},
        )
        assert process.wait(30) == 0
        time.sleep(0.1)
        shown = os.read(ours, 10_000)
        os.close(theirs)
        os.close(ours)
        assert dropped in shown
        assert "\u241b".encode() in shown
        assert b"\x1b[2J" not in shown
