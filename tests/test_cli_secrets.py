"""The key that seals secrets, as an operator meets it: made, kept, changed, and never said."""

import stat

import pytest

from app.store.sealed import Seals, keys_in
from app.webhooks.signing import new_secret
from tests.processes import data_folder, free_port, run, served
from tests.webhooks.receiver import receiving

SECRET = new_secret()


async def test_a_service_of_its_own_keeps_a_key_and_it_can_be_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESCALATOR_LOG_LEVEL", "debug")
    event = {
        "id": "1",
        "source": "desk",
        "type": "ticket.opened",
        "data": {"policy": "portaone", "severity": "P1"},
    }
    links = []
    with data_folder() as data:
        for ticket in ("T-1", "T-2"):
            async with receiving(SECRET) as receiver, served(data, free_port()) as (_, client):
                if ticket == "T-1":
                    body = {"url": receiver.url, "secret": SECRET}
                    assert (await client.post("/v1/subscriptions", json=body)).status_code == 201
                else:  # the port is another one
                    (made,) = (await client.get("/v1/subscriptions")).json()["items"]
                    path = f"/v1/subscriptions/{made['id']}"
                    await client.patch(path, json={"url": receiver.url})
                await client.post("/v1/events", json={**event, "subject": ticket})
                while not receiver.heard:
                    await client.get("/healthz")
                links.append(receiver.heard[0].event["data"]["links"]["acknowledge"])
                for link in links:
                    assert (await client.get(link)).status_code == 200, "by either key"
                await client.post(links[-1], data={"by": "anna"})
            if ticket == "T-1":
                file = data / "secrets.key"
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
                old = file.read_text()
                status, new = await run("secrets", "key")
                assert status == 0
                file.write_text(new + old)
                status, told = await run("secrets", "rotate", ESCALATOR_DATA_DIR=str(data))
                assert status == 0, told
                assert f"{Seals(keys_in(new)).first}: 1" in told
        file.write_text(old)
        lost = await run("secrets", "rotate", ESCALATOR_DATA_DIR=str(data))
        assert lost[0] == 1
        assert made["id"] in lost[1]
    said = capsys.readouterr().out + told + lost[1]
    assert "delivering" in said or "listening on" in said, "it was read"
    for secret in (SECRET.partition("_")[2], old.strip(), new.strip()):
        assert secret not in said
    for link in links:
        assert link.rpartition(".")[2] not in said


async def test_a_key_that_is_none_is_said_before_anything_is_started() -> None:
    with data_folder() as data:
        status, said = await run(
            "serve", ESCALATOR_SECRETS_KEY="hunter2", ESCALATOR_DATA_DIR=str(data)
        )
        assert not (data / "postgres").exists()
    assert status == 1
    assert "ESCALATOR_SECRETS_KEY: a key is the base64 of 32 random bytes" in said
    assert "hunter2" not in said
