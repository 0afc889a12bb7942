"""Rules between fields that are each right; `test_load.py` has those of one field."""

import pytest

from runner.core.problem import MalformedError
from runner.spec.load import read_spec

HEAD = "version: 1\nloop: b\n"
BODY = HEAD + "make: {command: [x]}\ncheck: {command: [y]}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(MalformedError) as error:
        read_spec(text.encode(), path="loops/b.yaml", kinds={})
    return [line.partition(": ")[2] for line in str(error.value).splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "hypotheses: [{id: a}, {id: b}, {id: a}]",
            'hypotheses[2].id: "a" appears twice, first in hypotheses[0]',
        ),
        (
            "skip: [{id: a, why: x}, {id: a, why: y}]",
            'skip[1].id: "a" appears twice, first in skip[0]',
        ),
        (
            "{hypotheses: [{id: a}], skip: [{id: a, why: no gain}]}",
            'hypotheses[0].id: "a" is to be skipped: no gain',
        ),
        (
            "surface: [a.md]\npropose: {kind: command}",
            "propose.command: missing: propose.kind is command",
        ),
        ("propose: {command: [x]}", "propose.command: never run: propose.kind is queue"),
        ("propose: {minutes: 5}", "propose.minutes: never used: propose.kind is queue"),
        ("propose: {kind: none, env: [A]}", "propose.env: never used: propose.kind is none"),
        (
            "hypotheses: [{id: a}]\npropose: {kind: none}",
            "hypotheses: nothing tries them: propose.kind is none",
        ),
        (
            "gate: {confirm: true, kind: fixtures}",
            "gate.confirm: a lock-box compares case by case; gate.kind is fixtures",
        ),
        (
            "surface: [a.md]\ngate: {confirm: true, simpler: true}",
            ("gate.confirm: a lock-box confirms gains; leave gate.simpler out, which accepts none"),
        ),
        (
            "propose: {kind: command, command: [x]}",
            "surface: empty, so propose.kind command has no file that it may edit",
        ),
        (
            "surface: [a.md]\npropose: {kind: command, command: [x], network: [a b]}",
            'propose.network[0]: expected a host name such as huggingface.co, got "a b"',
        ),
        (
            "surface: [a.md]\npropose: {kind: command, command: ['']}",
            "propose.command[0]: expected a program, got an empty string",
        ),
        (
            "surface: [/etc/passwd]",
            'surface[0]: expected a path relative to the repository, with /, got "/etc/passwd"',
        ),
        (
            "surface: [~/x]",
            'surface[0]: expected a path relative to the repository, with /, got "~/x"',
        ),
        (
            'surface: ["C:/x"]',
            'surface[0]: expected a path relative to the repository, with /, got "C:/x"',
        ),
        (
            "surface: [a/../../x]",
            'surface[0]: expected a path inside the repository, got "a/../../x"',
        ),
        ("surface: [./a//b]", 'surface[0]: expected "a/b", got "./a//b"'),
        ("surface: ['']", "surface[0]: expected a path, got an empty or unprintable one"),
        ("surface: [a, a]", 'surface[1]: "a" appears twice, first in surface[0]'),
        ("surface: [prompts/*.md]", 'surface[0]: name each file: "prompts/*.md" is a pattern'),
        ("surface: [evals/a/cases.jsonl]", "surface[0]: no iteration may change evals/"),
        ("surface: [loops/b.yaml]", "surface[0]: no iteration may change loops/"),
        ("surface: [state/b/rows.jsonl]", "surface[0]: no iteration may change state/"),
        ("surface: [.github/workflows/ci.yml]", "surface[0]: no iteration may change .github/"),
        ("surface: [.GIT/hooks/x]", "surface[0]: no iteration may change .GIT/"),
        (
            "propose: {kind: gepa}",
            "surface: empty, so propose.kind gepa has no file that it may edit",
        ),
        (
            "propose: {kind: reflect, env: [A]}\nsurface: [p.md]",
            "propose.env: never used: propose.kind is reflect",
        ),
        (
            "propose: {kind: command, command: [x], with: {a: 1}}\nsurface: [p.md]",
            "propose.with: never used: propose.kind is command",
        ),
        (
            "propose: {kind: reflect}",
            "surface: empty, so propose.kind reflect has no file that it may edit",
        ),
        (
            "propose: {kind: gepa, network: all}\nsurface: [p.md]",
            "propose.network: never used: propose.kind is gepa",
        ),
        ("propose: {with: {a: 1}}", "propose.with: never used: propose.kind is queue"),
        ("gate: {seeds: 4}", "gate.seeds: only gate.kind scalar re-runs; it is paired"),
        (
            "gate: {worth: 0.01, min_delta: 0.02}",
            "gate.worth: 0.01 is below gate.min_delta 0.02, so never accepted",
        ),
        ("gate: {simpler: true}", "gate.simpler: only a text surface can become shorter"),
        ("gate: {guards: {a: {}}}", "gate.guards.a: says nothing; give max or min or tolerance"),
        ("gate: {guards: {a@b: {min: 1, max: 0}}}", "gate.guards.a@b: min 1 is above max 0"),
        ("stop: {target: {a: {}}}", "stop.target.a: says nothing; give min or max"),
        ("publish: {base: a b}", 'publish.base: expected the name of a branch, got "a b"'),
        ("publish: {base: -f}", 'publish.base: expected the name of a branch, got "-f"'),
        (
            "publish: {base: loop/b}",
            'publish.base: "loop/b" cannot be merged into; name a base branch',
        ),
        (
            "publish: {base: refs/heads/main}",
            'publish.base: "refs/heads/main" cannot be merged into; name a base branch',
        ),
        ("publish: {base: a..b}", 'publish.base: expected the name of a branch, got "a..b"'),
        ("publish: {base: a.}", 'publish.base: expected the name of a branch, got "a."'),
        ("publish: {base: a.lock}", 'publish.base: expected the name of a branch, got "a.lock"'),
        (
            "surface: [prompts\\a.md]",
            ('surface[0]: expected a path relative to the repository, with /, got "prompts\\a.md"'),
        ),
    ],
)
def test_rules_between_fields_are_checked(line: str, expected: str) -> None:
    lines = line.strip("{}").replace("], skip", "]\nskip") if line.startswith("{") else line
    assert problems(BODY + lines + "\n") == [expected]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            "{command: [x], network: [https://hf.co]}",
            'make.network[0]: expected a host name such as huggingface.co, got "https://hf.co"',
        ),
        (
            "{command: [x], cwd: ../x}",
            'make.cwd: expected a path inside the repository, got "../x"',
        ),
        (
            '{command: [x, "a\\0b"]}',
            "make.command[1]: a NUL character cannot be passed on",
        ),
        ("none\nhypotheses: [{id: a}]", "hypotheses: nothing tries them: make is none"),
    ],
)
def test_a_makers_rules_are_checked(make: str, expected: str) -> None:
    text = HEAD + f"check: {{command: [y]}}\nmake: {make}\n"
    assert problems(text) == [expected]


def test_a_check_commands_rules_are_checked() -> None:
    text = HEAD + "make: {command: [x]}\ncheck: {command: [' '], cwd: /tmp, network: [hf.co/x]}\n"
    assert problems(text) == [
        "check.command[0]: expected a program, got an empty string",
        'check.cwd: expected a path relative to the repository, with /, got "/tmp"',
        'check.network[0]: expected a host name such as huggingface.co, got "hf.co/x"',
    ]


@pytest.mark.parametrize("host", ["", "a/b", "a@b", "a b", r"a\tb", r"a\\b", "a?b", "a#b"])
def test_what_is_no_host_name_is_refused(host: str) -> None:
    text = HEAD + f'check: {{command: [y]}}\nmake: {{command: [x], network: [a, "{host}"]}}\n'
    told = host.replace(r"\\", "\\")
    assert problems(text) == [
        f'make.network[1]: expected a host name such as huggingface.co, got "{told}"'
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "surface: [a/b:c/d.md, X.md, a/evals/b.md]",
        "surface: [p.md]\npropose: {kind: command, command: [x], network: [HF.CO, X.example]}",
        "surface: [p.md]\npropose: {kind: command, command: [x], env: [A], minutes: 5}",
        "surface: [p.md]\npropose: {kind: reflect, minutes: 5, with: {a: 1}}",
        "surface: [p.md]\npropose: {kind: gepa, minutes: 5, with: {a: 1}}",
        "gate: {kind: scalar, seeds: 4}",
        "gate: {worth: 0.02, min_delta: 0.02}",
        "gate: {min_delta: 0.2}",
        "gate: {guards: {a@b: {min: 1, max: 1}}}",
        "publish: {base: release/1.x}",
    ],
)
def test_what_stands_at_the_border_of_a_rule_is_taken(lines: str) -> None:
    assert read_spec(f"{BODY}{lines}\n".encode(), path="loops/b.yaml", kinds={}).spec.loop == "b"


def test_a_text_loop_queues_its_edits() -> None:
    text = HEAD + "check: {command: [y]}\nmake: none\nsurface: [p.md]\n"
    edit = "hypotheses: [{id: a, with: {edits: [{find: x, replace: y}]}}]\n"
    assert read_spec((text + edit).encode(), path="loops/b.yaml", kinds={}).spec.edits_text
    reflected = problems(text + edit + "propose: {kind: reflect}\n")
    assert reflected == ["hypotheses: nothing tries them: make is none"]
