from typing import Any

import pytest

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.request import ProposeRequest
from runner.core.row import Cost
from runner.proposers.fault import ProposalError
from runner.proposers.history import diff_of
from runner.proposers.queue.params import Params
from runner.proposers.queue.proposer import propose
from tests.proposers.desk import PATH, RULE, SKILL, Desk

AFTER = SKILL + RULE
PLAN = {"why": "network errors\nwere missed"}


def _request(desk: Desk, **plan: list[dict[str, Any]]) -> ProposeRequest:
    return desk.request(kind="queue", trials=None, plan=PLAN | plan)


def _params(**given: object) -> Params:
    return Params.model_validate(given)


def test_a_hypothesis_own_edits_are_made_however_many(desk: Desk) -> None:
    edits = [{"find": "Be brief.", "replace": "Be short."}, {"find": "", "replace": RULE * 20}]
    made = propose(_request(desk), _params(edits=edits), None)
    assert desk.text() == SKILL.replace("Be brief.", "Be short.") + RULE * 20
    assert made.why == "network errors were missed"
    assert made.figures == {"edits": 2, "lines changed": 21}
    assert made.cost == Cost()


def test_a_prepared_text_replaces_the_file(desk: Desk) -> None:
    (desk.tree / "prepared.md").write_text(AFTER)
    made = propose(_request(desk), _params(file="prepared.md"), None)
    assert desk.text() == AFTER
    assert made.figures == {"edits": 1, "lines changed": 1}


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ({"find": "nowhere", "replace": "x"}, 'edit 1: find "nowhere" does not occur in'),
        ({"find": "name: triage", "replace": "name: x"}, "the frontmatter's name in"),
        ({"find": "Be", "replace": "Be"}, "proposes nothing new: the edits change nothing"),
        ({"find": "", "replace": "x" * 17000}, f"{PATH} grows to "),
        ({"path": "README.md", "find": "", "replace": "x"}, 'edit 1: "README.md" is outside'),
    ],
    ids=["not there", "frontmatter", "no-op", "bytes", "outside"],
)
def test_an_edit_that_does_not_hold_is_the_proposals_fault(
    desk: Desk, edit: dict[str, str], problem: str
) -> None:
    with pytest.raises(ProposalError) as caught:
        propose(_request(desk), _params(edits=[edit]), None)
    assert str(caught.value).startswith(problem)
    assert desk.text() == SKILL


def test_the_same_edit_again_is_nothing_new(desk: Desk) -> None:
    past = {"iteration": 2, "verdict": "reject", "edit": diff_of({PATH: SKILL}, {PATH: AFTER})}
    with pytest.raises(ProposalError) as caught:
        propose(_request(desk, past=[past]), _params(edits=[{"find": "", "replace": RULE}]), None)
    assert str(caught.value) == (
        "proposes nothing new: iteration 2 made the same edit, verdict reject"
    )


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"file": "gone.md"}, "gone.md is no plain file of the repository"),
        ({"file": "../plan.json"}, "../plan.json is no plain file of the repository"),
        ({"file": "link.md"}, "link.md is no plain file of the repository"),
        ({"file": PATH}, f"with.file: {PATH} is part of the surface; name a prepared text"),
        (
            {"file": "README.md", "path": "other.md"},
            f"with.path: other.md is outside of the surface; expected one of {PATH}",
        ),
        (
            {"edits": [{"find": "", "replace": "x"}], "sections": ["Rulez"]},
            f'sections: no heading "Rulez" in {PATH}; there are Notes, Rules, Triage',
        ),
    ],
    ids=["gone", "above", "link", "itself", "path", "section"],
)
def test_a_file_that_cannot_be_taken_is_the_specs_fault(
    desk: Desk, params: dict[str, Any], problem: str
) -> None:
    (desk.tree / "link.md").symlink_to(desk.root / "plan.json")
    with pytest.raises(LoopError) as caught:
        propose(_request(desk), _params(**params), None)
    assert str(caught.value) == problem
    assert not isinstance(caught.value, InvalidCandidateError)


def test_a_surface_that_is_no_text_is_told(desk: Desk) -> None:
    (desk.tree / PATH).write_bytes(b"\xff\xfe")
    with pytest.raises(LoopError, match="cannot be read as UTF-8 text"):
        propose(_request(desk), _params(edits=[{"find": "", "replace": "x"}]), None)


def test_a_prepared_text_among_several_files_names_its_own(desk: Desk) -> None:
    (desk.tree / "prepared.md").write_text("new\n")
    surface = (PATH, "skills/triage/other.md")
    request = desk.request(kind="queue", trials=None, surface=surface)
    with pytest.raises(LoopError, match=r"with\.path: missing; expected one of"):
        propose(request, _params(file="prepared.md"), None)
    propose(request, _params(file="prepared.md", path=surface[1]), None)
    assert desk.text(surface[1]) == "new\n"
    assert desk.text() == SKILL
