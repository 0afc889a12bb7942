"""A hypothesis' own edit, made with the checks of every other proposal."""

from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.request import Proposed, ProposeRequest
from runner.core.row import Cost
from runner.core.trial import Score
from runner.proposers.answer import one_line
from runner.proposers.edit import (
    Change,
    Edit,
    Files,
    check_files,
    check_sections,
    line_count,
    locate,
    rewrite,
)
from runner.proposers.fault import ProposalError
from runner.proposers.history import read_history, refuse_tried
from runner.proposers.queue.params import Params
from runner.proposers.surface import read_surface, read_text, write_surface


def propose(
    request: ProposeRequest,
    params: Params,
    score: Score | None,  # noqa: ARG001 - the port hands it to every proposer
) -> Proposed:
    """Make the edit.

    Raises:
        ProposalError: it does not fit the surface, changes nothing, or was tried before.
        LoopError: the request lacks a file.
    """
    files = read_surface(request)
    check_sections(files, params)
    history = read_history(request.plan)
    try:
        changes = _changes(request, params, files)
        after = rewrite(files, changes)
        check_files(files, after, params)
        refuse_tried(history, files, after)
    except InvalidCandidateError as err:
        raise ProposalError(str(err), cost=Cost()) from err
    write_surface(request, files, after)
    lines = sum(line_count(files[each.path], each) for each in changes)
    figures: dict[str, float | int | str] = {"edits": len(changes), "lines changed": lines}
    return Proposed(why=one_line(history.why or ""), figures=figures)


def _changes(request: ProposeRequest, params: Params, files: Files) -> tuple[Change, ...]:
    if params.file is None:
        return locate(files, params.edits)
    path = params.path or (request.surface[0] if len(files) == 1 else None)
    if path is None or path not in files:
        found = "missing" if path is None else f"{path} is outside of the surface"
        raise LoopError(f"with.path: {found}; expected one of {', '.join(files)}")
    if params.file in files:
        raise LoopError(f"with.file: {params.file} is part of the surface; name a prepared text")
    whole = Edit(path=path, find=files[path], replace=read_text(request, params.file))
    return locate(files, [whole])
