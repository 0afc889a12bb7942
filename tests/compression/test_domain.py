import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compression.domain import classify
from runner.compression.options import DOMAINS

TRAIN = Path(__file__).parents[2] / "evals/kompress/train.jsonl.xz"
DIFF = """\
diff --git a/app.py b/app.py
--- a/app.py
+++ b/app.py
@@ -1,3 +1,3 @@
 import os
-limit = 3
+limit = 5
"""


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (DIFF, "code"),
        (DIFF.partition("--- ")[1] + DIFF.partition("--- ")[2], "code"),
        ("def run(x):\n    return x + 1\n", "code"),
        ("func main() {\n\tfmt.Println(1)\n}\n", "code"),
        ("2026-03-01 12:00:00 INFO started\n2026-03-01 12:00:01 ERROR lost\n", "log"),
        ("Mar  1 12:00:00 host sshd[42]: accepted\n", "log"),
        ("level=warn msg=slow took=3ms\n", "log"),
        ('10.0.0.7:80 - - [01/Mar/2026] "GET / HTTP" 200\n', "log"),
        ('{"a": 1, "b": [2, 3]}', "json"),
        ('{\n  "name": "x",\n  "size": 3\n}\n', "json"),
        ('{"a": 1}\n{"a": 2}\n', "json"),
        ('{"a":1,"b":"' + "x" * 5000, "json"),
        ("The loop improves a small model and stops when nothing moves.\n", "prose"),
        ("", "other"),
        ("\n \n", "other"),
        ("x" * 5000, "other"),
        ("3 4 5\n6 7 8\n", "other"),
    ],
    ids=[
        *("git diff", "plain diff", "python", "go", "log", "syslog", "logfmt", "access log"),
        *("json", "pretty json", "json lines", "endless json", "prose", "empty", "blank"),
        *("one endless word", "numbers"),
    ],
)
def test_a_text_is_of_the_kind_that_most_of_its_lines_are(text: str, want: str) -> None:
    assert classify(text) == want


@given(st.text(alphabet='aA1{}[]":,.=-+@ \n\t', max_size=300))
def test_every_text_has_a_kind(text: str) -> None:
    assert classify(text) in DOMAINS


def test_the_router_knows_nine_in_ten_texts_of_the_corpus() -> None:
    with lzma.open(TRAIN, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    right = [classify(line["text"]) == line["domain"].replace("diff", "code") for line in lines]
    assert sum(right) > 0.9 * len(right)
