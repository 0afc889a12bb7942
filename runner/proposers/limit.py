"""How far one edit may go."""

from typing import Annotated

from pydantic import Field, PositiveInt

from runner.core.frozen import Frozen

FRONTMATTER = "frontmatter"
"""Among `sections`: the frontmatter may change, its name and description too."""

Heading = Annotated[str, Field(min_length=1, max_length=200)]


class Frame(Frozen):
    """What holds for every file of the surface after an edit.

    Attributes:
        max_bytes: UTF-8 bytes that a file may grow to.
        sections: Headings, without `#`, whose text may change, that of deeper headings included;
            `frontmatter` stands for the frontmatter. Empty: all, but for the frontmatter's name
            and description.
    """

    max_bytes: PositiveInt = 16 * 1024
    sections: tuple[Heading, ...] = ()


class Limits(Frame):
    """What a model may change at once.

    Attributes:
        max_edits: Edits in one answer.
        max_lines: Lines from the first to the last that one edit changes, before or after it,
            whichever are more.
    """

    max_edits: PositiveInt = 1
    max_lines: PositiveInt = 12
