"""What figures depend on: the machine, the versions, and the command."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def machine(*packages: str) -> dict[str, Any]:
    """Say what a bench runs on, before it puts load on it.

    Args:
        packages: Distributions whose versions are told.
    """
    names = cpu_facts("model name")
    script, *given = sys.argv
    # where a folder lies on one machine tells nobody else anything
    arguments = [f".../{Path(each).name}" if each.startswith("/") else each for each in given]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "command": " ".join(["python", f"bench/{Path(script).name}", *arguments]),
    }


def cpu_facts(key: str) -> list[str]:
    """Return what Linux says of each core by a key of `/proc/cpuinfo`; nothing elsewhere."""
    place = Path("/proc/cpuinfo")
    lines = place.read_text().splitlines() if place.is_file() else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(key)]
