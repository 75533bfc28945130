"""The table: printed, and kept in `docs/benchmarks.md` between its markers."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.measure import Alone, Figures, Line, Result, Row, said

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: `make bench` writes them -->", "<!-- end of the figures -->"

LIBRARIES = (
    "asyncpg",
    "fastapi",
    "uvicorn",
    "uvloop",
    "sqlalchemy",
    "msgspec",
    "eventsourcing",
    "apscheduler",
    "procrastinate",
    "psycopg",
    "httpx",
    "httpx-aiohttp",
    "businesstimedelta",
    "business-duration",
    "pandas",
)


def tables(lines: Sequence[Line]) -> str:
    """The ratios, what stands alone, and what kept the processors busy."""
    rows = [line for line in lines if isinstance(line, Row)]
    alone = [line for line in lines if isinstance(line, Alone)]
    parts = [_ratios(rows)] if rows else []
    parts += [_alone(alone)] if alone else []
    parts.append(_processors(rows))
    return "\n\n".join(text for part in parts if (text := "\n".join(part)))


def _ratios(rows: Sequence[Row]) -> Iterable[str]:
    yield "| what | ours | beside | theirs | ratio | limit | |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        yield (
            f"| {row.what} | {_figures(row.ours)} | {row.beside.name} "
            f"| {_figures(row.beside)} | {_ratio(row.ratio)} | {row.limit} | {row.verdict} |"
        )


def _alone(lines: Sequence[Alone]) -> Iterable[str]:
    yield "| what | ours | limit | |"
    yield "| --- | --- | --- | --- |"
    for line in lines:
        yield f"| {line.what} | {_figures(line.ours)} | {line.limit} | {line.verdict} |"


def _processors(rows: Sequence[Row]) -> Iterable[str]:
    results = dict.fromkeys(each for row in rows for each in (row.ours, row.beside))
    counted = [result for result in results if result.turns[0].cores]
    if counted:
        yield "| who | processor time for each, µs (processors kept busy) |"
        yield "| --- | --- |"
    for result in counted:
        busy = [
            f"{process} {_digits(result.each(process) * 1e6)} ({result.cores(process):.2f})"
            for process in result.turns[0].cores
        ]
        yield f"| {result.name} | {', '.join(busy)} |"


def _figures(result: Result) -> str:
    rates, unit = result.rates, result.unit
    low, high = _digits(rates.lowest), _digits(rates.highest)
    return f"**{said(rates.median, unit)}** ({low}..{high})"


def _digits(figure: float) -> str:
    return said(figure, "").strip()


def _ratio(figures: Figures) -> str:
    low, middle, high = figures.lowest, figures.median, figures.highest
    digits = 2 if middle < 10 else 1
    return f"**{middle:.{digits}f}** ({low:.{digits}f}..{high:.{digits}f})"


def machine(ground: Ground, commit_seconds: float) -> str:
    """What all this ran on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores, {_gigabytes():.0f} GB of memory, {platform.system()} "
        f"{platform.machine()}; a transaction of one row takes {commit_seconds * 1000:.2f} ms. "
        f"Python {platform.python_version()}, "
        f"PostgreSQL {ground.version}; {libraries}. "
        f"Other work when it began: a load average of {os.getloadavg()[0]:.1f}."
    )


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def write(text: str, begin: str = BEGIN, end: str = END) -> None:
    """Puts the text between the markers; the prose around them is kept."""
    before, _, rest = DOCUMENT.read_text().partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{after}")
