"""LLMLingua-2's own `PromptCompressor`, answering one JSON line per JSON line.

Runs in a virtual environment of its own, which `bench/kompress.py` sets up. Two of its parts ask
the network for files: the GPT tokenizer, with which it counts tokens, is replaced by a regular
expression, which is cheaper; `nltk` is not reached on this path. The model's folder must have
`bert-base-multilingual-cased` in its name, or the class does not know its special tokens.
"""

import json
import re
import sys
import time
import warnings

import tiktoken
import torch


class _Counter:
    """Counts pieces where the original counts GPT tokens."""

    def encode(self, text: str) -> list[str]:
        """Return one piece per word or sign."""
        return re.findall(r"\w+|[^\w\s]", text)


def main() -> None:
    """Load the model, then time every request: `{"texts": [...], "rate": 0.7}`."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    tiktoken.encoding_for_model = lambda _: _Counter()
    from llmlingua import PromptCompressor  # noqa: PLC0415 - after the counter is replaced

    model = PromptCompressor(sys.argv[1], device_map="cpu", use_llmlingua2=True)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        began, cpu = time.perf_counter(), time.process_time()
        # one call: its own batches of 50
        done = model.compress_prompt_llmlingua2(asked["texts"], rate=asked["rate"])
        taken = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
        print(json.dumps({**taken, "texts": done["compressed_prompt_list"]}), flush=True)


if __name__ == "__main__":
    main()
