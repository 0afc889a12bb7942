"""What publish shows, as rendered by others from the tip's rows."""

from dataclasses import dataclass

from runner.core.forge import CheckState, StatusState
from runner.core.marker import replace_marked, split_marked

LABEL_MAX = 50
"""Characters that GitHub takes in a label."""
TITLE_MAX = 256
"""Characters that GitHub takes in a title."""
DESCRIPTION_MAX = 140
"""Characters that GitHub takes in a commit status."""
SUMMARY_MAX = 60_000
"""Characters of the body that a check run shows; GitHub takes 65,535."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that deserves a comment; one of a kind is kept and edited.

    Attributes:
        kind: Which event, such as `stopped` or `conflict`.
        text: Markdown, at most 65,000 characters.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A campaign as it should stand on the forge.

    Attributes:
        branch: `loop/<id>`, already pushed.
        sha: The branch's tip that everything here was rendered from.
        body: Markdown without or with our markers; at most 58,000 bytes.
        state: `success` when the pull request holds a claimed gain over the base, and a lock-box
            held it where the gate asks for one; `pending` while it does not, `failure` when the
            loop stopped by error or the lock-box did not hold the gain.
        description: The status in one line; cut at 140 characters.
        waits: A claim waits for a lock-box, so a rest is no end.
        stopped: The loop rests; shown as the label `loop-stopped`.
        reviewers: Asked once, when the pull request is opened.
        reopen: A human overruled the decline of the last pull request.
    """

    loop: str
    branch: str
    base: str
    sha: str
    title: str
    body: str
    state: StatusState
    description: str
    stopped: bool = False
    waits: bool = False
    comments: tuple[Event, ...] = ()
    reviewers: tuple[str, ...] = ()
    reopen: bool = False

    @property
    def context(self) -> str:
        """Name of the commit status and of the check run."""
        return f"loop/{self.loop}/gate"

    @property
    def check(self) -> CheckState:
        """State of the check run: as the status, but a loop at rest waits for nothing more."""
        rests = self.stopped and self.state == "pending" and not self.waits
        return "neutral" if rests else self.state

    @property
    def summary(self) -> str:
        """The first lines of our part of the body, whole ones, at most 60,000 characters."""
        inside = split_marked(self.body, loop=self.loop).inside
        text = (self.body if inside is None else inside).strip()
        if len(text) <= SUMMARY_MAX:
            return text
        return text[: SUMMARY_MAX + 1].rpartition("\n")[0] or text[:SUMMARY_MAX]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the pull request that are ours."""
        stopped = ("loop-stopped",) if self.stopped else ()
        return ("loop", cut(f"loop:{self.loop}", LABEL_MAX), *stopped)


def cut(text: str, most: int) -> str:
    """Return text on one line of at most `most` characters, an ellipsis for the rest."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def shown(story: Story, body: str) -> str:
    """Return the body to write: what people wrote in `body` stays, our part is the story's.

    Without our part in it, ours goes on top, where a phone shows it first.
    """
    ours = split_marked(story.body, loop=story.loop)
    text = story.body if ours.inside is None else ours.inside
    body = _unix(body)
    cut_body = split_marked(body, loop=story.loop)
    if cut_body.inside is None:
        people = "\n\n".join(x for x in (cut_body.before.strip(), cut_body.after.strip()) if x)
        part = replace_marked("", text, loop=story.loop, tip=story.sha)
        return f"{part}\n\n{people}" if people else part
    return replace_marked(body, text, loop=story.loop, tip=story.sha)


def same(a: str, b: str) -> bool:
    """Tell whether two bodies differ in nothing but line ends and blanks around them.

    GitHub's web editor writes other line ends than it was given.
    """
    return _unix(a).strip() == _unix(b).strip()


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
