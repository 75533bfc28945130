"""`make bench`: runs the scenarios, prints the table, and writes it into `docs/benchmarks.md`."""

import argparse
import asyncio
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence

from benchmarks import (
    batches,
    business_time,
    deadlines,
    growth,
    lateness,
    lists,
    memory,
    one_at_a_time,
    rebuilding,
    reports,
    webhooks,
)
from benchmarks.ground import Ground, commit_seconds, standing
from benchmarks.measure import Line, Plan
from benchmarks.table import machine, tables, write

SCENARIOS: dict[str, Callable[[Ground, Plan], Awaitable[Sequence[Line]]]] = {
    "single": one_at_a_time.measure,
    "batches": batches.measure,
    "deadlines": deadlines.measure,
    "rebuild": rebuilding.measure,
    "webhooks": webhooks.measure,
    "business-time": business_time.measure,
    "attainment": reports.attainment,
    "forecast": reports.forecast,
    "lists": lists.measure,
    "memory": memory.measure,
    "lateness": lateness.measure,
}


GROWTH = "growth"


def main() -> None:
    """``python -m benchmarks [--quick] [--rounds N] [scenario ...]``"""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = (*SCENARIOS, GROWTH)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="a few seconds each, to try")
    parser.add_argument("--rounds", type=int, default=None, help="5, or 1 with --quick")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind
    plan = Plan(options.rounds or (1 if options.quick else 5), options.quick)
    asyncio.run(bench(plan, options.scenarios or list(SCENARIOS)))


async def bench(plan: Plan, names: Sequence[str]) -> None:
    """Runs them. The document is written: the table if it was all of it, at full size; growth.

    One that fails does not stop the others: they may have taken long.
    """
    lines: list[Line] = []
    failed: list[str] = []
    async with standing() as ground:
        setting = machine(ground, await commit_seconds(ground))
        print(setting)
        for name in names:
            print(f"{name}:", flush=True)
            since = time.monotonic()
            try:
                if name == GROWTH:
                    _keep_growth(await growth.grow(ground, plan), setting, plan)
                else:
                    lines += await SCENARIOS[name](ground, plan)
            except Exception:  # noqa: BLE001  # shown, and the command fails at its end
                traceback.print_exc()
                failed.append(name)
            print(f"  {name} took {time.monotonic() - since:.0f} s", flush=True)
    if lines:
        text = tables(lines)
        print(f"\n{text}")
        if not plan.quick and set(names) >= set(SCENARIOS) and not failed:
            write(f"{text}\n\n{setting}")
    if failed:
        sys.exit(f"failed, so the document is as it was: {', '.join(failed)}")


def _keep_growth(text: str, setting: str, plan: Plan) -> None:
    print(f"\n{text}\n")
    if not plan.quick:
        growth.keep_table(f"{text}\n\n{setting}")


if __name__ == "__main__":
    main()
