"""Our engine, answering one JSON line per JSON line, as `kompress_llmlingua.py` does for its own.

`kompress_worker.py FOLDER PRECISION`; a request is `{"texts": [...], "rate": 0.7}`. Several texts
are scored as one batch, a single one goes the way of `git-loop compress`.
"""

import json
import sys
import time
from pathlib import Path

from runner.compression.compress import compress
from runner.compression.decide import by_budget, render
from runner.compression.model import Compressor, load
from runner.compression.unit import units


def _batch(model: Compressor, texts: list[str], rate: float) -> list[str]:
    return [
        render(text, units(text), by_budget(scores, rate))
        for text, scores in zip(texts, model.scores(texts), strict=True)
    ]


def main() -> None:
    """Load the model, then time every request; `{"scores": true}` asks for scores instead."""
    model = load(Path(sys.argv[1]), threads=1, precision=sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked.get("scores"):
            found = {"scores": model.scores(asked["texts"])}
            print(json.dumps(found), flush=True)
            continue
        began, cpu = time.perf_counter(), time.process_time()
        if len(asked["texts"]) == 1:
            texts = [compress(asked["texts"][0], model, budget=asked["rate"]).text]
        else:
            texts = _batch(model, asked["texts"], asked["rate"])
        taken = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
        print(json.dumps({**taken, "texts": texts}), flush=True)


if __name__ == "__main__":
    main()
