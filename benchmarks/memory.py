"""Memory of the service after the same load, with many open tickets and with few."""

from functools import partial

from benchmarks import many
from benchmarks.ground import Ground
from benchmarks.lists import FEW, path
from benchmarks.measure import Contender, Plan, Row, Turn, in_turns
from benchmarks.reports import FORECAST
from benchmarks.served import serving

CONNECTIONS = 32


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Each turn starts the service, has it work, and looks at it."""
    count, requests = plan.size(5000, 1_000_000), plan.size(10, 60)
    rich, poor = await many.open_tickets(ground, count), await many.open_tickets(ground, FEW)
    ours, beside = await in_turns(
        plan,
        [
            Contender(f"{tickets:,} open tickets", partial(_resident, ground, url, requests), "MB")
            for tickets, url in ((count, rich), (FEW, poor))
        ],
    )
    what = f"memory of the service, {count:,} open tickets, after the same load"
    return [Row(what, ours, beside, ceiling=1.1)]


async def _resident(ground: Ground, url: str, requests: int) -> Turn:
    async with serving(ground, url) as served:
        await served.load("/v1/events", connections=CONNECTIONS, requests=requests, seconds=60.0)
        for each in (path(""), path("breached=true"), path("q=trunk"), FORECAST):
            await served.ask(each, 5)
        return Turn(served.resident())
