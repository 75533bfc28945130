"""The command, run as an operator runs it."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from app.clock import host_now, monotonic
from tests.conftest import DatabaseServer
from tests.processes import data_folder, escalator, free_port, run, served

BAD_POLICY = """\
id: broken
severities: [P1]
roles: [manager]
clocks:
  - id: resolution
    meets: [ticket.resolved]
    targets:
      - severity: P1
        ladder:
          - {after: 1h, tell: nobody}
"""


def opening(ticket_id: str, ago: timedelta = timedelta(0)) -> dict[str, object]:
    """A P2 opened so long ago."""
    return {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "subject": ticket_id,
        "time": (host_now() - ago).isoformat(),
        "data": {"policy": "portaone", "severity": "P2"},
    }


async def test_a_bad_policy_file_is_said_with_file_line_and_reason(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "broken.yaml").write_text(BAD_POLICY)
    for command in (("serve", "--port", "0"), ("policies", "check", str(policies))):
        status, said = await run(
            *command, ESCALATOR_POLICIES_DIR=str(policies), ESCALATOR_DATA_DIR=str(tmp_path / "d")
        )
        assert status == 1
        assert f"{policies}/broken.yaml:10:" in said
        assert "'nobody'" in said
        assert "manager" in said, "what would be right is said too"
        assert "Traceback" not in said
    assert not (tmp_path / "d").exists(), "nothing was started"


async def test_wrong_usage_is_exit_status_2() -> None:
    status, _ = await run("serve", "--port", "many")
    assert status == 2


async def test_a_wrong_setting_is_named() -> None:
    status, said = await run("serve", ESCALATOR_DATABASE_URL="mysql://root:hush@db/x")
    assert status == 1
    assert "ESCALATOR_DATABASE_URL" in said
    assert "hush" not in said


async def test_without_a_key_only_loopback_is_served(tmp_path: Path) -> None:
    status, said = await run("serve", "--host", "0.0.0.0", ESCALATOR_DATA_DIR=str(tmp_path / "d"))  # noqa: S104  # refused
    assert status == 1
    assert "loopback" in said


async def test_a_port_in_use_is_said() -> None:
    port = free_port()
    with data_folder() as data:
        async with served(data, port):
            status, said = await run("serve", "--port", str(port), ESCALATOR_DATA_DIR=str(data))
    assert status == 1
    assert str(port) in said
    assert "Traceback" not in said


async def test_a_database_that_is_behind_is_not_served_until_it_is_migrated(
    database_server: DatabaseServer,
) -> None:
    name = "behind"
    await database_server.run(f"CREATE DATABASE {name}")
    url = make_url(database_server.url_of(name)).set(drivername="postgresql")
    given = {"ESCALATOR_DATABASE_URL": url.render_as_string(hide_password=False)}
    try:
        status, said = await run("serve", "--port", "0", **given)
        assert status == 1
        assert "escalator migrate" in said
        assert (await run("migrate", **given))[0] == 0
        process = await escalator("serve", "--port", str(free_port()), **given)
        await asyncio.sleep(2)
        assert process.returncode is None
        process.terminate()
        await process.communicate()
    finally:
        await database_server.run(f"DROP DATABASE {name} WITH (FORCE)")


async def test_sigterm_ends_it_in_time_with_status_0() -> None:
    with data_folder() as data:
        async with served(data, free_port()) as (process, client):
            assert (await client.post("/v1/events", json=opening("T-1"))).status_code == 201
            started = monotonic()
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            assert monotonic() - started < 10


async def test_killed_it_loses_nothing_and_what_came_due_is_raised_at_the_next_start() -> None:
    """Given a mark that comes due while the service is dead. A rebuild then changes nothing."""
    ago = timedelta(hours=1) - timedelta(seconds=1)
    with data_folder() as data:
        async with served(data, free_port()) as (process, client):
            assert (await client.post("/v1/events", json=opening("T-1", ago))).status_code == 201
            process.kill()
            await process.wait()
        await asyncio.sleep(1)
        async with served(data, free_port()) as (_, client):
            items = []
            for _ in range(100):
                items = (await client.get("/v1/escalations")).json()["items"]
                if items:
                    break
                await asyncio.sleep(0.05)
            again = await client.post("/v1/events", json=opening("T-1", ago))
            assert again.status_code == 409, "the time differs: it is another content"
            status, said = await run("rebuild", ESCALATOR_DATA_DIR=str(data))
            assert (await client.get("/v1/escalations")).json()["items"] == items
        assert [item["role"] for item in items] == ["technical_support_manager"]
        assert status == 0
        assert "100 %" in said
        assert "1 tickets" in said


async def test_what_was_acknowledged_survives_kill_9_of_the_service_and_of_postgresql() -> None:
    """A client keeps its own ledger while processes are killed under it, in turn."""
    faults, ledger = 4, list[str]()
    with data_folder() as data:
        for fault in range(faults):
            async with served(data, free_port()) as (process, client):
                posting = [
                    asyncio.create_task(_post_until_it_dies(client, f"{fault}-{lane}", ledger))
                    for lane in range(4)
                ]
                await asyncio.sleep(0.4)
                if fault % 2:
                    _kill_postmaster(data)
                    await asyncio.sleep(0.2)
                process.kill()
                await process.wait()
                await asyncio.gather(*posting)
        async with served(data, free_port()) as (_, client):
            missing = [
                ticket_id
                for ticket_id in ledger
                if (await client.get(f"/v1/tickets/{ticket_id}")).status_code != 200
            ]
    assert len(ledger) > faults
    assert missing == []


async def test_its_own_postgresql_is_launched_again_when_it_dies() -> None:
    """Meanwhile facts are answered 503; then the service goes on by itself."""
    with data_folder() as data:
        async with served(data, free_port()) as (_, client):
            assert (await client.post("/v1/events", json=opening("T-1"))).status_code == 201
            _kill_postmaster(data)
            statuses = []
            for _ in range(200):
                answer = await client.post("/v1/events", json=opening("T-2"))
                statuses.append(answer.status_code)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    break
                assert answer.headers["retry-after"]
                await asyncio.sleep(0.1)
            assert statuses[-1] in (200, 201), statuses
            assert (await client.get("/v1/tickets/T-1")).status_code == httpx.codes.OK


async def _post_until_it_dies(client: httpx.AsyncClient, lane: str, ledger: list[str]) -> None:
    for number in range(100_000):
        ticket_id = f"T-{lane}-{number}"
        try:
            answer = await client.post("/v1/events", json=opening(ticket_id))
        except httpx.TransportError:
            return
        if answer.status_code == httpx.codes.CREATED:
            ledger.append(ticket_id)
        else:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            assert "retry-after" in answer.headers
            await asyncio.sleep(0.01)


def _kill_postmaster(data: Path) -> None:
    pid = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
