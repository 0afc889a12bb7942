"""Quality against speed, with the keep rate beside each point, as an SVG of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 760, 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 240, 56, 56
_ROW = 15
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-size:15px;font-weight:600}"
    ".m{fill:#57606a}.g{stroke:#d0d7de}.l{stroke:#8c959f}.p{fill:#0969da}.o{fill:#bc4c00}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#8d96a0}.g{stroke:#30363d}"
    ".l{stroke:#6e7681}.p{fill:#4493f8}.o{fill:#f0883e}}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One engine.

    Attributes:
        speed: Characters per CPU second of one thread.
        quality: Must-keep spans left whole, in [0, 1].
        keep_rate: Units kept, in [0, 1].
    """

    name: str
    speed: float
    quality: float
    keep_rate: float


def plot(points: Sequence[Point]) -> str:
    """Draw the points; labels stand in a column at the right, joined by a line each."""
    low = floor(log10(min(point.speed for point in points)) * 2) / 2
    high = ceil(log10(max(point.speed for point in points)) * 2) / 2
    least = floor(10 * min(point.quality for point in points)) / 10
    x = _scale(low, high, _LEFT, _WIDTH - _RIGHT)
    y = _scale(least, 1.0, _HEIGHT - _BOTTOM, _TOP)
    body = [*_grid(low, high, least)]
    placed = sorted(points, key=lambda point: (round(-point.quality, 2), -point.speed))
    heights = _apart([y(point.quality) for point in placed])
    for point, height in zip(placed, heights, strict=True):
        body += _mark(point, (x(log10(point.speed)), y(point.quality)), height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>Must-keep spans left whole against speed</title><style>{_STYLE}</style>"
        f"{''.join(body)}</svg>\n"
    )


def _mark(point: Point, at: tuple[float, float], height: float) -> list[str]:
    column = _WIDTH - _RIGHT + 16
    kind = "o" if point.name.startswith("LLMLingua") else "p"
    radius = 3 + 6 * point.keep_rate
    label = f"{escape(point.name)} ({point.keep_rate:.2f})"
    return [
        (
            f'<path class="l" fill="none" stroke-width=".6" d="M{at[0]:.1f} {at[1]:.1f}'
            f'L{column - 4} {height:.1f}"/>'
        ),
        f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}"/>',
        f'<text x="{column}" y="{height + 4:.1f}">{label}</text>',
    ]


def _grid(low: float, high: float, least: float) -> list[str]:
    x = _scale(low, high, _LEFT, _WIDTH - _RIGHT)
    y = _scale(least, 1.0, _HEIGHT - _BOTTOM, _TOP)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    found = [
        f'<text class="t" x="{_LEFT}" y="24">Must-keep spans left whole, against speed</text>',
        (
            f'<text class="m" x="{_LEFT}" y="42">dev split, one CPU thread; in brackets and'
            " as size: the share of units kept</text>"
        ),
        (
            f'<text class="m" x="{_LEFT}" y="{_HEIGHT - 12}">characters per CPU second, short texts'
            " (log)</text>"
        ),
    ]
    for step in range(round(low * 2), round(high * 2) + 1):
        place = x(step / 2)
        text = "" if step % 2 else f"{10 ** (step // 2):,}"
        found += [
            f'<path class="g" d="M{place:.1f} {_TOP}V{bottom}"/>',
            f'<text class="m" text-anchor="middle" x="{place:.1f}" y="{bottom + 18}">{text}</text>',
        ]
    for step in range(round(least * 10), 11):
        place = y(step / 10)
        found += [
            f'<path class="g" d="M{_LEFT} {place:.1f}H{right}"/>',
            (
                f'<text class="m" text-anchor="end" x="{_LEFT - 8}" y="{place + 4:.1f}">'
                f"{step / 10:.1f}</text>"
            ),
        ]
    return found


def _apart(heights: Sequence[float]) -> list[float]:
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + _ROW) if placed else height)
    overrun = max(0.0, placed[-1] - (_HEIGHT - _BOTTOM)) if placed else 0.0
    return [height - overrun for height in placed]


def _scale(low: float, high: float, start: float, end: float):  # noqa: ANN202 - a closure
    span = (high - low) or 1.0
    return lambda value: start + (end - start) * (value - low) / span
