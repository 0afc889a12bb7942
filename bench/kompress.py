"""Tokens per CPU second beside LLMLingua-2, and quality against speed against keep rate.

Run with `python bench/kompress.py`; `--write` keeps figures and plot. Every engine is a process of
its own with one thread, asked in turns for the same texts; CPU time of the process is told, tokens
are those of MiniLM's tokenizer for both, and ratios are medians over rounds of LLMLingua-2's time
over ours. `PromptCompressor` (package `llmlingua`, in a virtual environment under `~/.cache`) and
our engine run one checkpoint: a MiniLM token classifier that our maker trained.

`--small DIR` and `--minilm DIR` take candidates that `git-loop pull` left; without them the maker
trains them here. `--also NAME=DIR` adds a point to the plot. `--quick` trains for a few steps and
measures speed alone, on fewer texts: of the peer, and of our engine with the same checkpoint.
"""

import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from figure import keep, options
from kompress_engine import PEER, RATE, SEED, Engine, cases, engines
from kompress_faults import faults
from kompress_plot import Point, plot
from kompress_quality import aligned, quality
from machine import cpu_facts, machine
from tokenizers import Tokenizer

from runner.compression.checkpoint import CONFIG, TOKENIZER, WEIGHTS
from runner.compression.decide import by_budget

ROOT = Path(__file__).resolve().parents[1]
SHORT, LEAST, MOST = 48, 200, 500
BUDGETED, OTHER_RATES = "small-auto", (0.5, 0.6, 0.8)
LONG_TOKENS, LATENCY_TOKENS = 8_200, 2_000
QUICK_TEXTS, QUICK_TOKENS = 8, 2_000
NAMES = {
    "peer": "LLMLingua-2, MiniLM",
    "minilm-fp32": "MiniLM, fp32",
    "minilm-auto": "MiniLM, bf16 if faster",
    "minilm-int8": "MiniLM, ONNX int8",
    "small-fp32": "default, fp32",
    "small-auto": "default, bf16 if faster",
    "small-int8": "default, ONNX int8",
}


def turns(running: Mapping[str, Engine], texts: Sequence[str], rounds: int) -> dict[str, list[Any]]:
    """Ask every engine once per round, in turns, one round more than told to warm up."""
    taken: dict[str, list[Any]] = {name: [] for name in running}
    order = list(running)
    for number in range(rounds + 1):
        for name in order:
            done = running[name].ask(texts)
            if number:
                taken[name].append(done)
        order.reverse()
    return taken


def speeds(taken: Mapping[str, list[Any]], texts: Sequence[str], tokens: int) -> dict[str, Any]:
    """Return per engine its speed, and how many times LLMLingua-2's it is."""
    chars = sum(map(len, texts))
    figures: dict[str, Any] = {}
    for name, rounds in taken.items():
        cpu = median(done["cpu_s"] for done in rounds)
        figures[name] = {
            "tokens_per_cpu_s": round(tokens / cpu),
            "chars_per_cpu_s": round(chars / cpu),
        }
        if "peer" in taken:
            pairs = zip(taken["peer"], rounds, strict=True)
            ratio = median(theirs["cpu_s"] / done["cpu_s"] for theirs, done in pairs)
            figures[name]["times_peer"] = round(ratio, 2)
    return figures


def latency(engine: Engine, text: str, runs: int) -> dict[str, float]:
    """Return the wall seconds of one input."""
    engine.ask([text])
    walls = [engine.ask([text])["wall_s"] for _ in range(runs)]
    return {"p50_s": round(median(walls), 4), "p95_s": round(quantiles(walls, n=20)[-1], 4)}


def agreement(one: Engine, other: Engine, texts: Sequence[str]) -> float:
    """Return the share of units that both keep or both drop at the budget."""
    answers = [engine.ask(texts, scores=True)["scores"] for engine in (one, other)]
    same = [
        a == b
        for ours, theirs in zip(*answers, strict=True)
        for a, b in zip(by_budget(ours, RATE), by_budget(theirs, RATE), strict=True)
    ]
    return round(sum(same) / len(same), 4)


def facts() -> dict[str, Any]:
    """Return what the figures depend on: machine, versions, and the command."""
    flags = " ".join(cpu_facts("flags")[:1]).split()
    return {
        **machine("git-loop", "torch", "onnxruntime", "tokenizers"),
        "avx512_bf16": "avx512_bf16" in flags,
        "avx512_vnni": "avx512_vnni" in flags,
        "gpu": "not measured on a GPU",
        "peer": PEER,
    }


def material(tokenizer: Tokenizer, *, texts: int, tokens: int) -> tuple[list[str], str, str]:
    """Return short texts, a long one, and one of middling length."""
    chunks = [case["text"] for case in cases("train.jsonl.xz")]
    random.Random(SEED).shuffle(chunks)
    short = [text for text in chunks if LEAST <= len(text) <= MOST][:texts]
    long, middle = (_joined(chunks, tokenizer, count) for count in (tokens, LATENCY_TOKENS))
    return short, long, middle


def speed(
    running: Mapping[str, Engine], texts: list[str], tokenizer: Tokenizer, rounds: int
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Time every engine on some texts; return figures, and what each made of them."""
    taken = turns(running, texts, rounds)
    tokens = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    figures = {"texts": len(texts), "tokens": tokens, **speeds(taken, texts, tokens)}
    return figures, {side: done[-1]["texts"] for side, done in taken.items()}


def quick(running: Mapping[str, Engine], tokenizer: Tokenizer, rounds: int) -> dict[str, Any]:
    """Measure speed alone."""
    short, long, _ = material(tokenizer, texts=QUICK_TEXTS, tokens=QUICK_TOKENS)
    return {
        name: speed(running, texts, tokenizer, rounds)[0]
        for name, texts in (("short", short), ("long", [long]))
    }


def measured(running: dict[str, Engine], tokenizer: Tokenizer, rounds: int) -> dict[str, Any]:
    """Measure everything."""
    short, long, middle = material(tokenizer, texts=SHORT, tokens=LONG_TOKENS)
    dev = cases("dev.jsonl.xz")
    figures: dict[str, Any] = {}
    figures["short"], outputs = speed(running, short, tokenizer, rounds)
    figures["long"], _ = speed(running, [long], tokenizer, rounds)
    figures["latency"] = {
        name: latency(engine, middle, 4 * rounds) for name, engine in running.items()
    }
    ours = [name for name in running if name != "peer"]
    figures["agreement"] = {
        name: agreement(running[name], running[f"{name.partition('-')[0]}-fp32"], [*short, long])
        for name in ours
        if name.endswith(("-auto", "-int8"))
    }
    found = {
        name: running[name].ask([case["text"] for case in dev], scores=True)["scores"]
        for name in ours
    }
    figures["quality"] = {name: quality(dev, found[name], RATE) for name in ours}
    figures["quality_at"] = {rate: quality(dev, found[BUDGETED], rate) for rate in OTHER_RATES}
    if "peer" in running:
        texts = [case["text"] for case in dev]
        figures["quality"]["peer"] = aligned(dev, running["peer"].ask(texts)["texts"])
    figures["faults"] = {
        name: faults(short, outputs[name]) for name in ("peer", "small-auto") if name in outputs
    }
    return figures


def _joined(chunks: Sequence[str], tokenizer: Tokenizer, tokens: int) -> str:
    text = "\n".join(chunks)
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    return text[: offsets[min(tokens, len(offsets)) - 1][1]]


def points(figures: Mapping[str, Any]) -> list[Point]:
    """Return what is plotted: quality at the budget against speed on short texts."""
    named = list(figures["quality"].items())
    named += [(BUDGETED, found) for found in figures["quality_at"].values()]
    return [
        Point(
            NAMES.get(name, name),
            figures["short"][name]["chars_per_cpu_s"],
            found["exact_pct"],
            found["keep_rate"],
        )
        for name, found in named
    ]


def main() -> None:
    """Measure everything and print it."""
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="rounds that count")
    parser.add_argument("--small", type=Path, help="folder of the default model")
    parser.add_argument("--minilm", type=Path, help="folder of a MiniLM candidate")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--quick", action="store_true", help="train 2 steps, time MiniLM alone")
    parser.add_argument("--skip-peer", action="store_true", help="measure git-loop alone")
    given = parser.parse_args()
    figures: dict[str, Any] = {"machine": facts(), "rounds": given.rounds, "budget": RATE}
    with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as name:
        running = engines(Path(name), given)
        twin = Path(name) / "bert-base-multilingual-cased"
        figures["checkpoint"] = json.loads((twin / CONFIG).read_text())["sha256"][WEIGHTS]
        tokenizer = Tokenizer.from_file(str(twin / TOKENIZER))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        measure = quick if given.quick else measured
        figures |= measure(running, tokenizer, given.rounds)
        for engine in running.values():
            engine.close()
    if given.write:
        keep("kompress", figures)
    if given.write and not given.quick:
        (ROOT / "docs" / "images").mkdir(exist_ok=True)
        (ROOT / "docs" / "images" / "kompress.svg").write_text(plot(points(figures)))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
