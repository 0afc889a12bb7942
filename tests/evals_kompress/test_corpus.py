import importlib.util
import json
import lzma
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pyrage
import pytest
import yaml

from runner.checkers.must_keep.declaration import Declaration, family_patterns, parse
from runner.checkers.must_keep.generate import generate
from runner.checkers.must_keep.params import Params
from runner.compression.case import CaseLine, cut
from runner.compression.contamination import corpus_grams, overlap
from runner.compression.lexer import lex
from runner.evals.model import Eval
from runner.makers.token_compressor.params import Params as MakeParams
from runner.spec.model import PlugInMake, Spec

ROOT = Path(__file__).parents[2]
HERE = ROOT / "evals" / "kompress"
Case = dict[str, Any]


def cases(data: bytes) -> list[Case]:
    return [json.loads(line) for line in lzma.decompress(data).splitlines()]


def unseal(name: str) -> bytes:
    words = (HERE / "demo.key").read_text().split()
    key = next(word for word in words if word.startswith("AGE-SECRET-KEY-"))
    return pyrage.decrypt((HERE / name).read_bytes(), [pyrage.x25519.Identity.from_str(key)])


@pytest.fixture(scope="module")
def corpus() -> dict[str, list[Case]]:
    return {
        "train": cases((HERE / "train.jsonl.xz").read_bytes()),
        "dev": cases((HERE / "dev.jsonl.xz").read_bytes()),
        "natural": cases(unseal("natural.jsonl.xz.age")),
    }


@pytest.fixture(scope="module")
def blind() -> Declaration:
    return parse(unseal("blind.yaml.age"))


@pytest.fixture(scope="module")
def novel() -> Declaration:
    return parse((HERE / "novel.yaml").read_bytes())


def draw(declaration: bytes, *, n: int) -> list[str]:
    drawn = generate(declaration, n=n, seed=b"any", slices=("x",))
    return [str(case["text"]) for case in drawn]


def load_script(name: str) -> ModuleType:
    sys.path.insert(0, str(HERE))
    try:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(HERE))


def test_eval_and_loop_load_and_their_parameters_are_known() -> None:
    found = Eval.model_validate_json(json.dumps(yaml.safe_load((HERE / "eval.yaml").read_bytes())))
    loop = yaml.safe_load((ROOT / "loops" / "kompress.yaml").read_bytes())
    spec = Spec.model_validate_json(json.dumps(loop))
    assert isinstance(spec.make, PlugInMake)
    Params.model_validate(found.with_)
    for hypothesis in spec.hypotheses:
        MakeParams.model_validate({**spec.make.with_, **hypothesis.with_})
    named = {spec.gate.primary, *spec.gate.guards, *spec.stop.target}
    assert {name.partition("@")[0] for name in named} <= set(found.metrics)
    assert found.recipient in (HERE / "demo.key").read_text()


def test_the_corpus_stays_near_250_kb_in_git() -> None:
    assert sum(p.stat().st_size for p in HERE.iterdir() if p.suffix in {".xz", ".age"}) < 265_000


def test_there_are_about_1300_chunks_over_five_domains(corpus: dict[str, list[Case]]) -> None:
    natural = [c for split in corpus.values() for c in split if "natural" in c["slices"]]
    assert len(natural) == 870 + 221 + 220
    assert set(Counter(c["domain"] for c in natural)) == {"code", "diff", "prose", "log", "json"}
    assert len({c["text"] for c in natural}) == len(natural)
    slices = Counter(s for c in corpus["dev"] for s in c["slices"])
    assert slices == {"natural": 221, "dense": 56, "novel": 60}


def test_the_held_out_chunks_span_many_sources_and_every_domain(
    corpus: dict[str, list[Case]],
) -> None:
    held = corpus["natural"]
    assert Counter(c["domain"] for c in held) == {
        "code": 50,
        "diff": 30,
        "prose": 50,
        "log": 50,
        "json": 40,
    }
    assert len({c["source"] for c in held}) > 80
    assert max(Counter(c["source"] for c in held).values()) <= 10


def test_no_source_file_is_in_two_splits(corpus: dict[str, list[Case]]) -> None:
    sources = {
        name: {c["source"] for c in split if "natural" in c["slices"]}
        for name, split in corpus.items()
    }
    assert not sources["train"] & sources["dev"]
    assert not sources["train"] & sources["natural"]
    assert not sources["dev"] & sources["natural"]


def test_ids_are_unique_and_every_case_is_well_formed(corpus: dict[str, list[Case]]) -> None:
    for split in corpus.values():
        assert len({c["id"] for c in split}) == len(split)
        for case in split:
            held = cut(CaseLine.model_validate_json(json.dumps(case)))
            assert held.line.must
            spans = sorted((start, end) for start, end, _ in held.line.must)
            assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_must_spans_begin_and_end_on_text(corpus: dict[str, list[Case]]) -> None:
    for case in (case for split in corpus.values() for case in split):
        for start, end, _ in case["must"]:
            word = case["text"][start:end]
            assert word == word.strip()
            assert word


def test_only_checked_splits_carry_references(corpus: dict[str, list[Case]]) -> None:
    assert not any("reference" in case for case in corpus["train"])
    assert all(case["reference"] for case in (*corpus["dev"], *corpus["natural"]))


@pytest.mark.parametrize("split", ["train", "dev", "natural"])
def test_no_private_family_occurs(
    corpus: dict[str, list[Case]], blind: Declaration, split: str
) -> None:
    for name, pattern in family_patterns(blind).items():
        hits = [case["id"] for case in corpus[split] if pattern.search(case["text"])]
        assert hits == [], name


@pytest.mark.parametrize("split", ["train", "dev", "natural"])
def test_novel_families_occur_in_the_novel_slice_only(
    corpus: dict[str, list[Case]], novel: Declaration, split: str
) -> None:
    texts = {c["id"]: c["text"] for c in corpus[split] if c["slices"] == ["natural"]}
    for name, pattern in family_patterns(novel).items():
        assert [id_ for id_, text in texts.items() if pattern.search(text)] == [], name


def test_every_private_family_is_drawn_and_is_of_a_class_of_its_own(
    blind: Declaration, novel: Declaration
) -> None:
    drawn = generate(unseal("blind.yaml.age"), n=200, seed=b"t", slices=("blind",))
    kinds = {family.kind for family in blind.families.values()}
    assert len(kinds) >= 12
    assert {kind for case in drawn for _, _, kind in case["must"]} == kinds  # type: ignore[attr-defined]
    public = parse((HERE / "dense.yaml").read_bytes())
    shown = [*public.families.values(), *novel.families.values()]
    assert not kinds & {family.kind for family in shown}


def test_many_private_families_are_plain_words(blind: Declaration) -> None:
    plain = [
        name
        for name, family in blind.families.items()
        if all(form.replace(" ", "").isalpha() and form.islower() for form in family.forms)
    ]
    assert len(plain) >= len(blind.families) / 3


def test_a_perfect_ranking_fits_most_blind_cases_into_the_budget() -> None:
    cases_ = [
        cut(CaseLine.model_validate_json(json.dumps(case)))
        for case in generate(unseal("blind.yaml.age"), n=200, seed=b"t", slices=("blind",))
    ]
    shares = [1 - sum(case.free) / len(case.pieces) for case in cases_]
    assert sum(share <= 0.7 for share in shares) >= 190
    assert 0.4 < sum(shares) / len(shares) < 0.6


@pytest.mark.parametrize("known", ["train", "dev"])
def test_no_gram_of_train_or_dev_stands_in_a_held_out_case(
    corpus: dict[str, list[Case]], known: str
) -> None:
    seen = corpus_grams(case["text"] for case in corpus[known])
    drawn = {
        "natural": [case["text"] for case in corpus["natural"]],
        "blind": draw(unseal("blind.yaml.age"), n=300),
        "dense": draw((HERE / "dense.yaml").read_bytes(), n=300) if known == "train" else [],
    }
    assert {name: overlap(texts, seen).tainted for name, texts in drawn.items()} == {
        "natural": 0,
        "blind": 0,
        "dense": 0,
    }


def test_no_gram_of_train_stands_in_dev(corpus: dict[str, list[Case]]) -> None:
    seen = corpus_grams(case["text"] for case in corpus["train"])
    assert overlap((case["text"] for case in corpus["dev"]), seen).tainted == 0


def test_the_lexer_knows_most_public_slots_and_few_private_ones() -> None:
    shares = {}
    for name, data in (
        ("dense", (HERE / "dense.yaml").read_bytes()),
        ("blind", unseal("blind.yaml.age")),
    ):
        whole = total = 0
        for case in generate(data, n=100, seed=b"t", slices=(name,)):
            lexed = {i for span in lex(str(case["text"])) for i in range(span.start, span.end)}
            for start, end, _ in case["must"]:  # type: ignore[attr-defined]
                whole += all(i in lexed for i in range(start, end))
                total += 1
        shares[name] = whole / total
    assert shares["dense"] > 0.85
    assert shares["blind"] < 0.25


def test_no_slot_is_left_unfilled() -> None:
    for name, data in (
        ("dense", (HERE / "dense.yaml").read_bytes()),
        ("blind", unseal("blind.yaml.age")),
    ):
        for case in generate(data, n=50, seed=b"t", slices=(name,)):
            assert "{" not in str(case["text"])


def test_the_annotator_marks_code_by_pythons_own_tokens() -> None:
    source = "def run(user_id):\n    if not user_id:  # never 7\n        raise KeyError(MAX)\n"
    marks = load_script("annotate").code_lines(source)
    lines = source.splitlines()
    found = [(lines[row - 1][a:b], kind) for row, line in marks.items() for a, b, kind in line]
    assert found == [
        ("run", "name"),
        ("user_id", "name"),
        ("not", "negation"),
        ("user_id", "name"),
        ("never", "negation"),
        ("7", "number"),
        ("KeyError", "error"),
        ("MAX", "name"),
    ]


def test_the_annotator_marks_prose_by_whole_words() -> None:
    line = "It does not return 'None', or (42%) of user_id; don't e.g. fail."
    marks = load_script("annotate").prose_line(line)
    assert [(line[a:b], kind) for a, b, kind in marks] == [
        ("not", "negation"),
        ("None", "negation"),
        ("42%", "number"),
        ("user_id", "name"),
        ("don't", "negation"),
    ]


def test_provenance_names_every_public_source_and_no_sealed_one(
    corpus: dict[str, list[Case]],
) -> None:
    text = (HERE / "PROVENANCE.md").read_text()
    public = {
        c["source"] for s in ("train", "dev") for c in corpus[s] if c["slices"] == ["natural"]
    }
    sealed = {c["source"] for c in corpus["natural"]}
    assert [name for name in public if f"| `{name}` |" not in text] == []
    assert [name for name in sealed if name in text] == []
    assert "Python\n  Software Foundation; All Rights Reserved" in text


def test_the_sealed_provenance_names_every_sealed_source_with_notices(
    corpus: dict[str, list[Case]],
) -> None:
    text = lzma.decompress(unseal("heldout.md.xz.age")).decode()
    assert [c["source"] for c in corpus["natural"] if f"| `{c['source']}` |" not in text] == []
    packages = yaml.safe_load(lzma.decompress(unseal("heldout.yaml.xz.age")))["packages"]
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line
    )
    for name in packages:
        _, found, notice = text.partition(f"## {name} {pins[name]}\n")
        assert found
        assert "copyright" in notice.partition("\n## ")[0].lower()


@pytest.mark.slow
def test_the_draws_of_the_public_generators_are_those_of_the_corpus(
    corpus: dict[str, list[Case]],
) -> None:
    origin = load_script("origin")
    declared = yaml.safe_load((HERE / "sources.yaml").read_bytes())
    first, second = (origin.generated(declared, origin.Sieve([], {})) for _ in range(2))
    assert first == second
    for domain in ("log", "json"):
        texts = {case["text"] for case in first[domain]}
        held = [*corpus["train"], *corpus["dev"]]
        assert {c["text"] for c in held if c["domain"] == domain} <= texts
