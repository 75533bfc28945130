"""The table: printed, and kept in `docs/benchmarks.md` between its markers."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.measure import Figures, Row

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
)


def tables(rows: Sequence[Row]) -> str:
    """Both tables: the ratios, and what kept the processors busy."""
    return "\n".join([*_ratios(rows), "", *_processors(rows)])


def _ratios(rows: Sequence[Row]) -> Iterable[str]:
    yield "| what | ours, per second | beside | theirs, per second | ratio | floor | |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        floor = "" if row.floor is None else f"≥ {row.floor:g}"
        yield (
            f"| {row.what} | {_rates(row.ours.rates)} | {row.beside.name} "
            f"| {_rates(row.beside.rates)} | {_ratio(row.ratio)} | {floor} | {row.verdict} |"
        )


def _processors(rows: Sequence[Row]) -> Iterable[str]:
    yield "| who | processor time for each, µs (processors kept busy) |"
    yield "| --- | --- |"
    for result in dict.fromkeys(each for row in rows for each in (row.ours, row.beside)):
        busy = [
            f"{process} {result.each(process) * 1e6:,.0f} ({result.cores(process):.2f})"
            for process in result.turns[0].cores
        ]
        if busy:
            yield f"| {result.name} | {', '.join(busy)} |"


def _rates(figures: Figures) -> str:
    return f"**{figures.median:,.0f}** ({figures.lowest:,.0f}..{figures.highest:,.0f})"


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
        f"Python {platform.python_version()}, PostgreSQL {ground.version}; {libraries}. "
        f"Other work when it began: a load average of {os.getloadavg()[0]:.1f}."
    )


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def write(text: str) -> None:
    """Puts the text between the markers; the prose around them is kept."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
