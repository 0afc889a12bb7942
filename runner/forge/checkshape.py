"""The JSON of check runs."""

from typing import Any
from zlib import crc32

from runner.forge.record import CheckRecord
from runner.forge.shape import Site


def check_run(site: Site, sha: str, record: CheckRecord) -> dict[str, Any]:
    """Return a `check-run`; the App that made it has no record here and is null."""
    url = f"{site.api}/check-runs/{record.id}"
    return {
        "id": record.id,
        "node_id": f"CR_{record.id}",
        "head_sha": sha,
        "name": record.name,
        "url": url,
        "html_url": f"{site.web}#check/{record.id}",
        "details_url": None,
        "external_id": "",
        "status": record.status,
        "conclusion": record.conclusion,
        "started_at": record.started_at,
        "completed_at": record.completed_at,
        "output": {
            "title": record.title,
            "summary": record.summary,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": crc32(sha.encode())},
        "app": None,
        "pull_requests": [],
    }
