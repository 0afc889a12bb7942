"""Seven defects of the original framework: each has tests that fail where it comes back."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from looper_ground import ROOT

_WORLD, _TAG = "tests/worlds/repair", "tests/harness/tag"
DEFECTS = {
    "staged files survive the reset between attempts": (
        f"{_WORLD}/test_world.py::test_staged_files_do_not_survive_an_attempt",
    ),
    "<read>../x leaves the workspace": (
        f"{_WORLD}/test_tree.py::test_what_is_no_file_inside_is_refused",
    ),
    "<edit> with two matches edits the first": (
        f"{_WORLD}/test_edit.py::test_two_matches_do_not_edit_the_first",
    ),
    "fuzzy edit rewrites the wrong function, in 13.7 s": (
        f"{_WORLD}/test_edit.py::test_a_function_of_similar_shape_is_not_rewritten",
        f"{_WORLD}/test_edit.py::test_what_says_something_else_is_not_rewritten",
        f"{_WORLD}/test_edit.py::test_3000_lines_take_at_most_50_ms",
    ),
    "a sentence before a fence defeats its stripping": (
        f"{_TAG}/test_parse.py::test_a_call_in_a_fence_is_read_only_where_fences_are_taken_off",
    ),
    "</write> inside the content truncates the file": (
        f"{_TAG}/test_parse.py::test_a_file_that_may_end_too_early_is_not_written",
        f"{_TAG}/test_parse.py::test_the_content_of_a_file_is_what_stands_there",
    ),
    "PASS_TO_PASS is never checked": (
        f"{_WORLD}/test_grade.py::test_a_patch_that_breaks_a_guard_is_no_repair",
    ),
}


def defects() -> dict[str, Any]:
    """Run the tests of each defect; one whose tests pass, each at least once, stays mended."""
    ids = [name for names in DEFECTS.values() for name in names]
    outcomes = _run(ids)
    mended = {
        what: all(outcomes.get(name.rpartition("::")[2]) for name in names)
        for what, names in DEFECTS.items()
    }
    return {
        "mended": f"{sum(mended.values())} of {len(mended)}",
        "each": {
            what: {"tests": [*names], "mended": mended[what]} for what, names in DEFECTS.items()
        },
        "holds": all(mended.values()),
    }


def _run(ids: list[str]) -> dict[str, bool]:
    """Return whether all cases of a test passed, by the test's name."""
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        options = ("-q", "-n", "0", "--no-cov", "-p", "no:cacheprovider", f"--junitxml={report}")
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, *ids],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        cases = ET.parse(report).getroot().iter("testcase") if report.exists() else ()
        found: dict[str, bool] = {}
        for case in cases:
            name = case.attrib["name"].partition("[")[0]
            found[name] = found.get(name, True) and len(case) == 0
    return found
