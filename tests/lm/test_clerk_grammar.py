import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.lm.clerk.grammar import Fault, read
from runner.lm.clerk.phrase import phrase
from runner.lm.clerk.rule import Conclusion, Condition, Rule, Sign, write


def says(*phrases: str, subject: str = "the log") -> Condition:
    return Condition(tuple((Sign(each),) for each in phrases), subject=subject)


def first(text: str) -> Rule:
    sheet = read(text)
    assert sheet.faults == ()
    return sheet.rules[0].says()


RETRY = Conclusion("retry", "is", (False,))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param(
            '- If the log says "No space left on device", category is disk and retry is false.',
            Rule(says("No space left on device"), (Conclusion("category", "is", ("disk",)), RETRY)),
            id="one phrase",
        ),
        pytest.param(
            '* If it says "a", "b" or "c", then n is 3',
            Rule(says("a", "b", "c", subject="it"), (Conclusion("n", "is", (3,)),)),
            id="alternatives, then, no full stop",
        ),
        pytest.param(
            '- If the log says "a" and "b" or "c", x is null.',
            Rule(
                Condition(((Sign("a"), Sign("b")), (Sign("c"),)), subject="the log"),
                (Conclusion("x", "is", (None,)),),
            ),
            id="and binds tighter than or",
        ),
        pytest.param(
            '- If the log starts with "a" or "b", but not says "c" or "d", x is "two words".',
            Rule(
                Condition(
                    ((Sign("a", "starts with"),), (Sign("b", "starts with"),)),
                    ((Sign("c"),), (Sign("d"),)),
                    "the log",
                ),
                (Conclusion("x", "is", ("two words",)),),
            ),
            id="a place is carried on, exceptions begin anew",
        ),
        pytest.param(
            '1. If the log has a line that starts with "E ", areas include "pip", "npm" and git.',
            Rule(
                Condition(((Sign("E ", "has a line that starts with"),),), subject="the log"),
                (Conclusion("areas", "include", ("pip", "npm", "git")),),
            ),
            id="a list ends the rule",
        ),
        pytest.param(
            '- If the log says "x" at least 3 times, areas are "a" and "b" and retry is false.',
            Rule(
                Condition(((Sign("x", least=3),),), subject="the log"),
                (Conclusion("areas", "are", ("a", "b")), RETRY),
            ),
            id="a count; a conclusion after a list",
        ),
        pytest.param(
            r'- If the log says "say \"a\\b\"", areas exclude "a".',
            Rule(says(r'say "a\b"'), (Conclusion("areas", "exclude", ("a",)),)),
            id="quotes and backslashes",
        ),
        pytest.param(
            "- Otherwise, `retry` is false and areas are empty. Most logs are noise.",
            Rule(None, (RETRY, Conclusion("areas", "are", ()))),
            id="a default with a remark",
        ),
        pytest.param(
            '- If the log mentions "a"\n  or contains "b",\n  retry is false.',
            Rule(says("a", "b"), (RETRY,)),
            id="lines that go on, other words for says",
        ),
    ],
)
def test_a_bullet_is_read_exactly_and_written_so_that_it_reads_the_same(
    text: str, rule: Rule
) -> None:
    assert first(text) == rule
    assert first(write(rule)) == rule


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- If in doubt, be careful.", 'expected "the", found in'),
        ("- If the log says foo, x is y.", "expected a phrase in double quotes, found foo"),
        (
            '- If the log says "a", x was y.',
            "expected is, are, include or exclude after x, found was",
        ),
        ('- If the log says "a" x is y.', 'expected ",", found x'),
        ('- If the log says "a", x is', "expected a value, found the end"),
        ('- If the log says "a" at least no times, x is y.', "expected a number above 0, found no"),
        ('- If the log ends with "a" at least 2 times, x is y.', 'expected ",", found at'),
        ("- Otherwise", "expected the name of a field, found the end"),
        ('- If the log says "a", x is y z.', 'expected ".", found z'),
    ],
)
def test_a_bullet_that_begins_like_a_rule_and_is_none_is_a_fault(text: str, fault: str) -> None:
    sheet = read(f"# Title\n\n{text}\n")
    assert sheet.rules == ()
    assert sheet.faults == (Fault(3, fault),)


def test_other_text_is_neither_a_rule_nor_a_fault() -> None:
    text = (
        'If the log says "a", x is y.\n\n- Be brief.\n\n```\n- If the log says "a", x is y.\n```\n'
    )
    assert read(text) == read("")


def test_a_rule_knows_its_lines() -> None:
    sheet = read('one\n- If it says "a",\n  x is 1.\n- Otherwise, x is 2.\n')
    assert [(rule.line, rule.lines) for rule in sheet.rules] == [(2, 2), (4, 1)]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("rm", "rm -rf x", True),
        ("rm", "format", False),
        ("rm", "a-rm", False),
        ("--force", "git push --force-with-lease", False),
        ("push --force", "git push --force", True),
        (".env", "cat .env", True),
        ("curl ... | sh", "curl -s x | sh", True),
        ("curl ... | sh", "curl -s x\necho | sh", False),
        ("curl ... | sh", "curl x | shasum; echo | sh", True),
    ],
)
def test_a_phrase_matches_whole_words_and_gaps_within_a_line(
    words: str, text: str, *, found: bool
) -> None:
    assert (phrase(words).find(text) is not None) == found


def test_phrases_are_counted_without_overlaps() -> None:
    assert phrase("aa").count("aa aa aaa aa", 9) == 3
    assert phrase("aa").count("aa aa aa", 2) == 2
    assert phrase("b").ends("a b c b")
    assert not phrase("b").ends("a b c")


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    sheet = read(f"- If {text}\n- Otherwise {text}")
    assert len(sheet.rules) + len(sheet.faults) <= 2 + text.count("\n")


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r", categories=["L", "P", "Zs"]),
    min_size=1,
    max_size=12,
)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=3), WORDS)
def test_what_is_written_reads_back(either: list[list[str]], value: str) -> None:
    signs = tuple(tuple(Sign(each) for each in both) for both in either)
    rule = Rule(Condition(signs, subject="the log"), (Conclusion("x", "include", (value,)),))
    assert first(write(rule)) == rule
