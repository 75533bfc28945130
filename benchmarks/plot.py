"""A plot as SVG: lines over a logarithmic axis, readable on a light page and on a dark one."""

import math
from collections.abc import Iterable, Mapping, Sequence

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 80, 150, 40, 48
COLOURS = ("#2f6fdf", "#d9480f", "#2b8a3e", "#9c36b5", "#b08900", "#0b7285")
INK, FAINT = "#808080", "#80808055"
STEPS = (1, 2, 2.5, 5, 10)


def svg(title: str, across: str, up: str, lines: Mapping[str, Points]) -> str:
    """Each line by its name; ``up`` names the unit of the values, ``across`` what there is more of.

    Values begin at 0, so that lines are as steep as they are.
    """
    xs = sorted({x for points in lines.values() for x, _ in points})
    top = _round_up(max(y for points in lines.values() for _, y in points))
    parts = [*_axes(title, across, up, xs, top)]
    for place, (name, points) in enumerate(lines.items()):
        parts += _line(name, points, xs, top, place)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12" '
        f'role="img" aria-label="{_escaped(title)}">\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _axes(title: str, across: str, up: str, xs: Sequence[float], top: float) -> Iterable[str]:
    yield _text(LEFT, 20, title, size=14)
    yield _text(LEFT, TOP - 6, up, size=11)
    for step in range(5):
        value = top * step / 4
        y = _y(value, top)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{FAINT}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:,.6g}", anchor="end")
    for x in xs:
        yield _text(_x(x, xs), HEIGHT - BOTTOM + 18, f"{x:,.0f}", anchor="middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, anchor="middle")


def _line(name: str, points: Points, xs: Sequence[float], top: float, place: int) -> Iterable[str]:
    colour = COLOURS[place % len(COLOURS)]
    at = [(_x(x, xs), _y(y, top)) for x, y in points]
    yield (
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}" '
        f'fill="none" stroke="{colour}" stroke-width="2"/>'
    )
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at)
    beside = TOP + 8 + 18 * place
    yield f'<circle cx="{WIDTH - RIGHT + 16}" cy="{beside - 4}" r="4" fill="{colour}"/>'
    yield _text(WIDTH - RIGHT + 26, beside, name)


def _text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'fill="{INK}">{_escaped(words)}</text>'
    )


def _x(value: float, xs: Sequence[float]) -> float:
    low, high = math.log10(xs[0]), math.log10(xs[-1])
    share = (math.log10(value) - low) / (high - low) if high > low else 0.5
    return LEFT + 20 + share * (WIDTH - RIGHT - LEFT - 40)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)


def _round_up(value: float) -> float:
    """The next number that is easily read."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in STEPS if step * power >= value * 0.999)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
