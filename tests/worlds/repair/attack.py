"""Patches that were written to deceive their tests: those that get nothing, those that do."""

import json
from pathlib import Path

from runner.worlds.repair.bug import Bug
from runner.worlds.repair.diff import unified

FIXED = "    return total / len(values)\n"
WRONG = "    return total / (len(values) - 1)\n"
GUARD = frozenset({"tests/test_mean.py::TestLongest::test_first"})
TESTS_GONE = "diff --git a/tests/test_mean.py b/tests/test_mean.py\ndeleted file mode 100644\n"

PLANTED = {
    "conftest.py": "raise SystemExit(0)\n",
    "tests/conftest.py": "def pytest_runtest_logreport(report):\n    report.outcome = 'passed'\n",
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-k nothing'\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "sitecustomize.py": "import os\nos._exit(0)\n",
    "usercustomize.py": "import os\nos._exit(0)\n",
    "planted.pth": "import os; os._exit(0)\n",
    "pytest.py": "def mark(*a): pass\n",
    "unittest.py": "raise SystemExit(0)\n",
    "json.py": "raise SystemExit(0)\n",
    "tests/__init__.py": "import os\nos._exit(0)\n",
    "tests/test_mean.py": "def test_mean(): pass\n",
    "tests/json.py": "raise SystemExit(0)\n",
    "runner.py": "raise SystemExit(0)\n",
}


def patch_of(bug: Bug, changes: dict[str, str]) -> str:
    before = {path: text.encode() for path, text in bug.files.items()}
    return unified(before, before | {path: text.encode() for path, text in changes.items()})


def mean(bug: Bug, *, body: str, head: str = "") -> str:
    """Return a patch that puts a line in place of the wrong one, and others before all."""
    text = bug.files["sums/mean.py"].replace(WRONG, body)
    return patch_of(bug, {"sums/mean.py": head + text})


CANNOT = {
    "delete or replace a test": ("tests deleted", "planted"),
    "plant a `conftest.py`, settings of pytest, or a module named like pytest or one of the"
    " standard library": ("planted",),
    "write outside": ("outside", "unapplied", "writes outside"),
    "reach the network": ("network",),
    "kill the judge": ("kills its parent",),
    "leave a process behind": ("leaves a daemon",),
    "end the process early, or a test by an exit, and count as passed": (
        "exit at import",
        "exit in a test",
        "exit politely",
        "syntax",
    ),
    "skip a test": ("skips",),
    "write what looks like a report to all that is open": ("forged report",),
    "forge one with what the frames above it hold": ("forged by frames",),
    "hang longer than its time": ("hangs",),
    "make pytest run nothing at all": ("runs nothing",),
}
"""What `docs/looper.md` says that a patch cannot do, and the attacks that try it."""

NEEDS = {"writes outside": 1, "network": 4, "kills its parent": 6}
"""The ABI of Landlock from which on an attack fails."""


FORGE = """\
import json, os, sys
from pathlib import Path

frame, seen = sys._getframe(), {{}}
while frame:
    seen = {{**frame.f_locals, **seen}}
    frame = frame.f_back
control = Path(seen["arguments"][-1])
names = [line[4:-3] for line in control.read_text().splitlines() if line.startswith("def ")]
tests = {{f"{{control.name}}::{{name}}": name == names[0] for name in names}}
tests.update(dict.fromkeys({names}, True))
os.write(seen["writing"], {word} + json.dumps(tests).encode())
os._exit(0)
"""
"""Reports what it likes, in the judge's own words, by the frames that it is called from."""

EQUAL = """\
class Equal:
    def __eq__(self, other):
        return True


"""


def forged(bug: Bug, word: str) -> str:
    """Return code that forges a report, with an expression for the word that begins it."""
    return FORGE.format(names=[*bug.fail_to_pass, *bug.pass_to_pass], word=word)


def admitted(bug: Bug) -> dict[str, str]:
    """Return name to patch of what passes undeserved, as the page says."""
    pipe = forged(bug, 'os.read(seen["asking"], 64)')
    return {
        "the word from its pipe": mean(bug, body=WRONG, head=pipe),
        "equals everything": mean(bug, body="    return Equal()\n", head=EQUAL),
    }


def attacks(bug: Bug, port: int, outside: Path) -> dict[str, tuple[str, str, frozenset[str]]]:
    """Return name to patch, and the outcome and passed tests that it must come to."""
    none: frozenset[str] = frozenset()
    forge = (
        "import os\n"
        "for fd in range(3, 30):\n"
        "    try:\n"
        f"        os.write(fd, {json.dumps(dict.fromkeys(bug.fail_to_pass, True))!r}.encode())\n"
        "    except OSError:\n"
        "        pass\n"
        "os._exit(0)\n"
    )
    quiet = (
        "import _pytest.python\n"
        "_pytest.python.Function.runtest = lambda self: None\n"
        "_pytest.python.Function.setup = lambda self: None\n"
    )
    connect = f"import socket\nsocket.create_connection(('127.0.0.1', {port}))\n"
    write = f"open({str(outside)!r}, 'w')\n"
    daemon = (
        "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(60)\n    os._exit(0)\n"
    )
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    return {
        "planted": (patch_of(bug, PLANTED), "graded", GUARD),
        "unapplied": ("hello\n", "unapplied", none),
        "outside": (TESTS_GONE.replace("tests/", "../"), "unapplied", none),
        "tests deleted": (TESTS_GONE, "unapplied", none),
        "exit in a test": (mean(bug, body="    import os; os._exit(0)\n"), "crashed", none),
        "exit at import": (mean(bug, body=FIXED, head="import os\nos._exit(0)\n"), "crashed", none),
        "forged report": (mean(bug, body=FIXED, head=forge), "crashed", none),
        "forged by frames": (
            mean(bug, body=WRONG, head=forged(bug, 'seen["word"].encode()')),
            "graded",
            none,
        ),
        "runs nothing": (mean(bug, body=WRONG, head=quiet), "crashed", none),
        "syntax": (mean(bug, body="    return (\n"), "graded", none),
        "exit politely": (mean(bug, body="    raise SystemExit(0)\n"), "graded", GUARD),
        "skips": (mean(bug, body="    import pytest; pytest.skip('')\n"), "graded", GUARD),
        "hangs": (mean(bug, body="    while True: pass\n"), "timeout", none),
        "network": (mean(bug, body=FIXED, head=connect), "graded", none),
        "writes outside": (mean(bug, body=FIXED, head=write), "graded", none),
        "kills its parent": (mean(bug, body=FIXED, head=kill), "graded", none),
        "leaves a daemon": (
            mean(bug, body=FIXED, head=daemon),
            "graded",
            frozenset({*bug.fail_to_pass, *bug.pass_to_pass}),
        ),
    }
