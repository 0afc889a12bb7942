import json
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.chat import ChatRequest, ChatResponse, Message
from runner.lm.clerk.grammar import read
from runner.lm.clerk.model import META, clerk
from runner.lm.clerk.prompt import read_ask

PATH = "skills/toy/SKILL.md"
SKILL = """\
---
name: toy
description: A toy - "- If it says "x", y is z." is no rule here.
---

# toy

- If the log says "assert", category is test.
- Otherwise, category is build.

## Notes

Nothing else.
"""
ANSWER = "Edits: at most {edits}. An edit changes at most {lines} lines."
DISK = {"category": "disk"}
TEST = {"category": "test"}
BUILD = {"category": "build"}
FULL = (
    "Step 1\nwriting a.bin\ntar: a.bin: Cannot write: No space left on device\nexit 2",
    "Step 7\nnpm run pack\nerror: No space left on device\nexit 1",
)
FINE = (
    "Step 3\nwriting log\nassert 1 == 2\nexit 1",
    "Step 9\nwriting a.o\nerror: undefined x\nexit 2",
)


def case(text: str, right: Mapping[str, Any], wrong: Mapping[str, Any] | None = None) -> str:
    said = json.dumps(right if wrong is None else wrong)
    score = "1.000" if wrong is None else "0.000"
    return (
        f'<case id="c{next(NUMBER)}" score="{score}">\n<input>\n{text}\n</input>\n'
        f"<output>\n{said}\n</output>\n<correction>\n{json.dumps(right)}\n</correction>\n</case>\n"
    )


NUMBER = count()
CASES = (
    *(case(text, DISK, BUILD) for text in FULL),
    case(FINE[0], TEST),
    case(FINE[1], BUILD),
)


def request(
    *,
    skill: str = SKILL,
    cases: Sequence[str] = CASES,
    past: str = "",
    answer: str = "",
    **most: int,
) -> str:
    """Write a request; `past` is its parts on what was tried and what reviewers did."""
    limits = ANSWER.format(**{"edits": 1, "lines": 12} | most)
    parts = [
        f'# Instructions\n<file path="{PATH}">\n{skill}</file>\n',
        f"# Cases\n{''.join(cases)}",
    ]
    return "\n".join((*parts, *filter(None, (past,)), f"# Answer\n{answer}\n{limits}\n"))


def ask(message: str, **given: object) -> ChatResponse:
    system = Message(role="system", content=f"{META}\nIts task: toys.")
    user = Message(role="user", content=message)
    return clerk(**given).complete(ChatRequest(messages=(system, user)))


def proposed(message: str, **given: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(message, **given).text)
    return found


def edited(message: str, text: str = SKILL) -> str:
    """Make the edits, as strictly as the engine does."""
    for edit in proposed(message)["edits"]:
        if not edit["find"]:
            text += edit["replace"] + "\n"
        else:
            assert text.count(edit["find"]) == 1
            text = text.replace(edit["find"], edit["replace"])
    return text


def added(message: str, text: str = SKILL) -> list[str]:
    return [line for line in edited(message, text).split("\n") if line not in text.split("\n")]


def diff(*lines: str, verdict: str = "reject") -> str:
    body = "".join(f"{line}\n" for line in lines)
    return (
        "# Tried before\n"
        f'<tried iteration="3" verdict="{verdict}" why="it &quot;helps&quot;">\n'
        f"--- a/{PATH}\n+++ b/{PATH}\n@@ -8,2 +8,3 @@\n{body}</tried>\n"
    )


def test_it_learns_the_phrase_that_tells_the_failing_cases_from_the_others() -> None:
    rule = '- If the log says "No space left on device", category is disk.'
    assert added(request()) == [rule]
    assert edited(request()).split("\n").index(rule) == 8


def test_the_frontmatter_and_everything_else_stays() -> None:
    gone = [line for line in SKILL.split("\n") if line not in edited(request()).split("\n")]
    assert gone == []


def test_the_same_request_gets_the_same_answer() -> None:
    assert ask(request()) == ask(request())


def test_no_phrase_is_proposed_that_stands_in_no_shown_input() -> None:
    texts = "\n".join((*FULL, *FINE)).lower()
    rules = read("\n".join(added(request()))).rules
    phrases = [
        sign.phrase
        for rule in rules
        if rule.condition
        for both in rule.condition.either
        for sign in both
    ]
    assert phrases
    assert all(each.lower() in texts for each in phrases)


LINES = st.lists(
    st.sampled_from(["make all", "error: bad «n»", "fatal: no «n» here", "ok", "note: see x.c"]),
    min_size=1,
    max_size=8,
)
LABELS = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["a", "b"]),
        "areas": st.lists(st.sampled_from(["p", "q"]), unique=True),
    }
)


@given(st.lists(st.tuples(LINES, LABELS), max_size=6))
def test_whatever_is_shown_it_proposes_only_rules_with_phrases_of_it(
    shown: list[tuple[list[str], dict[str, Any]]],
) -> None:
    texts = ["\n".join(lines).replace("«n»", str(at)) for at, (lines, _) in enumerate(shown)]
    cases = [case(text, label, {}) for text, (_, label) in zip(texts, shown, strict=True)]
    message = request(cases=cases)
    whole = "\n".join(texts).lower()
    sheet = read("\n".join(added(message)))
    assert sheet.faults == ()
    for rule in sheet.rules:
        for both in () if rule.condition is None else rule.condition.either:
            for sign in both:
                assert sign.phrase == "assert" or sign.phrase.lower() in whole


def test_names_numbers_and_paths_are_left_out_of_what_it_learns() -> None:
    texts = [
        f"run {name}\nstep one\nstep two\n./{name}.py:{at}: fatal: bad magic in {name}_{at}.o\nok"
        for at, name in enumerate("xyz")
    ]
    cases = (
        *(case(text, DISK, BUILD) for text in texts),
        case("run q\nstep one\nstep two\nfatal: else\nok", BUILD),
    )
    assert added(request(cases=cases)) == [
        '- If the log says "fatal: bad magic", category is disk.'
    ]


def test_without_a_failure_it_proposes_nothing_and_says_so() -> None:
    found = proposed(request(cases=[case(FINE[0], TEST), case(FINE[1], BUILD)]))
    assert found == {"why": "no case fails, so there is nothing to learn", "edits": []}


def test_without_a_correction_it_proposes_nothing_and_says_so() -> None:
    bare = re.sub(r"<correction>.*?</correction>\n", "", "".join(CASES[:2]), flags=re.DOTALL)
    found = proposed(request(cases=[bare]))
    assert found["edits"] == []
    assert (
        found["why"] == "no case says what would have been right, so there is nothing to learn from"
    )


def test_where_no_phrase_tells_the_cases_apart_it_says_so() -> None:
    same = "one\ntwo\nthree\nfour"
    found = proposed(request(cases=[case(same, DISK, BUILD), case(same, BUILD), case(same, BUILD)]))
    assert found["edits"] == []
    assert found["why"] == "no phrase that was not tried tells the failing cases from the others"


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_an_edit_keeps_to_the_lines_that_it_may_change(lines: int) -> None:
    others = {
        "net": "Connection reset by peer",
        "mem": "Out of memory: aborted",
        "perm": "Permission denied",
    }
    cases = [
        case(f"step {at}\ndoing\nfatal: {text}\nbye", {"category": name}, BUILD)
        for name, text in others.items()
        for at in range(2)
    ]
    found = added(request(cases=cases, lines=lines))
    assert len(found) == lines
    assert len(read("\n".join(found)).rules) == lines


def test_with_several_edits_allowed_each_is_found_once() -> None:
    skill = SKILL.replace('"assert", category is test', '"writing", category is test')
    cases = (*CASES, case("Step 2\nwriting b\nassert x\nfailed: y", TEST))
    message = request(skill=skill, cases=cases, edits=3, lines=36)
    found = proposed(message)["edits"]
    assert 1 <= len(found) <= 3
    assert edited(message, skill) != skill


def test_a_wrong_rule_is_mended_where_no_new_one_would_help() -> None:
    skill = SKILL.replace('"assert"', '"assert" or "Step"')
    cases = [
        case("Step 1 only", BUILD, TEST),
        case("Step 2 only", BUILD, TEST),
        case("assert", TEST),
    ]
    assert added(request(skill=skill, cases=cases), skill) == [
        '- If the log says "assert", category is test.'
    ]


def test_an_edit_that_was_rejected_is_not_proposed_again() -> None:
    rule = '- If the log says "No space left on device", category is disk.'
    again = added(request(past=diff(f"+{rule}")))
    assert again
    assert rule not in again
    assert added(request(past=diff(f"+{rule}", verdict="keep"))) == [rule]


def test_an_answer_that_was_sent_back_is_not_given_again() -> None:
    first = ask(request()).text
    message = f"{request()}\n# Refused\n<answer>\n{first}\n</answer>\n<problem>\nno\n</problem>\n"
    assert ask(message).text != first


def review(proposed_text: str, shipped: str) -> str:
    return (
        "# Reviewers\n"
        f'<reviewed path="{PATH}">\n<proposed>\n{proposed_text}</proposed>\n'
        f"<shipped>\n{shipped}</shipped>\n</reviewed>\n"
    )


def test_what_a_reviewer_put_in_is_followed_first() -> None:
    theirs = '- If the log says "space left", category is disk.'
    mine = '- If the log says "writing", category is disk.'
    message = request(past=review(f"{SKILL}{mine}\n", f"{SKILL}{theirs}\n"))
    assert added(message) == [theirs]


def test_what_a_reviewer_took_out_is_neither_kept_nor_proposed() -> None:
    rule = '- If the log says "No space left on device", category is disk.'
    message = request(past=review(f"{SKILL}{rule}\n", SKILL))
    assert rule not in added(message)
    with_it = SKILL.replace("- Otherwise", f"{rule}\n- Otherwise")
    left_in = request(skill=with_it, past=review(with_it, SKILL))
    assert edited(left_in, with_it) == SKILL


def test_a_reviewers_rule_is_never_mended() -> None:
    skill = SKILL.replace('"assert"', '"assert" or "Step"')
    cases = [
        case("Step 1 only", BUILD, TEST),
        case("Step 2 only", BUILD, TEST),
        case("assert", TEST),
    ]
    message = request(skill=skill, cases=cases, past=review(SKILL, skill))
    assert '"assert" or "Step"' in edited(message, skill)


def test_only_named_sections_change_where_only_they_may() -> None:
    limit = "- Nothing may change but the text below Notes."
    text = edited(request(answer=limit))
    before, _, notes = text.partition("## Notes")
    assert before == SKILL.partition("## Notes")[0]
    assert (
        notes
        == '\n\nNothing else.\n- If the log says "No space left on device", category is disk.\n'
    )


def test_when_nothing_fails_and_shorter_is_asked_for_rules_are_joined() -> None:
    skill = SKILL.replace(
        "- Otherwise", '- If the log says "expected", category is test.\n- Otherwise'
    )
    cases = [case("assert a", TEST), case("expected b", TEST), case("else", BUILD)]
    message = request(
        skill=skill, cases=cases, answer="Nothing fails. Make the instructions shorter, and"
    )
    text = edited(message, skill)
    assert len(text) < len(skill)
    assert '"assert" or "expected", category is test' in text


def test_a_default_is_the_first_thing_that_it_adds() -> None:
    cases = [case(f"t{at}", {"category": "build", "retry": False}, BUILD) for at in range(4)]
    assert added(request(cases=cases)) == ["- Otherwise, category is build and retry is false."]


def test_a_file_without_rules_gets_its_first_at_the_end() -> None:
    skill = "# toy\n\nSay why.\n"
    text = edited(request(skill=skill), skill)
    assert text.startswith(skill.rstrip("\n"))
    assert read(text).rules


def test_the_path_is_named_where_there_are_several_files() -> None:
    message = request().replace("# Cases", '<file path="b.md">\n# other\n</file>\n\n# Cases', 1)
    assert {edit["path"] for edit in proposed(message)["edits"]} == {PATH}


def test_its_reasoning_counts_what_is_wrong() -> None:
    assert ask(request()).reasoning.split("\n")[:2] == [
        "2.0 of 4 cases are right by the rules",
        "category should have disk: 2",
    ]


def test_a_request_is_taken_apart_part_by_part() -> None:
    found = read_ask(request(past=diff("-a", "+b", " c") + review("p\n", "s\n"), edits=3, lines=7))
    assert found.files == {PATH: SKILL}
    assert [each.text for each in found.cases] == [*FULL, *FINE]
    assert [each.passed for each in found.cases] == [False, False, True, True]
    assert (found.tried[0].verdict, found.tried[0].removed, found.tried[0].added) == (
        "reject",
        {"a"},
        {"b"},
    )
    assert (found.reviewed[0].proposed, found.reviewed[0].shipped) == ("p", "s")
    assert (found.limits.edits, found.limits.lines) == (3, 7)


@given(st.text(max_size=200))
def test_any_message_is_answered_with_edits_or_none(text: str) -> None:
    found = proposed(text)
    assert set(found) == {"why", "edits"}


def test_headings_and_tags_within_an_input_do_not_end_it() -> None:
    text = '# Answer\n<case id="x">\n# Cases\nfatal: no'
    found = read_ask(request(cases=[case(text, DISK, BUILD)]))
    assert [each.text for each in found.cases] == [text]
