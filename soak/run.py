"""One run: load and faults, then quiet, then every promise is checked."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp

from app.store.database import Database
from soak.client import Client, Ledger
from soak.faults import KINDS, Faults
from soak.findings import Findings
from soak.ground import Ground
from soak.log_checks import LogChecks, streams_of
from soak.readers import Reader, readers
from soak.receiver import Receiver, receiving
from soak.replicas import PROJECT, TRUE, Clock, Replica, standing
from soak.settling import until_quiet, until_read
from soak.stories import stories
from soak.telling_checks import TellingChecks
from tests.conftest import LOOPBACK, SECRETS_KEY, assert_rebuild_changes_nothing

AGAIN = 200
"""Events a request, when everything is sent once more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of."""

    seconds: float
    seed: int
    clocks: Sequence[Clock] = (TRUE, TRUE, TRUE)
    """Those of the replicas' hosts."""
    kinds: Sequence[str] = KINDS
    lanes: int = 40
    """Stories told at once."""
    hurried: bool = False
    """Whether marks to come, and leases of the dead, are not waited for at the end."""
    pace: float = 1.0
    """How fast stories are told."""


@dataclass(slots=True)
class Run:
    """A run under way."""

    plan: Plan
    ground: Ground
    folder: Path
    say: Callable[[str], None]
    findings: Findings = field(default_factory=Findings)

    async def __call__(self) -> Findings:
        """Load and faults; quiet; checks."""
        ledger = Ledger(self.findings)
        async with AsyncExitStack() as stack:
            receiver = await stack.enter_async_context(receiving(self.findings, self._chance("r")))
            until, reading = await self._live(receiver, ledger)
        self.say("checking")
        await self._check(until, ledger, receiver, reading)
        return self.findings

    def _chance(self, part: str) -> random.Random:
        """Chance for one part of the run, so that one's draws do not shift another's."""
        return random.Random(f"{self.plan.seed} {part}")

    async def _live(self, receiver: Receiver, ledger: Ledger) -> tuple[datetime, list[Reader]]:
        """While replicas stand: answers until when the log is whole, and who has read it."""
        async with standing(
            self.ground.url,
            self.plan.clocks,
            self.folder,
            self._environment(),
            self.findings,
            self._chance("replicas"),
        ) as replicas:
            await self._ready(replicas)
            await receiver.subscribe(replicas[0].url)
            urls = [each.url for each in replicas]
            reading = readers(urls, self.findings, self._chance("readers"))
            tasks = [asyncio.create_task(each.run()) for each in reading]
            client = Client(urls, ledger, self.findings, self._chance("c"), self.plan.pace)
            try:
                async with client.connected() as it:
                    await self._load(it, replicas, receiver)
                    self.say("waiting until all is raised and told")
                    until = await until_quiet(self.ground, self.findings, hurried=self.plan.hurried)
                    self.say("sending everything once more")
                    for batch in ledger.batches(AGAIN):
                        await it.report(batch)
                await until_read(self.ground, reading, self.findings)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            return until, reading

    async def _ready(self, replicas: Sequence[Replica]) -> None:
        async with aiohttp.ClientSession() as session:
            for replica in replicas:
                await replica.until_ready(session)
        self.say(f"{len(replicas)} replicas are ready")

    async def _load(self, client: Client, replicas: Sequence[Replica], receiver: Receiver) -> None:
        tales = stories(self._chance("stories"), f"S{self.plan.seed}")
        until = asyncio.get_running_loop().time() + self.plan.seconds
        faults = Faults(
            self.ground,
            replicas,
            receiver,
            self.findings,
            self._chance("faults"),
            self.plan.kinds,
            self.say,
        )
        async with faults.striking(until), asyncio.TaskGroup() as lanes:
            for _ in range(self.plan.lanes):
                lanes.create_task(client.live(tales, until))

    def _environment(self) -> Mapping[str, str]:
        """The shipped policies, and one of the run's own."""
        policies = self.folder / "policies"
        policies.mkdir()
        for folder in (PROJECT / "policies", PROJECT / "soak" / "policies"):
            for file in folder.glob("*.yaml"):
                shutil.copy(file, policies)
        return {
            "ESCALATOR_POLICIES_DIR": str(policies),
            "ESCALATOR_WEBHOOK_ALLOWED_NETWORKS": LOOPBACK,
            "ESCALATOR_SECRETS_KEY": SECRETS_KEY,
        }

    async def _check(
        self, until: datetime, ledger: Ledger, receiver: Receiver, reading: Sequence[Reader]
    ) -> None:
        async with self.ground.connection() as connection:
            streams = await streams_of(connection, until)
            checks = LogChecks(streams, ledger, self.findings)
            checks.check_ledger()
            checks.check_order()
            checks.check_times()
            await checks.check_derived(connection, until)
            for reader in reading:
                checks.check_reader(reader)
            await TellingChecks(streams, receiver, self.findings).check(connection, until)
        await self._rebuild()

    async def _rebuild(self) -> None:
        database = Database(self.ground.url)
        try:
            await assert_rebuild_changes_nothing(database)
        except AssertionError as error:
            self.findings.breaks("a rebuild changes nothing", str(error))
        finally:
            await database.close()


async def soak(plan: Plan, ground: Ground, say: Callable[[str], None]) -> Findings:
    """Carries out a plan; what its replicas said is kept only if a promise was broken."""
    folder = Path(tempfile.mkdtemp(prefix="escalator-soak-logs-"))
    kept = False
    try:
        findings = await Run(plan, ground, folder, say)()
        kept = bool(findings.breaches)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    if kept:
        say(f"what the replicas said: {folder}")
    return findings
