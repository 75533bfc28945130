"""Reports: attainment beside plain SQL, and the forecast by itself."""

from functools import partial

from benchmarks import many, processes
from benchmarks.ground import Ground
from benchmarks.measure import Alone, Contender, Line, Plan, Row, Turn, in_turns
from benchmarks.served import serving

ATTAINMENT = "/v1/reports/attainment?group_by=policy,severity&from={}&to={}"
PERIOD = ("2020-01-01T00:00:00Z", "2029-01-01T00:00:00Z")
FORECAST = "/v1/forecast"


async def attainment(ground: Ground, plan: Plan) -> list[Line]:
    """The report over all that has ended, by policy and severity."""
    count, times = plan.size(20_000, 1_000_000), plan.size(2, 5)
    url = await many.outcomes(ground, count)
    sql = partial(_sql, url, times)
    async with serving(ground, url) as served:
        report = partial(served.ask, ATTAINMENT.format(*PERIOD), times)
        ours, plain_sql = await in_turns(
            plan,
            (
                Contender("attainment", report, "ms"),
                Contender("plain SQL: counts and percentiles of the same groups", sql, "ms"),
            ),
        )
    await many.forget(ground, url)
    what = f"attainment report over {count:,} outcomes, by policy and severity"
    return [Row(what, ours, plain_sql, ceiling=1.2)]


async def _sql(url: str, times: int) -> Turn:
    since, until = PERIOD
    found = await processes.call(
        "benchmarks.peers.plain_percentiles:run", url=url, times=times, since=since, until=until
    )
    return Turn(found["median"] * 1000)


async def forecast(ground: Ground, plan: Plan) -> list[Line]:
    """What 24 hours will bring, with its sums: the first page."""
    count, times = plan.size(5000, 100_000), plan.size(3, 10)
    url = await many.open_tickets(ground, count)
    async with serving(ground, url) as served:
        ask = partial(served.ask, FORECAST, times)
        (ours,) = await in_turns(plan, [Contender("forecast", ask, "ms")])
    return [Alone(f"`GET /v1/forecast`, {count:,} open tickets", ours, 300.0)]
