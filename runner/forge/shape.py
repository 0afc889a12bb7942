"""The JSON that GitHub's REST API gives for the embedded forge's records.

Every `url` starts with the address the request came to: clients refuse others. `html_url` is the
bare repository's own, which outlives the server.

Source: GitHub's REST description, API version 2022-11-28; every property it requires is here.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zlib import crc32

EPOCH = "2000-01-01T00:00:00Z"
USER_LINKS = (
    "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos",
    "events", "received_events",
)  # fmt: skip
REPO_LINKS = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare",
    "contents", "contributors", "deployments", "downloads", "events", "forks", "git_commits",
    "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels",
    "languages", "merges", "milestones", "notifications", "pulls", "releases", "stargazers",
    "statuses", "subscribers", "subscription", "tags", "teams", "trees", "git", "ssh", "clone",
    "svn",
)  # fmt: skip
REPO_COUNTS = (
    "forks", "forks_count", "watchers", "watchers_count", "stargazers_count", "open_issues",
    "open_issues_count", "size", "subscribers_count", "network_count",
)  # fmt: skip
REPO_FLAGS = (
    "has_issues", "has_projects", "has_wiki", "has_pages", "has_downloads", "has_discussions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """Where the forge is.

    Attributes:
        url: Address of the API, without a slash at its end.
        web: Stable address of the bare repository.
        repository: `owner/name`.
        default_branch: Base that a newcomer would merge into.
    """

    url: str
    web: str
    repository: str
    default_branch: str

    @property
    def owner(self) -> str:
        """The part of `repository` before the slash."""
        return self.repository.partition("/")[0]

    @property
    def api(self) -> str:
        """Address of the repository in the API."""
        return f"{self.url}/repos/{self.repository}"


def user(site: Site, login: str) -> dict[str, Any]:
    """Return a `simple-user`."""
    url = f"{site.url}/users/{login}"
    return {
        "login": login,
        "id": crc32(login.encode()),
        "node_id": f"U_{login}",
        "avatar_url": "",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{site.web}#user/{login}",
        "type": "User",
        "site_admin": False,
        **{f"{link}_url": f"{url}/{link}" for link in USER_LINKS},
    }


def public_user(site: Site, login: str) -> dict[str, Any]:
    """Return a `public-user`, as people see themselves."""
    unknown = ("name", "company", "blog", "location", "email", "hireable", "bio")
    counts = ("public_repos", "public_gists", "followers", "following")
    return {
        **user(site, login),
        **dict.fromkeys(unknown),
        **dict.fromkeys(counts, 0),
        "created_at": EPOCH,
        "updated_at": EPOCH,
    }


def repository(site: Site) -> dict[str, Any]:
    """Return a `full-repository`."""
    links = {f"{link}_url": f"{site.api}/{link}" for link in REPO_LINKS}
    return {
        "id": crc32(site.repository.encode()),
        "node_id": f"R_{site.repository}",
        "name": site.repository.partition("/")[2],
        "full_name": site.repository,
        "owner": user(site, site.owner),
        "private": True,
        "html_url": site.web,
        "description": None,
        "fork": False,
        "homepage": None,
        "language": None,
        "license": None,
        "archived": False,
        "disabled": False,
        "default_branch": site.default_branch,
        "mirror_url": None,
        "url": site.api,
        "created_at": EPOCH,
        "pushed_at": EPOCH,
        "updated_at": EPOCH,
        **links,
        **dict.fromkeys(REPO_COUNTS, 0),
        **dict.fromkeys(REPO_FLAGS, False),
    }


def label(site: Site, name: str) -> dict[str, Any]:
    """Return a `label`."""
    return {
        "id": crc32(name.encode()),
        "node_id": f"L_{name}",
        "url": f"{site.api}/labels/{quote(name, safe='')}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }
