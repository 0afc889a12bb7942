"""Record docs/images/demo.cast, a terminal session as it was, and draw demo.svg from it.

python bench/film.py           # plays the story in a scratch home, then draws
python bench/film.py --draw    # draws the kept recording again
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from film_stage import COLUMNS, ROWS, Ground, Shell, plain
from film_story import SCENES, Line, missing
from film_svg import drawn

IMAGES = Path(__file__).parents[1] / "docs/images"
TITLE = "git-loop: a loop that is killed, reviewed, declined, reopened and merged"
NOTE = "commands and answers are real; longer waits play faster"
KEY_S, GAP_S, LAST_S, FRAME_S = 0.02, 0.3, 3.0, 0.1
"""Seconds of a key, before a scene, of the last picture, and between two pictures of a spinner."""
PATIENCE_S = 180


@dataclass
class Reel:
    """The film as it grows: events of an asciicast, in its own time."""

    now: float = 0.0
    events: list[tuple[float, str, str]] = field(default_factory=list)

    def print(self, data: bytes) -> None:
        """Show what was printed, now."""
        if data:
            self.events.append((round(self.now, 3), "o", data.decode()))

    def mark(self, scene: str) -> None:
        """Name what begins here."""
        self.events.append((round(self.now, 3), "m", scene))

    def play(self, answer: list[tuple[float, bytes]], *, most: float) -> None:
        """Show an answer, faster where it would take more than so many seconds."""
        took = answer[-1][0]
        pace, began = min(1.0, most / took), self.now
        held = b""
        for at, data in answer:
            held += data
            if began + at * pace >= self.now + FRAME_S:
                self.now = began + at * pace
                self.print(held)
                held = b""
        self.now = began + took * pace
        self.print(held)


def record(home: Path) -> Reel:
    """Type the story into a real shell.

    Raises:
        SystemExit: an answer is not what the story says, or tells where this machine keeps it.
    """
    ground, reel = Ground(home), Reel()
    ground.build()
    shell = Shell.open(ground)
    reel.play(shell.answer(timeout=PATIENCE_S), most=0.1)
    for number, (scene, lines) in enumerate(SCENES.items()):
        if number:
            reel.now += GAP_S
            reel.print(shell.press("\x0c"))
        reel.mark(scene)
        for line in lines:
            _act(shell, reel, line)
    shell.close()
    reel.now += LAST_S
    reel.print(b"\x1b[0m")
    if str(home) in "".join(text for _, _, text in reel.events):
        raise SystemExit(f"the film shows {home}")
    return reel


def _act(shell: Shell, reel: Reel, line: Line) -> None:
    for key in line.typed:
        reel.now += KEY_S
        reel.print(shell.press(key))
    reel.now += 0.25
    shell.enter()
    answer = shell.answer(timeout=PATIENCE_S)
    printed = plain(b"".join(data for _, data in answer).decode())
    if lost := missing(line, printed):
        raise SystemExit(f"$ {line.typed}\n{printed}\nthe story says {lost}")
    reel.play(answer, most=line.most)
    reel.now += line.rest


def written(reel: Reel) -> str:
    """Return the film as an asciicast: one JSON value a line.

    Source: https://docs.asciinema.org/manual/asciicast/v2/.
    """
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": f"{TITLE} ({NOTE})"}
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in [head, *reel.events])


def main() -> None:
    """Record unless told not to, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true", help="draw the kept recording again")
    cast = IMAGES / "demo.cast"
    if not parser.parse_args().draw:
        with tempfile.TemporaryDirectory() as folder:
            cast.write_text(written(record(Path(folder).resolve())))
    picture = IMAGES / "demo.svg"
    picture.write_text(drawn(cast.read_text(), title=TITLE))
    for path in (cast, picture):
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
