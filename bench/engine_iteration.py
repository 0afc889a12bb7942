"""One iteration of the loop named by the first argument, and its pull request's body.

What `git-loop run NAME` does in its process, less the forge: nothing is created, compared or read
back over HTTP. Run by `bench/engine.py` in the folder of a repository.
"""

import sys
from pathlib import Path

from runner.cli.main import hasten

hasten()  # before the rest is imported, as the verb does

from runner.cli.progress import progress  # noqa: E402 - see above
from runner.core.receipt import Refusal  # noqa: E402 - see above
from runner.iteration.show import story_of  # noqa: E402 - see above
from runner.wiring import work  # noqa: E402 - see above
from runner.wiring.house import enter  # noqa: E402 - see above


def main(name: str) -> None:
    """Run it and print the body."""
    house = enter(Path.cwd())
    with (
        progress(silent=True) as told,
        work.work_on(house, name, progress=told, publish=False) as bench,
    ):
        for done in work.run(bench, iterations=1):
            if isinstance(done, Refusal):
                raise SystemExit(f"{name} rests ({done.stop.name}): {done.stop.why}")
            campaign = done.plan.campaign
            print(story_of(bench.parts, bench.declared, campaign, reopen=False).body)


if __name__ == "__main__":
    main(sys.argv[1])
