"""Every YAML block of a page is one that git-loop takes: whole, or as the part that it shows."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml
from pydantic import ValidationError

from runner.core.frozen import Frozen
from runner.core.problem import MalformedError
from runner.evals.load import read_eval
from runner.evals.model import Eval
from runner.evals.split import read_split
from runner.spec.load import read_spec
from runner.spec.model import Spec
from runner.wiring.table import CHECKERS, MAKERS, PROPOSERS, load, params_of
from tests.docs.page import NAMES, Block, blocks

SPEC = {
    "version": 1,
    "loop": "a",
    "make": {"command": ["python3", "train.py"]},
    "check": {"eval": "e"},
}
RECIPIENT = "age1exext3f05ww3x6mnq3lsxx2nfqusks7s9d80g4hu4jm77pwn7q2qe4ywdl"
"""The key of nobody, where a page has an ellipsis."""
EVAL = {
    "eval": "e",
    "version": 1,
    "checker": {"command": ["python3", "check.py"]},
    "heldout": [{"file": "h.jsonl"}],
    "recipient": RECIPIENT,
    "metrics": {"hit": {"direction": "max"}},
}
CHECK = (sys.executable, "-m", "check_jsonschema")
WORKFLOW = {"on": "push", "jobs": {"a": {"runs-on": "ubuntu-24.04"}}}


def fields(model: type[Frozen]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def parts(block: Block) -> Iterator[str]:
    """Yield the block, in pieces where comments say that it shows two files."""
    yield from (
        part
        for part in re.split(r"^# (?:evals|loops)/.*\n", block.text, flags=re.MULTILINE)
        if part
    )


def judge(text: str) -> str:
    """Return what a piece is taken for.

    Raises:
        MalformedError, ValidationError, AssertionError: it is taken for something, and is wrong.
    """
    data = yaml.safe_load(text.replace("age1...", RECIPIENT))
    if isinstance(data, list):
        read_split(text.encode(), path="cases.yaml")
        return "cases"
    if "jobs" in data or "steps" in data:
        return workflow(data)
    if set(data) <= fields(Spec):
        whole = {**SPEC, **data}
        written = yaml.safe_dump(whole, sort_keys=False).encode()
        kinds, proposers = params_of(MAKERS), params_of(PROPOSERS)
        read_spec(written, path=f"loops/{whole['loop']}.yaml", kinds=kinds, proposers=proposers)
        return "spec"
    if set(data) <= fields(Eval):
        whole = {**EVAL, **data}
        written = yaml.safe_dump(whole, sort_keys=False).encode()
        read_eval(written, path=f"evals/{whole['eval']}/eval.yaml", kinds=params_of(CHECKERS))
        return "eval"
    return parameters(data)


def workflow(data: dict[str, object]) -> str:
    """Hold a workflow, or the steps of one, against GitHub's schema of workflows."""
    whole = {("on" if name is True else name): value for name, value in data.items()}
    if "jobs" not in whole:
        whole = {**WORKFLOW, "jobs": {"a": {"runs-on": "ubuntu-24.04", **whole}}}
    told = subprocess.run(
        [*CHECK, "--builtin-schema", "vendor.github-workflows", "--default-filetype", "yaml", "-"],
        input=yaml.safe_dump(whole, sort_keys=False),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    return "workflow"


def parameters(data: dict[str, object]) -> str:
    """Return the built-in kind whose parameters these are."""
    for table in (MAKERS, CHECKERS, PROPOSERS):
        for kind, plug_in in table.items():
            model = load(plug_in.params)
            if set(data) <= fields(model):
                model.model_validate(data)
                return kind
    raise AssertionError(f"neither a spec, an eval nor parameters: {', '.join(data)}")


@pytest.mark.parametrize("page", NAMES)
def test_blocks_are_taken(page: str) -> None:
    refused = []
    for block in blocks(page, "yaml"):
        for part in parts(block):
            try:
                assert judge(part)
            except (MalformedError, ValidationError, AssertionError, yaml.YAMLError) as err:
                refused.append(f"{page}:{block.line}: {err}")
    assert refused == []


@pytest.mark.parametrize(
    "text",
    [
        "gate: {primray: hit}",
        "make: {kind: token_compressor, with: {method: none such}}",
        "checker: agreement\nwith: {methodd: 1}",
        "unheard: of",
        "on: push\njobs: {a: {run-on: x}}",
    ],
)
def test_a_block_that_is_wrong_is_not_taken(text: str) -> None:
    with pytest.raises((MalformedError, ValidationError, AssertionError)):
        judge(text)
