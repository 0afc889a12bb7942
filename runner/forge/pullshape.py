"""The JSON of pull requests, their conversation side and its comments."""

from typing import Any

from runner.forge.git import Objects
from runner.forge.record import CommentRecord, PullRecord
from runner.forge.shape import Site, label, repository, user


def pull(site: Site, record: PullRecord) -> dict[str, Any]:
    """Return a `pull-request-simple`, as lists hold them."""
    url = f"{site.api}/pulls/{record.number}"
    issue = f"{site.api}/issues/{record.number}"
    web = f"{site.web}#pull/{record.number}"
    links = {
        "html": web,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{site.api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{site.api}/statuses/{record.head_sha}",
    }
    return {
        "url": url,
        "id": record.id,
        "node_id": f"PR_{record.id}",
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        **{f"{name}_url": link for name, link in links.items() if name != "html"},
        "_links": {"self": {"href": url}, **{name: {"href": x} for name, x in links.items()}},
        "number": record.number,
        "state": record.state,
        "locked": False,
        "active_lock_reason": None,
        "title": record.title,
        "body": record.body,
        "draft": record.draft,
        "user": user(site, record.user),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "closed_at": record.closed_at,
        "merged_at": record.merged_at,
        "merge_commit_sha": record.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [user(site, name) for name in record.reviewers],
        "requested_teams": [],
        "labels": [label(site, name) for name in record.labels],
        "milestone": None,
        "author_association": "OWNER",
        "auto_merge": None,
        "head": _end(site, record.head_ref, record.head_sha),
        "base": _end(site, record.base_ref, record.base_sha),
    }


def _end(site: Site, ref: str, sha: str) -> dict[str, Any]:
    return {
        "label": f"{site.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(site, site.owner),
        "repo": repository(site),
    }


def full_pull(site: Site, record: PullRecord, objects: Objects) -> dict[str, Any]:
    """Return a `pull-request`, with what only a look at the commits can tell."""
    size = objects.size(record.base_sha, record.head_sha)
    mergeable = None
    if record.state == "open":
        mergeable = objects.merged_tree(record.base_sha, record.head_sha) is not None
    words = {True: "clean", False: "dirty", None: "unknown"}
    by = record.merged_by
    return {
        **pull(site, record),
        "merged": record.merged_at is not None,
        "merged_by": None if by is None else user(site, by),
        "mergeable": mergeable,
        "mergeable_state": words[mergeable],
        "rebaseable": mergeable,
        "comments": len(record.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": objects.ahead(record.base_sha, record.head_sha),
        "additions": size.added,
        "deletions": size.deleted,
        "changed_files": size.files,
    }


def issue(site: Site, record: PullRecord) -> dict[str, Any]:
    """Return an `issue`: the conversation side of a pull request."""
    url = f"{site.api}/issues/{record.number}"
    simple = pull(site, record)
    same = (
        "number", "state", "locked", "active_lock_reason", "title", "body", "user", "created_at",
        "updated_at", "closed_at", "assignee", "assignees", "labels", "milestone",
        "author_association", "html_url", "id", "node_id", "draft",
    )  # fmt: skip
    sides = ("html_url", "diff_url", "patch_url", "url", "merged_at")
    return {
        **{name: simple[name] for name in same},
        "url": url,
        "repository_url": site.api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "comments": len(record.comments),
        "pull_request": {name: simple[name] for name in sides},
    }


def comment(site: Site, record: PullRecord, said: CommentRecord) -> dict[str, Any]:
    """Return an `issue-comment`."""
    return {
        "id": said.id,
        "node_id": f"IC_{said.id}",
        "url": f"{site.api}/issues/comments/{said.id}",
        "html_url": f"{site.web}#pull/{record.number}/comment/{said.id}",
        "issue_url": f"{site.api}/issues/{record.number}",
        "body": said.body,
        "user": user(site, said.user),
        "created_at": said.created_at,
        "updated_at": said.updated_at,
        "author_association": "OWNER",
    }
