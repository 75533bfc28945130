"""Secrets of subscriptions: in answers once, in the database sealed, in the log never."""

import asyncio
import logging

import pytest
from pydantic import SecretStr

from app.settings import Settings
from app.store.sealed import Seals, keys_in, new_key
from app.webhooks.resealing import reseal
from app.webhooks.signing import new_secret, public_key
from app.webhooks.subscriptions import about_secret
from tests.api.subscribing import URL, Json, make, open_ticket, until
from tests.conftest import SECRETS_KEY, Running, serving
from tests.patience import PATIENCE_SECONDS
from tests.webhooks.receiver import receiving


async def everything(running: Running) -> str:
    """All rows of all tables, as a dump has them."""
    said = []
    async with running.service.database.connection() as connection:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for table in tables:
            rows = await connection.fetch(f'SELECT t::text FROM "{table["tablename"]}" AS t')  # noqa: S608  # names from the catalogue
            said += [row[0] for row in rows]
    return "\n".join(said)


async def sealed_by_another_key(running: Running, made: Json) -> str | None:
    """Has the secret of a subscription sealed by a key the service has not; answers that key."""
    other = Seals(keys_in(new_key()))
    sealed = other.seal(made["secret"], about_secret(made["id"]))
    async with running.service.database.connection() as connection:
        await connection.execute(
            "UPDATE subscriptions SET secret = $2 WHERE subscription_id = $1", made["id"], sealed
        )
    return other.first


async def test_of_ed25519_only_the_public_key_is_ever_shown(running: Running) -> None:
    made = await make(running, signature="v1a")
    path = f"/v1/subscriptions/{made['id']}"
    shown = (await running.client.get(path)).json()
    assert made["public_key"].startswith("whpk_")
    assert (shown["signature"], shown["public_key"]) == ("v1a", made["public_key"])
    rotated = (await running.client.post(f"{path}/rotate-secret")).json()
    assert rotated["public_key"].startswith("whpk_")
    assert rotated["public_key"] != made["public_key"]
    back = (await running.client.post(f"{path}/rotate-secret?signature=v1&drop_older=true")).json()
    assert (back["signature"], back["public_key"]) == ("v1", None)
    assert back["secret"].startswith("whsec_")
    for answer in (made, shown, rotated):
        assert "secret" not in answer
        assert "whsk_" not in str(answer)


async def test_a_private_key_may_be_given_and_is_not_shown_either(running: Running) -> None:
    private = new_secret("v1a")
    made = await make(running, signature="v1a", secret=private)
    assert made["public_key"] == public_key(private)
    assert "secret" not in made
    for signature, secret in (("v1", private), ("v1a", new_secret()), ("v2", None)):
        body = {"url": URL, "signature": signature, "secret": secret}
        answer = await running.client.post("/v1/subscriptions", json=body)
        assert answer.status_code == 422
        pointer = answer.json()["errors"][0]["pointer"]
        assert pointer == ("/signature" if secret is None else "/secret")
        assert private not in answer.text
    answer = await running.client.post("/v1/subscriptions", json={"url": URL, "secret": private})
    assert answer.json()["errors"][0]["detail"] == "this secret signs v1a, not v1"


async def test_a_dump_of_the_database_has_no_secret(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    private = new_secret("v1a")
    async with receiving() as receiver:
        made = await make(running, receiver)
        await make(running, signature="v1a", secret=private)
        path = f"/v1/subscriptions/{made['id']}"
        rotated = (await running.client.post(f"{path}/rotate-secret")).json()
        receiver.secrets = [made["secret"], rotated["secret"]]
        await open_ticket(running, "T-1")
        await until(lambda: bool(receiver.heard))
    dump = await everything(running)
    assert made["id"] in dump
    for secret in (made["secret"], rotated["secret"], private):
        for text in (dump, caplog.text):
            assert secret.partition("_")[2] not in text
    assert SECRETS_KEY not in dump + caplog.text


async def test_the_database_takes_no_secret_in_the_clear(running: Running) -> None:
    await make(running)
    async with running.service.database.connection() as connection:
        for column in ("secret", "previous_secret"):
            with pytest.raises(Exception, match="subscriptions_sealed"):
                await connection.execute(f"UPDATE subscriptions SET {column} = 'whsec_AAAA'")  # noqa: S608


async def test_one_that_cannot_be_opened_says_so_and_stops_no_other(running: Running) -> None:
    async with receiving() as good, receiving() as bad:
        unreadable = await make(running, bad)
        key = await sealed_by_another_key(running, unreadable)
        await make(running, good)
        await open_ticket(running, "T-1")
        await until(lambda: bool(good.heard))
        reason = f"not sent: the secret was sealed with the key {key}, which is not here"
        path = f"/v1/deliveries?subscription={unreadable['id']}"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (items := (await running.client.get(path)).json()["items"])[0]["attempts"]:
                await asyncio.sleep(0.02)
        assert items[0]["status"] == "pending", "the key may come back"
        tried = await running.client.post(f"/v1/subscriptions/{unreadable['id']}/test")
        assert (tried.json()["delivered"], tried.json()["error"]) == (False, reason)
        assert bad.heard == []
        detail = (await running.client.get(f"/v1/deliveries/{items[0]['id']}")).json()
        assert reason in str(detail) + str(items)


async def test_what_cannot_be_opened_is_said_at_the_start(
    settings: Settings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(settings, database_url) as running:
        made = await make(running)
    assert "cannot be told" not in caplog.text
    other = settings.model_copy(update={"secrets_key": SecretStr(new_key())})
    async with serving(other, database_url):
        pass
    assert f"subscription {made['id']} cannot be told: the secret was sealed with" in caplog.text
    assert caplog.text.count("cannot be told") == 1


async def test_without_a_key_no_subscription_is_made_and_all_else_works(
    settings: Settings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that was given, to a service whose operator has not set the key yet."""
    given = settings.model_copy(update={"secrets_key": None, "database_url": database_url})
    async with serving(settings, database_url) as running:
        made = await make(running)
    async with serving(given, database_url) as running:
        answer = await running.client.post("/v1/subscriptions", json={"url": URL})
        assert answer.status_code == 503
        assert "set ESCALATOR_SECRETS_KEY" in answer.json()["detail"]
        path = f"/v1/subscriptions/{made['id']}"
        assert (await running.client.post(f"{path}/rotate-secret")).status_code == 503
        assert (await running.client.get(path)).json()["old_secret_signs_until"] is None
        await open_ticket(running, "T-1")
        assert (await running.client.get("/v1/tickets/T-1")).status_code == 200
    assert "ESCALATOR_SECRETS_KEY is not set" in caplog.text


async def test_keys_are_rotated_while_webhooks_go_on(settings: Settings, database_url: str) -> None:
    key = new_key()
    both = settings.model_copy(update={"secrets_key": SecretStr(f"{key},{SECRETS_KEY}")})
    only_new = settings.model_copy(update={"secrets_key": SecretStr(key)})
    async with receiving() as receiver:
        async with serving(settings, database_url) as running:
            made = await make(running, receiver)
            path = f"/v1/subscriptions/{made['id']}/rotate-secret"
            rotated = (await running.client.post(path)).json()
            receiver.secrets = [made["secret"], rotated["secret"]]
        async with serving(both, database_url) as running:
            await open_ticket(running, "T-1")
            await until(lambda: len(receiver.heard) == 1)
            async with running.service.database.transaction() as connection:
                first = await reseal(connection, running.service.seals)
                again = await reseal(connection, running.service.seals)
            assert (first.changed, again.changed) == (1, 0)
            assert first.unreadable == again.unreadable == []
        async with serving(only_new, database_url) as running:
            await open_ticket(running, "T-2")
            await until(lambda: len(receiver.heard) == 2)
            await sealed_by_another_key(running, made)
            async with running.service.database.transaction() as connection:
                third = await reseal(connection, running.service.seals)
            assert third == (0, [made["id"]])
