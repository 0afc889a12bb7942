"""A plug-in of pytest for `bench/suite.py`: which tests met a fault of the embedded forge."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from runner.forge.fault import Fault, Faults

COMMITTED: Counter[str] = Counter()
MET: set[str] = set()
FAILED: set[str] = set()
RUNNING: list[str] = [""]
_TAKE = Faults.take


def _take(faults: Faults, method: str, path: str) -> Fault | None:
    found = _TAKE(faults, method, path)
    if found is not None:
        COMMITTED[f"{found.kind} {found.status}" if found.kind == "status" else found.kind] += 1
        MET.add(RUNNING[0])
    return found


def pytest_configure() -> None:
    """Watch each fault that is committed."""
    Faults.take = _take  # type: ignore[method-assign] # a counter around the original


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember whose faults come now."""
    RUNNING[0] = item.nodeid


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember who failed, in any phase."""
    if report.failed:
        FAILED.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Tell what was counted."""
    told = {
        "faults": sum(COMMITTED.values()),
        "by_kind": dict(COMMITTED.most_common()),
        "tests": len(MET),
        "passed": len(MET - FAILED),
        "failed": sorted(MET & FAILED),
    }
    Path(os.environ["FAULTS_TOLD"]).write_text(json.dumps(told))
