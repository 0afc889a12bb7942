"""`git-loop diff` of candidates' files: text as a patch, and no more than that of the rest."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Workshop

MANY = """\
import os
seed, out = os.environ["LOOP_SEED"], os.environ["LOOP_OUT"]
def put(name, data):
    with open(os.path.join(out, name), "wb") as file:
        file.write(data)
put("model.json", b'{"level": 3}')
put("bytes.dat", bytes([255, 254]) + seed.encode())
put("nul.dat", bytes([97, 0]) + seed.encode())
put("long.txt", seed.encode() * 1_100_000)
put(f"only-{seed}.txt", b"x\\n")
"""


def made(shop: "Workshop") -> "Workshop":
    shop.commit({"train.py": MANY})
    shop.run()
    return shop


def test_only_short_text_is_shown_and_the_rest_by_size(workshop: "Workshop") -> None:
    told = made(workshop).cli("diff", "toy", "0", "1")
    lines = told.out.splitlines()
    assert lines[lines.index("5 files that differ") :] == [
        "5 files that differ",
        "  bytes.dat                            3 B d487bd2 -> 3 B 699fb37",
        "  long.txt                             1.0 MiB 5dfbf8d -> 1.0 MiB e2339ae",
        "  nul.dat                              3 B b0e8de8 -> 3 B 05a9c56",
        "  only-0.txt                           +0 -1",
        "  only-1.txt                           +1 -0",
        "",
        "--- only-0.txt",
        "+++ /dev/null",
        "@@ -1 +0,0 @@",
        "-x",
        "",
        "--- /dev/null",
        "+++ only-1.txt",
        "@@ -0,0 +1 @@",
        "+x",
        "next: git-loop show toy 1, which says how it was decided",
    ]


def test_equal_candidates_have_no_file_that_differs(workshop: "Workshop") -> None:
    lines = made(workshop).cli("diff", "toy", "1", "1").out.splitlines()
    assert "no file differs" in lines


def test_candidates_that_the_store_has_no_more_are_told_of(sealed: "Workshop") -> None:
    sealed.levels(3, 12)
    sealed.run()
    (sealed.place / "store").rename(sealed.place / "gone")
    lines = sealed.cli("diff", "toy").out.splitlines()
    for number, row in enumerate(sealed.rows()):
        assert (
            f"note: candidate {row['candidate'][:12]} of row {number} is not in the store here, so "
            "no files are compared"
        ) in lines
    assert "  hit                     0.250 (0.083 to 0.583) -> 1.000" in lines
    assert "no file differs" not in lines


def test_rows_whose_key_is_not_at_hand_have_no_cases_to_compare(sealed: "Workshop") -> None:
    sealed.levels(3, 12)
    sealed.run()
    sealed.monkeypatch.delenv("LOOP_HELDOUT_KEY")
    told = sealed.cli("diff", "toy", "--heldout")
    assert (told.code, told.out) == (1, "")
    assert told.complaint == ("held-out scores of row 0: sealed; opening it needs the held-out key")
