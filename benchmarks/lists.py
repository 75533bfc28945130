"""``GET /v1/tickets`` by each single filter, with many tickets and with few."""

from collections.abc import Mapping, Sequence

from benchmarks import many, processes
from benchmarks.ground import Ground
from benchmarks.measure import Plan, Result, Row, Turn
from benchmarks.served import serving

Turns = Sequence[Mapping[str, float]]
"""Of one filter: on the service that has many tickets, on the one that has few."""

FEW = 1000
PAGE = 20
CEILING = 1.5

WORDS = "q=trunk"
FILTERS = (
    "",
    "policy=syneto",
    "severity=P3",
    "plan=pro",
    "status=waiting_on_customer",
    "line=first_level",
    "clock=resolution",
    "breached=true",
    "breached=false",
    "paused=true",
    "paused=false",
    "tier=1",
    "due_before=2199-01-01T00:00:00Z",
    "opened_after=2020-01-01T00:00:00Z",
    "opened_before=2199-01-01T00:00:00Z",
    WORDS,
)
"""Each finds a page of tickets among the few, too."""


class ShortPage(Exception):
    """A filter finds less than a page: then there is less to answer where there are few tickets."""


def path(question: str) -> str:
    """The page that is asked for."""
    return f"/v1/tickets?limit={PAGE}{'&' * bool(question)}{question}"


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Each filter in turns on two services; a row of the worst by the ratio, and one of words."""
    count, times = plan.size(5000, 1_000_000), plan.size(5, 25)
    rich, poor = await many.open_tickets(ground, count), await many.open_tickets(ground, FEW)
    rounds = []
    async with serving(ground, rich) as large, serving(ground, poor) as small:
        for number in range(plan.rounds + 1):
            rounds.append(await _round([large.port, small.port], times))
            print(f"  round {number}: {_worst_of(rounds[-1])}" if number else "  all asked once")
    rows = {question: _row(question, count, rounds[1:]) for question in FILTERS}
    for row in rows.values():
        ours, theirs = row.ours.rates.median, row.beside.rates.median
        print(f"  {row.ours.name}: {ours:.1f} ms beside {theirs:.1f} ms")
    words = rows.pop(WORDS)
    return [max(rows.values(), key=lambda row: row.ratio.median), words]


def _row(question: str, count: int, rounds: Sequence[Mapping[str, Turns]]) -> Row:
    name = f"`{question}`" if question else "no filter"
    ours, theirs = (
        tuple(Turn(each[path(question)][place]["median"] * 1000) for each in rounds)
        for place in (0, 1)
    )
    return Row(
        f"`GET /v1/tickets` by next mark, {count:,} tickets, "
        f"{'' if question == WORDS else f'of {len(FILTERS) - 1} filters the worst: '}{name}",
        Result(name, ours, "ms"),
        Result(f"{FEW:,} tickets", theirs, "ms"),
        ceiling=CEILING,
    )


async def _round(ports: list[int], times: int) -> Mapping[str, Turns]:
    """Each filter's turns on both services. ShortPage."""
    paths = [path(question) for question in FILTERS]
    found = await processes.call(
        "benchmarks.asking:ask_each", ports=ports, paths=paths, times=times
    )
    if short := [each for each, turns in found.items() if min(_items(turns)) < PAGE]:
        raise ShortPage(f"less than {PAGE} tickets: {', '.join(short)}")
    return found


def _items(turns: Turns) -> list[float]:
    return [turn["items"] for turn in turns]


def _worst_of(turns: Mapping[str, Turns]) -> str:
    by_ratio = {asked: large["median"] / small["median"] for asked, (large, small) in turns.items()}
    worst = max(by_ratio, key=by_ratio.__getitem__)
    return f"{by_ratio[worst]:.2f} times as long: {worst}"
