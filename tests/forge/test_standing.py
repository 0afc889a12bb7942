import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.forge import Pull
from runner.forge.standing import standing


def pull(number: int, fate: str) -> Pull:
    return Pull(
        number=number,
        url="u",
        title="t",
        body="",
        state="open" if fate == "open" else "closed",
        merged=fate == "merged",
        head_ref="loop/x",
        head_sha="0" * 40,
        base_ref="main",
        labels=(),
    )


@pytest.mark.parametrize(
    ("fates", "reopen", "kind", "number"),
    [
        pytest.param([], False, "new", None, id="none"),
        pytest.param(["open"], False, "continue", 1, id="open"),
        pytest.param(["merged"], False, "new", 1, id="merged"),
        pytest.param(["closed"], False, "declined", 1, id="closed"),
        pytest.param(["closed"], True, "continue", 1, id="closed-overruled"),
        pytest.param(["merged"], True, "new", 1, id="merged-cannot-be-reopened"),
        pytest.param(["merged", "closed"], False, "declined", 2, id="closed-after-merge"),
        pytest.param(["closed", "merged"], False, "new", 2, id="merged-after-close"),
        pytest.param(["closed", "open"], False, "continue", 2, id="open-after-close"),
        pytest.param(["open", "closed"], False, "continue", 1, id="open-beside-another-base"),
    ],
)
def test_the_newest_pull_request_decides(
    fates: list[str], *, reopen: bool, kind: str, number: int | None
) -> None:
    pulls = [pull(index, fate) for index, fate in enumerate(fates, start=1)]
    found = standing(pulls, reopen=reopen)
    assert (found.kind, found.pull.number if found.pull else None) == (kind, number)


@given(st.lists(st.sampled_from(["open", "closed", "merged"])), st.randoms(), st.booleans())
def test_the_order_of_the_list_does_not_matter(
    fates: list[str],
    random: st.DataObject,
    reopen: bool,  # noqa: FBT001 - drawn by position
) -> None:
    pulls = [pull(index, fate) for index, fate in enumerate(fates, start=1)]
    expected = standing(pulls, reopen=reopen)
    random.shuffle(pulls)
    assert standing(pulls, reopen=reopen) == expected
