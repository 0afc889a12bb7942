"""Reliability diagrams as SVG that a page shows in its reader's light or dark scheme."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from runner.compression.calibration import Bin, expected_error

_SIDE, _GAP, _LEFT, _TOP, _BARS, _FOOT = 200, 44, 52, 64, 34, 44
_SPACE = "http://www.w3.org/2000/svg"
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 14px; font-weight: 600; }
.axis, .ideal { fill: none; stroke: #59636e; }
.ideal { stroke-dasharray: 4 4; }
.line { fill: none; stroke: #0969da; stroke-width: 2; }
.point { fill: #0969da; }
.units { fill: #818b98; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .axis, .ideal { stroke: #9198a1; }
  .line { stroke: #4493f8; }
  .point { fill: #4493f8; }
  .units { fill: #656c76; }
}"""


def reliability_svg(panels: Mapping[str, Sequence[Bin]], *, title: str) -> str:
    """Draw one panel per name, side by side.

    In each: keep score from left to right, share of units worth keeping from bottom to top, the
    dashed line where both are equal, a point per bin that holds units, and below it a bar as high
    as its share of the units. Above stands the expected calibration error.

    Args:
        panels: Name of a slice to its bins.
        title: Said above, and to readers who cannot see.
    """
    lines = _head(panels, title)
    for index, (name, bins) in enumerate(panels.items()):
        lines.append(f'<g transform="translate({_LEFT + index * (_SIDE + _GAP)} {_TOP})">')
        lines += [*_frame(name, bins), *_points(bins), *_units(bins), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _head(panels: Mapping[str, Sequence[Bin]], title: str) -> list[str]:
    width = _LEFT + len(panels) * (_SIDE + _GAP)
    height = _TOP + _SIDE + _BARS + _FOOT
    told = "; ".join(f"{name}: {expected_error(bins):.3f}" for name, bins in panels.items())
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    upwards = f'transform="rotate(-90)" text-anchor="middle" x="{-_TOP - _SIDE / 2:g}" y="14"'
    return [
        f'<svg xmlns="{_SPACE}" role="img" {size} aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">Expected calibration error by slice: {escape(told)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="20">{escape(title)}</text>',
        f"<text {upwards}>share worth keeping</text>",
    ]


def _frame(name: str, bins: Sequence[Bin]) -> Iterator[str]:
    error = expected_error(bins)
    yield f'<text x="0" y="-10">{escape(name)}: error {error:.3f}</text>'
    yield f'<rect class="axis" width="{_SIDE}" height="{_SIDE}"/>'
    yield f'<line class="ideal" x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0"/>'
    for share in (0, 0.5, 1):
        at = share * _SIDE
        yield f'<text text-anchor="end" x="-6" y="{_SIDE - at + 4:g}">{share:g}</text>'
        yield (f'<text text-anchor="middle" x="{at:g}" y="{_SIDE + _BARS + 16}">{share:g}</text>')
    middle, below = _SIDE / 2, _SIDE + _BARS + 34
    yield f'<text text-anchor="middle" x="{middle:g}" y="{below}">keep score</text>'


def _points(bins: Sequence[Bin]) -> Iterator[str]:
    places = [(each.score * _SIDE, (1 - each.truth) * _SIDE) for each in bins if each.count]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline class="line" points="{path}"/>'
    for x, y in places:
        yield f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'


def _units(bins: Sequence[Bin]) -> Iterator[str]:
    """Bars below the panel, the fullest bin as high as the strip."""
    most = max((each.count for each in bins), default=0) or 1
    for each in bins:
        tall = each.count / most * (_BARS - 6)
        x, wide = each.low * _SIDE + 1, (each.high - each.low) * _SIDE - 2
        yield (
            f'<rect class="units" x="{x:.1f}" y="{_SIDE + _BARS - tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}"/>'
        )
