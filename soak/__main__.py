"""`make soak`: minutes of load under faults; exit status 1 if a promise was broken."""

import argparse
import asyncio
import random
import signal
import sys
import time

from soak.faults import KINDS
from soak.ground import own_ground
from soak.replicas import APART, TRUE
from soak.run import Plan, soak


def main() -> None:
    """``python -m soak [--minutes N] [--seed N] [--lanes N] [--true-clocks] [fault ...]``"""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="fault", help=", ".join(KINDS))
    parser.add_argument("--minutes", type=float, default=3.0, help="of load and faults (3)")
    parser.add_argument("--seed", type=int, default=None, help="of another run, to repeat it")
    parser.add_argument("--lanes", type=int, default=40, help="stories told at once (40)")
    parser.add_argument("--true-clocks", action="store_true", help="the hosts' clocks agree")
    options = parser.parse_args()
    if unknown := set(options.faults) - set(KINDS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left behind
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    plan = Plan(
        options.minutes * 60,
        seed,
        (TRUE, TRUE, TRUE) if options.true_clocks else APART,
        tuple(options.faults) or KINDS,
        options.lanes,
    )
    try:
        sys.exit(asyncio.run(_soaked(plan)))
    except KeyboardInterrupt:
        sys.exit(130)


async def _soaked(plan: Plan) -> int:
    since = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - since:6.1f} s  {text}", flush=True)

    say(f"seed {plan.seed}")
    async with own_ground() as ground:
        findings = await soak(plan, ground, say)
    print(f"\n{findings.table()}\n")
    for broken in findings.broken():
        print(f"BROKEN  {broken}")
    if findings.breaches:
        print(f"again: python -m soak --seed {plan.seed} --minutes {plan.seconds / 60:g}")
    else:
        print(f"kept: every promise, in {sum(findings.faults.values())} faults (seed {plan.seed})")
    return 1 if findings.breaches else 0


if __name__ == "__main__":
    main()
