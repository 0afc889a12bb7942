import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.canonical import digest
from runner.core.row import Cost, Failure, GateNumbers, HeldoutScore, Row, row_bytes, row_digest
from runner.ledger.chain import ChainError, check_chain, link, read_chain, read_row, run_id
from runner.ledger.fold import fold_all
from runner.spec.model import Spec

PATH = "state/toy/it/0000/000000.json"


def test_a_row_reads_back_from_its_own_bytes(make_row: Callable[..., Row]) -> None:
    row = make_row(None, "baseline")
    assert read_row(row_bytes(row), path=PATH) == row


def test_a_full_row_reads_back_from_its_own_bytes(make_row: Callable[..., Row]) -> None:
    row = make_row(
        None,
        "accept",
        dev={"score": (0, 1), "loss": (None, 0.1 + 0.2)},
        cost=Cost(usd=1, wall_s=2.5),
        error=Failure(fingerprint="f", log_tail="a\nb\u2028ü"),
        heldout={"score": HeldoutScore(candidate=1, incumbent=1e-7, interval=(0, 1))},
        gate=GateNumbers(
            n=3,
            wins=1,
            losses=0,
            d=1e-5,
            interval=None,
            p=1,
            alpha=0.05,
            looks=1,
            mde=None,
            guards={"g": "holds"},
        ),
    )
    assert read_row(row_bytes(row), path=PATH, expected=row_digest(row)) == row


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda data: data.replace(b",", b", ", 1), id="a space"),
        pytest.param(lambda data: data.rstrip(b"\n"), id="no newline at the end"),
        pytest.param(lambda data: b"{" + data[1:].replace(b'"v":1', b'"v":1.0'), id="1.0 for 1"),
        pytest.param(lambda data: data.replace(b"{", b'{"number":0,', 1), id="a duplicate key"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused_with_both_digests(
    make_row: Callable[..., Row], edit: Callable[[bytes], bytes]
) -> None:
    data = row_bytes(make_row(None, "baseline"))
    edited = edit(data)
    assert edited != data
    with pytest.raises(ChainError) as caught:
        read_row(edited, path=PATH)
    assert str(caught.value) == (
        f"{PATH}:1: changed after it was recorded: expected digest {digest(data)},"
        f" found {digest(edited)}; restore it from refs/loops"
    )


def test_a_canonical_edit_is_refused_where_the_digest_is_known(
    make_row: Callable[..., Row],
) -> None:
    row = make_row(None, "reject")
    edited = row_bytes(row).replace(b'"reject"', b'"accept"')
    assert read_row(edited, path=PATH).verdict == "accept"
    with pytest.raises(ChainError, match=f"expected digest {row_digest(row)}, found"):
        read_row(edited, path=PATH, expected=row_digest(row))


@given(st.data())
def test_no_single_flipped_bit_passes_unseen(
    make_row: Callable[..., Row], data: st.DataObject
) -> None:
    row = make_row(None, "reject")
    good = row_bytes(row)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ChainError, match=re.escape(PATH)):
        read_row(bytes(bad), path=PATH, expected=row_digest(row))
    try:
        other = read_row(bytes(bad), path=PATH)
    except ChainError:
        return
    follower = make_row(row, "reject")
    with pytest.raises(ChainError):
        check_chain([other, follower])


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"number": NaN}'],
    ids=["empty", "list", "no fields", "not UTF-8", "NaN"],
)
def test_what_is_no_row_is_refused_by_path(data: bytes) -> None:
    with pytest.raises(ChainError, match=rf"^{PATH}: not a row of this version: .*found digest"):
        read_row(data, path=PATH)


def test_a_row_links_only_to_the_head_it_follows(
    make_spec: Callable[..., Spec],
    make_rows: Callable[..., tuple[Row, ...]],
    make_row: Callable[..., Row],
) -> None:
    rows = make_rows("baseline", "reject")
    head = fold_all(rows, make_spec())
    good = make_row(rows[-1], "keep")
    assert link(good, head) is good
    with pytest.raises(ChainError, match="row 1 cannot follow: the next row is 2"):
        link(rows[1], head)
    with pytest.raises(ChainError, match="row 2 follows a row with digest x, but"):
        link(good.model_copy(update={"prev": "x"}), head)
    with pytest.raises(ChainError, match="row 2 cannot follow: the next row is 0"):
        link(good, None)
    with pytest.raises(ChainError) as caught:
        link(good.model_copy(update={"prev": ""}), head)
    assert str(caught.value) == (
        "row 2 follows a row with digest (none),"
        f" but the last row's digest is {row_digest(rows[-1])}"
    )


def test_a_whole_chain_and_its_tail_pass(make_rows: Callable[..., tuple[Row, ...]]) -> None:
    rows = make_rows("baseline", "keep", "reject", None, "accept")
    check_chain(rows)
    check_chain(rows[2:])
    check_chain([])


def test_a_row_edited_in_place_breaks_the_chain_at_the_next(
    make_rows: Callable[..., tuple[Row, ...]],
) -> None:
    rows = list(make_rows("baseline", "reject", "reject"))
    was = row_digest(rows[1])
    rows[1] = rows[1].model_copy(update={"verdict": "accept"})
    with pytest.raises(ChainError) as caught:
        check_chain(rows)
    assert str(caught.value) == (
        "row 1 was changed after it was recorded:"
        f" row 2 expected digest {was}, found {row_digest(rows[1])}"
    )


def test_a_missing_row_is_named(make_rows: Callable[..., tuple[Row, ...]]) -> None:
    rows = make_rows("baseline", "reject", "reject")
    with pytest.raises(ChainError, match="row 0 is followed by row 2, not by 1"):
        check_chain([rows[0], rows[2]])


def test_row_0_must_start_the_chain(make_row: Callable[..., Row]) -> None:
    with pytest.raises(ChainError, match="but the last row's digest is \\(none\\)"):
        check_chain([make_row(None, "baseline").model_copy(update={"prev": "x"})])


def test_a_run_is_named_by_its_inputs() -> None:
    first = run_id(spec="a", eval_digest="b", last="", number=0)
    assert first == run_id(spec="a", eval_digest="b", last="", number=0)
    assert first == digest(b'["a","b","",0]\n')
    assert first != run_id(spec="a", eval_digest="b", last="", number=1)


def test_a_tail_is_read_back_and_a_changed_row_in_it_is_named(
    make_rows: Callable[..., tuple[Row, ...]],
) -> None:
    rows = make_rows("baseline", "keep", "reject", "accept")
    files = [(f"it/{row.number}.json", row_bytes(row)) for row in rows]
    last = row_digest(rows[-1])
    assert read_chain(files[1:], last=last) == rows[1:]
    changed = rows[2].model_copy(update={"reason": "another"})
    files[2] = (files[2][0], row_bytes(changed))
    with pytest.raises(ChainError) as caught:
        read_chain(files, last=last)
    assert str(caught.value) == (
        f"it/2.json:1: changed after it was recorded: expected digest {row_digest(rows[2])},"
        f" found {row_digest(changed)}; restore it from refs/loops"
    )


def test_a_canonical_edit_of_the_last_row_is_found_by_the_digest_that_the_head_names(
    make_rows: Callable[..., tuple[Row, ...]],
) -> None:
    rows = make_rows("baseline", "reject")
    changed = rows[1].model_copy(update={"verdict": "accept"})
    files = [("it/0.json", row_bytes(rows[0])), ("it/1.json", row_bytes(changed))]
    with pytest.raises(ChainError, match=r"^it/1\.json:1: changed after it was recorded"):
        read_chain(files, last=row_digest(rows[1]))


def test_a_row_that_names_none_before_it_is_told_from_one_that_names_another(
    make_rows: Callable[..., tuple[Row, ...]],
) -> None:
    rows = make_rows("baseline", "reject")
    with pytest.raises(ChainError) as caught:
        check_chain([rows[0], rows[1].model_copy(update={"prev": ""})])
    assert str(caught.value) == (
        "row 0 was changed after it was recorded:"
        f" row 1 expected digest (none), found {row_digest(rows[0])}"
    )


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        pytest.param(
            lambda data: data.replace(b'"version":1', b'"version":0'),
            "eval.version: input should be greater than 0",
            id="a field",
        ),
        pytest.param(
            lambda _: b"[]", "the whole file: input should be an object", id="no object at all"
        ),
    ],
)
def test_what_is_no_row_of_this_version_is_told_by_its_first_fault(
    make_row: Callable[..., Row], edit: Callable[[bytes], bytes], where: str
) -> None:
    data = edit(row_bytes(make_row(None, "baseline")))
    with pytest.raises(ChainError) as caught:
        read_row(data, path=PATH)
    assert str(caught.value) == (
        f"{PATH}: not a row of this version: {where};"
        f" expected what git-loop wrote, found digest {digest(data)}"
    )
