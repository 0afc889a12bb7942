"""`git-loop report [--out DIR] [--serve]`: the loops as a folder of pages."""

import json
from argparse import Namespace
from pathlib import Path

from runner.core.problem import printable
from runner.report.number import plural
from runner.wiring.house import enter
from runner.wiring.site import Report, report, sealed_report
from runner.wiring.site_serve import ServeError, serve_site

_MB = 1_000_000


def run(arguments: Namespace) -> int:
    """Write the pages, say where they are, and serve them if asked.

    Raises:
        LoopError: a port without `--serve`, or what `report` and `serve_site` raise.
    """
    if arguments.port and not arguments.serve:
        raise ServeError("--port is where --serve answers; give --serve, too")
    house = enter(Path.cwd())
    write = sealed_report if arguments.sealed else report
    done = write(house, arguments.loop, out=arguments.out)
    if not arguments.serve:
        _tell(done, arguments, url="")
        return 0
    folder = done.written.folder
    serve_site(folder, port=arguments.port, announce=lambda url: _tell(done, arguments, url=url))
    return 0


def _tell(done: Report, arguments: Namespace, *, url: str) -> None:
    if arguments.json:
        print(json.dumps(_json(done, url)), flush=True)
        return
    written = done.written
    shown = printable(str(arguments.out))
    size = f"{written.size / _MB:.1f} MB"
    loops = f"{plural(len(done.loops), 'loop')}, {plural(sum(done.loops.values()), 'row')}"
    print(f"{shown}: {loops}, {plural(written.files, 'file')}, {size}")
    if done.sealed:
        print("it shows held-out cases: whoever reads it has seen the split; do not publish it")
    if url:
        print(f"{url}  (^C ends it)")
        print("next: open the address above", flush=True)
        return
    print(f"next: open {shown}/index.html, or git-loop report --serve")


def _json(done: Report, url: str) -> dict[str, object]:
    written = done.written
    return {
        "out": str(written.folder),
        "files": written.files,
        "bytes": written.size,
        "loops": dict(done.loops),
        "sealed": done.sealed,
        "url": url or None,
    }
