"""Draw an asciicast as one SVG that plays by CSS: no script, no font of its own."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

import pyte

ADVANCE, LEADING, MARGIN = 8.4, 18, 12
"""Pixels of a column, of a row, and around them."""
COLOURS = {
    "default": "#e6edf3",
    "black": "#8b949e",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76e3ea",
    "white": "#ffffff",
}
STYLE = """\
text{{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;\
fill:{default};white-space:pre}}
{fills}
.z{{visibility:hidden}}
@media (prefers-reduced-motion:no-preference){{
g[class],#c,#s{{animation-duration:{length}s;animation-timing-function:step-end;\
animation-iteration-count:infinite}}
{motion}
}}
"""
PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="t">
<title id="t">{title}</title>
<style>
{style}</style>
<rect x=".5" y=".5" width="{edge_x}" height="{edge_y}" rx="8" fill="#0d1117" stroke="#30363d"/>
<svg x="{margin}" y="{margin}" width="{inner_width}" height="{inner_height}">
<g id="s"{rest}>
{body}
<rect id="c" width="{advance}" height="{leading}" fill="#e6edf3" opacity=".5"{cursor}/>
</g>
</svg>
</svg>
"""


class Screen(pyte.Screen):
    """A screen that counts the rows that went off at its top."""

    scrolled = 0

    def index(self) -> None:
        """Move down, or scroll at the bottom."""
        if self.cursor.y == self.lines - 1:
            self.scrolled += 1
        super().index()


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one style on a row, and the seconds in which it is seen.

    Attributes:
        row: Counted from the film's first, however far the screen has scrolled.
        until: None for what is there in the end.
    """

    row: int
    column: int
    text: str
    style: tuple[str, bool]
    since: float
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Still:
    """Where the screen stood at a time: rows scrolled off, and the cursor unless it is hidden."""

    at: float
    scrolled: int
    cursor: tuple[int, int] | None


Cell = tuple[str, tuple[str, bool]]
EMPTY: Cell = (" ", ("default", False))


def drawn(cast: str, *, title: str) -> str:
    """Return the SVG of a cast; without motion it shows the last picture."""
    head, *events = (json.loads(line) for line in cast.splitlines())
    pieces, stills = watched(head, [(at, text) for at, kind, text in events if kind == "o"])
    length, last = events[-1][0], stills[-1]
    names, motion = _timed(pieces, length=length)
    motion += [_moved("s", _scrolls(stills), length), _moved("c", _cursors(stills), length)]
    fills = "".join(f".{name[:2]}{{fill:{hue}}}" for name, hue in COLOURS.items() if hue)
    body = "\n".join(_group(names[span], span, found) for span, found in _spans(pieces).items())
    width, height = head["width"] * ADVANCE, head["height"] * LEADING
    style = STYLE.format(
        default=COLOURS["default"], fills=fills, length=length, motion="\n".join(motion)
    )
    return PAGE.format(
        width=round(width + 2 * MARGIN),
        height=height + 2 * MARGIN,
        edge_x=round(width + 2 * MARGIN) - 1,
        edge_y=height + 2 * MARGIN - 1,
        inner_width=round(width),
        inner_height=height,
        margin=MARGIN,
        advance=ADVANCE,
        leading=LEADING,
        title=escape(title),
        style=style,
        body=body,
        rest=_transform(0, -last.scrolled * LEADING),
        cursor=_transform(*_place(last)),
    )


def watched(
    head: dict[str, int], events: Sequence[tuple[float, str]]
) -> tuple[list[Piece], list[Still]]:
    """Return what a screen shows of a session, piece by piece, and how it moves."""
    screen = Screen(head["width"], head["height"])
    stream = pyte.Stream(screen)
    rows, done, stills = dict[int, list[Piece]](), list[Piece](), list[Still]()
    for at, text in events:
        stream.feed(text)
        top = screen.scrolled
        for y in range(screen.lines):
            cells = [_cell(screen.buffer[y][x]) for x in range(screen.columns)]
            held = rows.get(top + y, [])
            stay = [piece for piece in held if _stands(piece, cells)]
            done += [replace(piece, until=at) for piece in held if piece not in stay]
            rows[top + y] = stay + list(_fresh(top + y, cells, stay, at))
        cursor = None if screen.cursor.hidden else (screen.cursor.x, top + screen.cursor.y)
        stills.append(Still(at, top, cursor))
    return done + [piece for held in rows.values() for piece in held], stills


def _cell(char: pyte.screens.Char) -> Cell:
    return (char.data, (char.fg, char.bold)) if char.data != " " else EMPTY


def _stands(piece: Piece, cells: Sequence[Cell]) -> bool:
    there = cells[piece.column : piece.column + len(piece.text)]
    return [(sign, piece.style) if sign != " " else EMPTY for sign in piece.text] == there


def _fresh(row: int, cells: Sequence[Cell], stay: Sequence[Piece], at: float) -> Iterable[Piece]:
    """Yield pieces for the signs of a row that none covers; single spaces are kept within one."""
    covered = {piece.column + n for piece in stay for n in range(len(piece.text))}
    column = 0
    while column < len(cells):
        if column in covered or cells[column] == EMPTY:
            column += 1
            continue
        style, end = cells[column][1], column
        while end < len(cells) and end not in covered and _goes_on(cells, end, style):
            end += 1
        yield Piece(row, column, "".join(sign for sign, _ in cells[column:end]), style, at)
        column = end


def _goes_on(cells: Sequence[Cell], at: int, style: tuple[str, bool]) -> bool:
    if cells[at] != EMPTY:
        return cells[at][1] == style
    return at + 1 < len(cells) and cells[at + 1] != EMPTY and cells[at + 1][1] == style


Span = tuple[float, float | None]


def _spans(pieces: Sequence[Piece]) -> dict[Span, list[Piece]]:
    found = defaultdict[Span, list[Piece]](list)
    for piece in sorted(pieces, key=lambda each: (each.since, each.row, each.column)):
        if piece.until != piece.since:
            found[piece.since, piece.until].append(piece)
    return dict(found)


def _timed(pieces: Sequence[Piece], *, length: float) -> tuple[dict[Span, str], list[str]]:
    """Return a name for each span of time, and the rules that show it then."""
    names, rules = dict[Span, str](), list[str]()
    for number, (since, until) in enumerate(_spans(pieces)):
        name = names[since, until] = f"a{number}"
        end = "" if until is None else f"{_share(until, length)}{{visibility:hidden}}"
        rules.append(
            f"@keyframes {name}{{0%{{visibility:hidden}}{_share(since, length)}"
            f"{{visibility:visible}}{end}}}.{name}{{animation-name:{name}}}"
        )
    return names, rules


def _group(name: str, span: Span, pieces: Sequence[Piece]) -> str:
    gone = "" if span[1] is None else " z"
    return f'<g class="{name}{gone}">{"".join(map(_text, pieces))}</g>'


def _text(piece: Piece) -> str:
    colour, bold = piece.style
    hue = "" if colour == "default" else f' class="{colour[:2]}"'
    weight = ' font-weight="bold"' if bold else ""
    x, y = round(piece.column * ADVANCE, 1), piece.row * LEADING + 14
    wide = f' textLength="{round(len(piece.text) * ADVANCE, 1)}"' if len(piece.text) > 1 else ""
    return f'<text x="{x:g}" y="{y}"{wide}{hue}{weight}>{escape(piece.text, quote=False)}</text>'


def _scrolls(stills: Sequence[Still]) -> list[tuple[float, tuple[float, float]]]:
    return [(still.at, (0, -still.scrolled * LEADING)) for still in stills]


def _cursors(stills: Sequence[Still]) -> list[tuple[float, tuple[float, float]]]:
    return [(still.at, _place(still)) for still in stills]


def _place(still: Still) -> tuple[float, float]:
    column, row = still.cursor or (-9, 0)
    return round(column * ADVANCE, 1), row * LEADING


def _moved(name: str, steps: list[tuple[float, tuple[float, float]]], length: float) -> str:
    """Return the rule that moves an element from place to place."""
    kept = [next(same) for _, same in groupby(steps, key=lambda step: step[1])]
    moves = "".join(
        f"{_share(at, length)}{{transform:translate({x:g}px,{y:g}px)}}" for at, (x, y) in kept
    )
    return f"@keyframes {name}{{{moves}}}#{name}{{animation-name:{name}}}"


def _share(at: float, length: float) -> str:
    return f"{round(100 * at / length, 2):g}%"


def _transform(x: float, y: float) -> str:
    return f' transform="translate({x:g} {y:g})"'
