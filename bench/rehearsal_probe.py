"""Run a command and write what it took, as JSON, into the file that the first argument names.

Started by `bench/rehearsal_measure.py` as `python -S -E`: a process begins with the peak memory of
the one that starts it, so the one that measures has to be small.
"""

import json
import subprocess
import sys
import time
from resource import RUSAGE_CHILDREN, getrusage


def main(into: str, argv: list[str]) -> int:
    """Run it to its end; return its exit status, 2 where a signal ended it."""
    began = time.perf_counter()
    with open(f"{into}.out", "wb") as out:  # noqa: PTH123 - pathlib costs memory
        done = subprocess.call(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    wall, used = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    told = {
        "wall_s": round(wall, 4),
        "cpu_s": round(used.ru_utime + used.ru_stime, 4),
        "memory_mb": round(used.ru_maxrss / 1024, 1),
    }
    with open(into, "w", encoding="utf-8") as file:  # noqa: PTH123 - likewise
        json.dump(told, file)
    return done if done >= 0 else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
