"""Batches of 500 events through ``POST /v1/events``."""

from functools import partial

from benchmarks import processes
from benchmarks.ground import Ground
from benchmarks.measure import Contender, Plan, Row, Turn, in_turns
from benchmarks.one_at_a_time import check_kept
from benchmarks.served import serving
from benchmarks.tickets import BATCH

CLIENTS = (1, 4)
LONGEST = 60.0
FLOOR = 0.25


async def measure(ground: Ground, plan: Plan) -> list[Row]:
    """Beside a plain insert of the same rows; the floor is judged on the better of ours."""
    url = await ground.migrated()
    bare_url = await ground.empty()
    async with serving(ground, url) as served:

        def post(shape: str, clients: int) -> Contender:
            send = partial(
                served.load,
                "/v1/events",
                connections=clients,
                requests=plan.size(8, 48) // clients,
                seconds=LONGEST,
                shape=shape,
                events=BATCH,
            )
            return Contender(f"{shape} batches, {_clients(clients)}", send)

        contenders = [post("mixed", clients) for clients in CLIENTS]
        contenders.append(post("lives", CLIENTS[-1]))
        insert = partial(inserts, ground, bare_url, plan.size(40, 200))
        contenders.append(Contender("plain INSERT ... SELECT unnest", insert))
        await contenders[0].run()
        *ours, bare = await in_turns(plan, contenders)
        await check_kept(served, url)
    await ground.drop(url)
    await ground.drop(bare_url)
    mixed = ours[: len(CLIENTS)]
    best = max(mixed, key=lambda result: result.rates.median)
    return [
        *(
            Row(
                f"batches of {BATCH}, events at all stages, {_clients(clients)}",
                result,
                bare,
                FLOOR if result is best else None,
            )
            for clients, result in zip(CLIENTS, mixed, strict=True)
        ),
        Row(f"batches of {BATCH}, whole lives, {_clients(CLIENTS[-1])}", ours[-1], bare, None),
    ]


def _clients(number: int) -> str:
    return f"{number} client" if number == 1 else f"{number} clients"


async def inserts(ground: Ground, url: str, batches: int) -> Turn:
    """A turn of the plain insert."""
    before = ground.seconds()
    found = await processes.call(
        "benchmarks.peers.plain_log:run", url=url, batches=batches, batch=BATCH
    )
    elapsed = found["elapsed"]
    used = {"process": found["processor"] / elapsed}
    if before is not None and (now := ground.seconds()) is not None:
        used["PostgreSQL"] = (now - before) / elapsed
    return Turn(found["rows"] / elapsed, used)
