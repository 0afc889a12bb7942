"""A look that a make beside others had spent before the code changed is told by its row."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.beside_loop import Notes, leave_made

if TYPE_CHECKING:
    from tests.conftest import Workshop


@pytest.mark.parametrize("point", ["checked", "gated"])
def test_a_make_that_was_looked_at_is_judged_though_the_code_is_another(
    workshop: "Workshop", queued: Callable[..., Notes], point: str
) -> None:
    notes = queued({"dev": 5}, {"dev": 6})
    leave_made(workshop, 2)
    was = workshop.git("rev-parse", "HEAD")
    assert workshop.process("run", "toy", "--no-publish", LOOP_CRASH_AT=point).code == -9
    now = workshop.commit({"note.txt": "new"})
    workshop.run("--iterations", "2")
    rows = workshop.rows()
    assert [
        (row["hypothesis"], row["verdict"], row["look"]["spent"], row["code"]) for row in rows
    ] == [
        (None, "baseline", False, was),
        ("a", "keep", True, was),
        ("b", "superseded", False, was),
        ("b", "keep", True, now),
    ]
    assert rows[2]["reason"].startswith(
        "made beside others and not judged, since the code is no longer that of " + was[:12]
    )
    heldout = rows[1]["eval"]["heldout"]
    assert workshop.head()["looks"] == {heldout: 2}
    assert notes().count("1-a.began") == 1


def test_a_make_that_nobody_looked_at_is_put_down_when_the_code_is_another(
    workshop: "Workshop", queued: Callable[..., Notes]
) -> None:
    queued({"dev": 5})
    leave_made(workshop, 1)
    workshop.commit({"note.txt": "new"})
    workshop.run()
    assert [(row["verdict"], row["look"]["spent"]) for row in workshop.rows()] == [
        ("baseline", False),
        ("superseded", False),
        ("keep", True),
    ]
    (count,) = workshop.head()["looks"].values()
    assert count == 1
