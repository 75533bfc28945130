"""`make bench`: runs the scenarios, prints the table, and writes it into `docs/benchmarks.md`."""

import argparse
import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks import batches, deadlines, one_at_a_time
from benchmarks.ground import Ground, commit_seconds, standing
from benchmarks.measure import Plan, Row
from benchmarks.table import machine, tables, write

SCENARIOS: dict[str, Callable[[Ground, Plan], Awaitable[list[Row]]]] = {
    "single": one_at_a_time.measure,
    "batches": batches.measure,
    "deadlines": deadlines.measure,
}


def main() -> None:
    """``python -m benchmarks [--quick] [--rounds N] [scenario ...]``"""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="a few seconds each, to try")
    parser.add_argument("--rounds", type=int, default=None, help="5, or 2 with --quick")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind
    plan = Plan(options.rounds or (2 if options.quick else 5), options.quick)
    asyncio.run(bench(plan, options.scenarios or list(SCENARIOS)))


async def bench(plan: Plan, names: Sequence[str]) -> None:
    """Runs them; the file is written if it was all of them at full size."""
    rows: list[Row] = []
    since = time.monotonic()
    async with standing() as ground:
        setting = machine(ground, await commit_seconds(ground))
        print(setting)
        for name in names:
            print(f"{name}:", flush=True)
            rows += await SCENARIOS[name](ground, plan)
    text = tables(rows)
    print(f"\n{text}\n\n{time.monotonic() - since:.0f} s")
    if not plan.quick and set(names) == set(SCENARIOS):
        write(f"{text}\n\n{setting}")


if __name__ == "__main__":
    main()
