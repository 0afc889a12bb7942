import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runner.core.marker import split_marked, wrap
from runner.report.escape import BREAK, escape, fence, plain
from runner.report.table import table

NASTY = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            [
                "|", "\n", "\r\n", "\u2028", "@me", "@org/team", "#1", "GH-7", "fixes #12",
                "closes: o/r#3", "resolves https://github.com/o/r/issues/1", "<!--", "-->",
                "<!-- git-loop:end -->", "<!-- git-loop:begin loop=toy tip=01234567 -->",
                "`", "```", "~~~",
                "\\", "**", "_x_", "[a](http://x.y)", "![i](u)", "<b>", "<script>",
                "&#64;me", "&lt;",
                "www.x.com", "[skip ci]", "\x1b[31m", "\x00", "---", "===", "$a$",
                "# h", "- l", "1. l", "> q", "    code", "\u202e", "\u200b", "a@b.com",
            ]
        ),
    ),
    max_size=12,
).map("".join)  # fmt: skip
MENTION = re.compile(r"(?:^|[^A-Za-z0-9])@[\w-]")
REFERENCE = re.compile(r"#\d|\bGH-\d", re.IGNORECASE)
CLOSING = re.compile(
    r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?\s+"
    r"(?:[\w./-]*#\d|GH-\d|https?://)",
    re.IGNORECASE,
)
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def rendered(markdown: str) -> tuple[str, list[str]]:
    """Return the text a reader sees, and the types of all tokens."""
    texts, kinds = [], []
    for token in PARSER.parse(markdown):
        kinds.append(token.type)
        for child in token.children or []:
            kinds.append(child.type)
            texts.append(child.content)
    return "".join(texts), kinds


@given(st.lists(st.tuples(NASTY, NASTY), min_size=1, max_size=4))
def test_foreign_cells_leave_a_table_its_rows_and_columns(cells: list[tuple[str, str]]) -> None:
    lines = [["x", escape(one), escape(other)] for one, other in cells]
    _, kinds = rendered(table(["a", "b", "c"], lines))
    assert kinds.count("tr_open") == 1 + len(cells)
    assert kinds.count("td_open") == 3 * len(cells)
    assert set(kinds) <= {
        "table_open", "thead_open", "tr_open", "th_open", "inline", "text", "th_close",
        "tr_close", "thead_close", "tbody_open", "td_open", "td_close", "tbody_close",
        "table_close", "text_special",
    }  # fmt: skip


@given(NASTY)
def test_foreign_text_is_read_as_text_and_nothing_else(foreign: str) -> None:
    text, kinds = rendered(f"- **Why:** {escape(foreign)}")
    assert set(kinds) <= {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "strong_open",
        "strong_close", "paragraph_close", "list_item_close", "bullet_list_close", "text_special",
    }  # fmt: skip
    assert MENTION.search(text) is None
    assert REFERENCE.search(text) is None
    assert CLOSING.search(text) is None


@given(NASTY)
def test_what_is_read_is_what_was_written_but_for_breaks(foreign: str) -> None:
    text, _ = rendered(f"x {escape(foreign, limit=10_000)}")
    assert text.removeprefix("x").strip() == plain(foreign, limit=10_000).strip()


@given(NASTY, NASTY)
def test_no_foreign_text_forges_a_marker(one: str, other: str) -> None:
    inside = f"{escape(one)}\n{fence(other)}"
    body = "above\n\n" + wrap(inside, loop="toy", tip="f" * 40) + "\n\nbelow"
    cut = split_marked(body, loop="toy")
    assert (cut.before, cut.after, cut.tip) == ("above\n\n", "\n\nbelow", "f" * 8)
    assert "<!--" not in escape(one) + fence(other) + plain(one)


@given(NASTY)
def test_a_log_cannot_close_its_fence(foreign: str) -> None:
    tokens = PARSER.parse(f"{fence(foreign)}\n\nafter")
    assert [token.type for token in tokens] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


@given(NASTY)
def test_plain_text_is_one_line_without_controls_or_references(foreign: str) -> None:
    text = plain(foreign)
    assert len(text.splitlines()) <= 1
    assert MENTION.search(text) is None
    assert REFERENCE.search(text) is None
    assert "[skip ci]" not in text.lower()


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("one\ntwo\r\nthree", "one two three"),
        ("ask @me", f"ask @{BREAK}me"),
        ("exact_at_budget@dense", "exact_at_budget@dense"),
        ("fixes #12", f"fixes #{BREAK}12"),
        ("GH-12", f"GH-{BREAK}12"),
        ("<!-- x -->", f"&lt;{BREAK}!-- x --{BREAK}&gt;"),
        ("`x` *y* _z_ a_b", r"\`x\` \*y\* \_z\_ a_b"),
        ("https://a.b/c", f"https:{BREAK}//a.b/c"),
        ("a \x1b[31mred\x1b[0m \x07bell", "a red bell"),
        ("  ", ""),
        ("&lt;", "&amp;lt;"),
        ("[x](y)", r"\[x\](y)"),
        ("a\u202eb", "a b"),
    ],
)
def test_foreign_signs_are_written_exactly_so(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert plain("word " * 100, limit=10) == "word word…"
    assert plain("x" * 10, limit=10) == "x" * 10


def test_a_fence_keeps_the_end_of_a_log() -> None:
    log = "\n".join(f"line {n}" for n in range(100))
    assert fence(log, lines=2) == "```text\nline 98\nline 99\n```"
    assert fence("x" * 50 + "end", limit=5) == "```text\nxxend\n```"
    assert fence("a ``` b") == "````text\na ``` b\n````"
