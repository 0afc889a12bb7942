"""Makes what is no file of the tree when a release is built: the manual page, the index's page.

Both are made anew each time, so that neither is older than the verbs or the README.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PLACE = "share/man/man1/git-loop.1"
_NEAR = re.compile(r"(!?)\[([^\[\]]*)\]\((?!#|[a-z]+:)([^()\s]+)\)")
"""A link or image of Markdown that points into the repository."""


def described(text: str, *, source: str | None, version: str) -> str:
    """Return a page as it can stand outside of the repository.

    Args:
        text: Markdown.
        source: Address of the repository, whose tag the links then lead to; without one a link is
            left as its words, and an image is left out.
        version: Of the release, whose tag is `v` and it.
    """

    def placed(found: re.Match[str]) -> str:
        image, words, path = found.groups()
        if source is None:
            return "" if image else words
        view = "raw" if image else "blob"
        return f"{image}[{words}]({source.rstrip('/')}/{view}/v{version}/{path})"

    return _NEAR.sub(placed, text)


class IndexPage(MetadataHookInterface):
    """Makes the README the page that a package index shows."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the long description; `Source` of `[project.urls]` is where its links lead."""
        text = described(
            (Path(self.root) / "README.md").read_text(encoding="utf-8"),
            source=metadata.get("urls", {}).get("Source"),
            version=metadata["version"],
        )
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class ManualPage(BuildHookInterface):
    """Adds the page to a wheel's data files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own
        """Write the page to a folder that lasts until the wheel is built."""
        sys.path.insert(0, self.root)
        from runner import __version__  # noqa: PLC0415 - of the tree that is built
        from runner.cli.man import page  # noqa: PLC0415 - likewise
        from runner.cli.parser import build  # noqa: PLC0415 - likewise

        self._folder = Path(tempfile.mkdtemp(prefix="git-loop-man-"))
        file = self._folder / "git-loop.1"
        file.write_text(page(build(), version=__version__))
        build_data["shared_data"][str(file)] = PLACE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatch's own
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
