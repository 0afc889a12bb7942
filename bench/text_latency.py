"""What a call of a model costs beyond the endpoint's own time.

A server in a process of its own takes 50 ms for each answer. 200 requests, 32 at once, take 0.35 s
at best. In turns: the same bytes over bare sockets, and our endpoint's client in a batch.

    python bench/text_latency.py            # prints the figures as JSON
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from statistics import median
from threading import local
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import machine

from runner.core.chat import ChatRequest, ChatResponse, Message
from runner.lm.batch import answers
from runner.lm.build import open_model
from runner.lm.params import Endpoint
from runner.lm.wire import outgoing

REQUESTS = 200
CONCURRENCY = 32
DELAY_S = 0.05
ROUNDS = 7
IDEAL_S = ceil(REQUESTS / CONCURRENCY) * DELAY_S
_SERVER = """
import sys
from pathlib import Path
from threading import Event
from runner.lm.script import read_script
from runner.lm.server import serve
with serve(read_script(Path(sys.argv[1]), name="toy"), token="") as address:
    print(address.url, flush=True)
    Event().wait()
"""


def latency() -> dict[str, Any]:
    """Time both ways in turns and return the figures, in seconds.

    Raises:
        AssertionError: an answer is not the one that the server gives.
    """
    with _served() as url:
        declared = Endpoint(
            kind="endpoint", name="toy", base_url=url, key=None, concurrency=CONCURRENCY
        )
        with open_model(declared, folder=Path(), environ={}) as model:
            ways: dict[str, Callable[[], list[str]]] = {
                "bare": lambda: _bare(url),
                "ours": lambda: _texts(answers(model, _requests(), concurrency=CONCURRENCY)),
            }
            taken: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(ROUNDS):
                for name, ask in ways.items():
                    taken[name].append(_timed(ask))
    return {
        "requests": REQUESTS,
        "concurrency": CONCURRENCY,
        "delay_s": DELAY_S,
        "rounds": ROUNDS,
        "ideal_s": round(IDEAL_S, 3),
        **{f"{name}_first_s": round(seconds[0], 3) for name, seconds in taken.items()},
        **{f"{name}_s": round(median(seconds), 3) for name, seconds in taken.items()},
        "times_ideal": round(median(taken["ours"]) / IDEAL_S, 2),
    }


def _requests() -> list[ChatRequest]:
    return [
        ChatRequest(
            messages=(
                Message(role="system", content="Sort the log."),
                Message(role="user", content=f"line {number}: No space left on device"),
            )
        )
        for number in range(REQUESTS)
    ]


def _timed(ask: Callable[[], list[str]]) -> float:
    began = time.perf_counter()
    texts = ask()
    taken = time.perf_counter() - began
    assert texts == [f"disk {number}" for number in range(REQUESTS)]
    return taken


def _texts(found: list[Any]) -> list[str]:
    return [each.text if isinstance(each, ChatResponse) else str(each) for each in found]


def _bare(url: str) -> list[str]:
    """Ask the same over connections that are kept, and read no more than the text."""
    mine = local()
    host = url.removeprefix("http://").removesuffix("/v1")
    headers = {"Content-Type": "application/json"}
    bodies = [
        json.dumps(outgoing(each, name="toy", limit="max_tokens")).encode() for each in _requests()
    ]

    def ask(body: bytes) -> str:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(host)
        mine.connection.request("POST", "/v1/chat/completions", body=body, headers=headers)
        answer = json.loads(mine.connection.getresponse().read())
        text: str = answer["choices"][0]["message"]["content"]
        return text

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(ask, bodies))


@contextmanager
def _served() -> Iterator[str]:
    """Serve a script in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "toy.yaml"
        rule = {
            "match": {"user": {"regex": r"line (\d+)"}},
            "reply": "disk ${1}",
            "delay_s": DELAY_S,
        }
        script.write_text(json.dumps({"rules": [rule]}))
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(script)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait()


def main() -> None:
    """Print the figures."""
    print(json.dumps({"machine": machine("openai", "httpx2"), **latency()}, indent=2))


if __name__ == "__main__":
    main()
