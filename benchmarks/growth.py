"""How the same operations go as tickets and the log grow: plots, and a table of what is in them.

Nothing runs beside it: what is compared are the sizes. Each figure is the median of some turns.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import lateness, many, outbox, partitions, processes
from benchmarks.ground import Ground
from benchmarks.lists import path
from benchmarks.measure import Plan, said
from benchmarks.plot import Points, svg
from benchmarks.reports import ATTAINMENT, FORECAST, PERIOD
from benchmarks.served import Served, serving
from benchmarks.table import DOCUMENT, write
from benchmarks.tickets import BATCH

PLOTS = DOCUMENT.parent / "benchmarks"
BEGIN, END = "<!-- growth: `python -m benchmarks growth` writes it -->", "<!-- end of growth -->"

SOME_LISTS = ("", "policy=syneto", "breached=true", "q=trunk")
REPORTS = {"forecast": FORECAST, "attainment": ATTAINMENT.format(*PERIOD)}
SINGLE, BATCHES, DUE = "single events", "in batches of 500", "due at once"
WEBHOOKS = "webhooks"
OPEN_TICKETS = "open tickets"
EVENTS = "events in the log"


@dataclass(slots=True)
class Series:
    """What came of one operation at each size."""

    unit: str
    points: list[tuple[float, float]] = field(default_factory=list)

    def add(self, size: int, figures: Sequence[float]) -> None:
        """The median of some turns at a size."""
        self.points.append((size, median(figures)))


@dataclass(slots=True)
class Picture:
    """A plot: operations of one unit over one kind of size."""

    name: str
    title: str
    across: str
    up: str
    lines: dict[str, Series]

    @property
    def points(self) -> Mapping[str, Points]:
        """Those of each line that has any."""
        return {name: series.points for name, series in self.lines.items() if series.points}


def _pictures() -> list[Picture]:
    rates = {name: Series("/s") for name in (SINGLE, BATCHES, DUE, WEBHOOKS)}
    lists = {each or "no filter": Series("ms") for each in SOME_LISTS}
    reports = {name: Series("ms") for name in REPORTS}
    late = {"the middle one": Series("ms"), "p99": Series("ms")}
    memory = {"after the same load": Series("MB")}
    log = {name: Series("/s") for name in ("appended", "read")}
    return [
        Picture("writes", "What is recorded", OPEN_TICKETS, "a second", rates),
        Picture("lists", "Lists by the next mark", OPEN_TICKETS, "milliseconds", lists),
        Picture("reports", "Reports", OPEN_TICKETS, "milliseconds", reports),
        Picture("lateness", "Due → committed", OPEN_TICKETS, "milliseconds", late),
        Picture("memory", "Memory of the service", OPEN_TICKETS, "megabytes", memory),
        Picture("log", "The log, through the API", EVENTS, "events a second", log),
    ]


async def grow(ground: Ground, plan: Plan) -> str:
    """Measures at all sizes; the pictures are written where they are linked, unless it is quick."""
    pictures = _pictures()
    writes, lists, reports, late, memory, log = (picture.lines for picture in pictures)
    parted = await partitions.compare(ground, plan.size(1000, 100_000), plan.size(3, 30))
    for tickets in (500, 1000, 2000) if plan.quick else (1000, 100_000, 1_000_000):
        url = await many.open_tickets(ground, tickets)
        async with serving(ground, url) as served:
            await _reads(served, plan, tickets, lists, map(path, SOME_LISTS))
            await _reads(served, plan, tickets, reports, REPORTS.values())
            await _writes(served, plan, tickets, writes)
            await _late(served, url, plan, tickets, late)
            memory["after the same load"].add(tickets, [served.resident()])
        await _due(ground, url, plan, tickets, writes)
        await _told(ground, url, plan, tickets, writes)
        await many.forget(ground, url)
    for events in (2000, 4000) if plan.quick else (10_000, 100_000, 1_000_000, 10_000_000):
        url = await many.bare_log(ground, events)
        async with serving(ground, url) as served:
            await _log(served, plan, events, log)
        await many.forget(ground, url)
    if not plan.quick:
        _keep(pictures)
    return f"{_table(pictures)}\n\n**Partitions**\n\n{parted}"


async def _turns(plan: Plan, turn: Callable[[], Awaitable[float]]) -> list[float]:
    return [await turn() for _ in range(plan.size(1, 3))]


async def _reads(
    served: Served, plan: Plan, tickets: int, lines: Mapping[str, Series], paths: Iterable[str]
) -> None:
    for name, asked in zip(lines, paths, strict=True):

        async def ask(asked: str = asked) -> float:
            return (await served.ask(asked, plan.size(3, 10))).rate

        lines[name].add(tickets, await _turns(plan, ask))
        _say(tickets, name, lines[name])


async def _writes(served: Served, plan: Plan, tickets: int, lines: Mapping[str, Series]) -> None:
    async def single() -> float:
        turn = await served.load(
            "/v1/events", connections=32, requests=1000, seconds=float(plan.size(1, 3))
        )
        return turn.rate

    async def batches() -> float:
        requests = plan.size(2, 12)
        turn = await served.load(
            "/v1/events", connections=4, requests=requests, seconds=60.0, shape="mixed",
            events=BATCH,
        )  # fmt: skip
        return turn.rate

    for name, turn in ((SINGLE, single), (BATCHES, batches)):
        lines[name].add(tickets, await _turns(plan, turn))
        _say(tickets, name, lines[name])


async def _late(
    served: Served, url: str, plan: Plan, tickets: int, lines: Mapping[str, Series]
) -> None:
    found = [
        await lateness.late(url, served.port, plan.size(2, 10)) for _ in range(plan.size(1, 3))
    ]
    for name, figure in (("the middle one", "p50"), ("p99", "p99")):
        lines[name].add(tickets, [each[figure] for each in found])
        _say(tickets, name, lines[name])


async def _due(
    ground: Ground, url: str, plan: Plan, tickets: int, lines: Mapping[str, Series]
) -> None:
    name, due = DUE, plan.size(500, 10_000)
    turns = [
        await processes.call(
            "benchmarks.due_at_once:run", url=url, run=f"due-{tickets}-{turn}-", due=due
        )
        for turn in range(plan.size(1, 3))
    ]
    lines[name].add(tickets, [due / turn["elapsed"] for turn in turns])
    _say(tickets, name, lines[name])


async def _told(
    ground: Ground, url: str, plan: Plan, tickets: int, lines: Mapping[str, Series]
) -> None:
    """Webhooks, in an outbox that holds one of long ago for each ticket."""
    async with outbox.filled(ground, url) as turn:
        rates = [await turn(plan.size(10, 300)) for _ in range(plan.size(1, 3))]
    lines[WEBHOOKS].add(tickets, rates)
    _say(tickets, WEBHOOKS, lines[WEBHOOKS])


async def _log(served: Served, plan: Plan, events: int, lines: Mapping[str, Series]) -> None:
    async def append() -> float:
        requests = plan.size(2, 12)
        turn = await served.load(
            "/v1/events", connections=4, requests=requests, seconds=60.0, shape="lives",
            events=BATCH,
        )  # fmt: skip
        return turn.rate

    async def read() -> float:
        pages = plan.size(4, 200)
        found = await processes.call("benchmarks.asking:page", port=served.port, pages=pages)
        return float(found["items"] / found["elapsed"])

    for name, turn in (("read", read), ("appended", append)):
        lines[name].add(events, await _turns(plan, turn))
        _say(events, name, lines[name])


def _say(size: int, name: str, series: Series) -> None:
    print(f"  {size:,}: {name}: {said(series.points[-1][1], series.unit)}", flush=True)


def _table(pictures: Sequence[Picture]) -> str:
    parts = []
    for picture in pictures:
        sizes = sorted({x for points in picture.points.values() for x, _ in points})
        head = " | ".join(f"{size:,.0f}" for size in sizes)
        rows = [f"| {picture.across} | {head} |", "| --- |" + " --- |" * len(sizes)]
        for name, series in picture.lines.items():
            cells = " | ".join(said(y, series.unit) for _, y in series.points)
            rows.append(f"| {name} | {cells} |")
        link = f"![{picture.title}](benchmarks/{picture.name}.svg)"
        parts.append(f"**{picture.title}**, {picture.up}\n\n{link}\n\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _keep(pictures: Sequence[Picture]) -> None:
    PLOTS.mkdir(exist_ok=True)
    for picture in pictures:
        text = svg(picture.title, picture.across, picture.up, picture.points)
        (PLOTS / f"{picture.name}.svg").write_text(text)


def keep_table(text: str) -> None:
    """Puts the table between its markers in the document."""
    write(text, BEGIN, END)
