"""The JSON of commits, their statuses, and refs."""

from collections.abc import Mapping
from typing import Any

from runner.forge.book import Page
from runner.forge.git import HEADS, Facts, Signature
from runner.forge.record import StatusRecord
from runner.forge.shape import Site, repository, user


def status(site: Site, sha: str, record: StatusRecord) -> dict[str, Any]:
    """Return a `status` of a commit."""
    return {
        "url": f"{site.api}/statuses/{sha}",
        "avatar_url": None,
        "id": record.id,
        "node_id": f"SC_{record.id}",
        "state": record.state,
        "description": record.description,
        "target_url": record.target_url,
        "context": record.context,
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "creator": user(site, record.user),
    }


def combined_status(site: Site, sha: str, page: Page) -> dict[str, Any]:
    """Return a `combined-commit-status`: the newest status of each context, and the worst."""
    file = page.state.statuses.get(sha)
    newest = {record.context: record for record in (file.statuses if file else ())}
    states = {record.state for record in newest.values()}
    worst = "pending"
    if states & {"failure", "error"}:
        worst = "failure"
    elif states == {"success"}:
        worst = "success"
    return {
        "state": worst,
        "statuses": [status(site, sha, record) for record in newest.values()],
        "sha": sha,
        "total_count": len(newest),
        "repository": repository(site),
        "commit_url": f"{site.api}/commits/{sha}",
        "url": f"{site.api}/commits/{sha}/status",
    }


def commit(site: Site, facts: Facts) -> dict[str, Any]:
    """Return a `commit`, without its files."""
    sha = facts.sha
    url = f"{site.api}/commits/{sha}"
    return {
        "sha": sha,
        "commit": {
            "url": f"{site.api}/git/commits/{sha}",
            "author": _signature(facts.author),
            "committer": _signature(facts.committer),
            "message": facts.message.rstrip("\n"),
            "tree": {"sha": facts.tree, "url": f"{site.api}/git/trees/{facts.tree}"},
            "comment_count": 0,
        },
        "author": None,
        "committer": None,
        "parents": [
            {"sha": parent, "url": f"{site.api}/commits/{parent}"} for parent in facts.parents
        ],
        "node_id": f"C_{sha}",
        "url": url,
        "html_url": f"{site.web}#commit/{sha}",
        "comments_url": f"{url}/comments",
    }


def _signature(signed: Signature) -> dict[str, str]:
    return {"name": signed.name, "email": signed.email, "date": signed.date}


def git_ref(site: Site, ref: str, sha: str) -> dict[str, Any]:
    """Return a `git-ref`."""
    return {
        "ref": ref,
        "node_id": f"REF_{ref}",
        "url": f"{site.api}/git/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{site.api}/git/commits/{sha}"},
    }


def branches(page: Page) -> Mapping[str, str]:
    """Return full ref name to sha of the branches, the forge's own refs left out."""
    return {ref: sha for ref, sha in page.refs.items() if ref.startswith(HEADS)}
