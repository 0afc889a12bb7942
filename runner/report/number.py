"""Numbers as people read them: fractions stay fractions, units are spelled out."""

from runner.core.row import SMALLEST_P, Interval
from runner.report.escape import escape

NONE = "-"
_LARGE, _TINY = 100, 0.0005
_MINUTE, _HOUR = 60, 3600


def score(value: float | None) -> str:
    """Write a score, three decimals where they say something; `-` for none."""
    if value is None:
        return NONE
    if abs(value) >= _LARGE:
        return f"{value:.5g}"
    return f"{value:.1e}" if 0 < abs(value) < _TINY else f"{value:.3f}"


def figure(value: float | str) -> str:
    """Write what a maker reports: whole numbers whole, others as scores, text as it is."""
    if isinstance(value, str):
        return escape(value)
    return str(value) if isinstance(value, int) else score(value)


def change(value: float | None) -> str:
    """Write a difference with its sign; `-` for none."""
    if value is None:
        return NONE
    text = score(value)
    return text if text.startswith("-") else f"+{text}"


def interval(bounds: Interval | None) -> str:
    """Write an interval of differences as `+0.031 to +0.088`; `-` for none."""
    return NONE if bounds is None else f"{change(bounds[0])} to {change(bounds[1])}"


def span(bounds: Interval | None) -> str:
    """Write an interval of scores as `0.731 to 0.812`; `-` for none."""
    return NONE if bounds is None else f"{score(bounds[0])} to {score(bounds[1])}"


def probability(value: float) -> str:
    """Write a p-value or a level with two significant digits; below what is told apart, a bound."""
    return f"<= {SMALLEST_P:.2g}" if value <= SMALLEST_P else f"{value:.2g}"


def usd(value: float) -> str:
    """Write dollars without the sign that Markdown takes for mathematics."""
    return f"{value:.2f} USD"


def duration(seconds: float) -> str:
    """Write a duration in the largest units that fit: `45 s`, `12 min`, `2 h 10 min`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    hours, rest = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{hours} h {rest} min"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: `1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
