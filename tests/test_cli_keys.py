"""``escalator keys``, and what a key changes for ``escalator serve``."""

import signal

import httpx
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from app import cli
from tests.processes import escalator, free_port, run, until_ready

EVERYWHERE = "0.0.0.0"  # noqa: S104  # what is tested


def given(database_url: str) -> dict[str, str]:
    """The environment of a command on this database."""
    url = make_url(database_url).set(drivername="postgresql")
    return {"ESCALATOR_DATABASE_URL": url.render_as_string(hide_password=False)}


async def lines(database_url: str, *arguments: str) -> list[str]:
    """What `escalator keys` says, in lines; it has to succeed."""
    status, said = await run("keys", *arguments, **given(database_url))
    assert status == 0, said
    return said.strip().splitlines()


async def refused(database_url: str, *arguments: str) -> str:
    """What it says instead."""
    status, said = await run("keys", *arguments, **given(database_url))
    assert status == 1, said
    assert "Traceback" not in said
    return said


async def test_keys_are_made_listed_and_revoked(database_url: str) -> None:
    (text,) = await lines(database_url, "create", "desk", "--scope", "ingest", "--scope", "read")
    prefix, key_id, secret = text.split("_", 2)
    assert (prefix, len(secret) >= 43) == ("esk", True)
    bound = ("--scope", "read", "--policy", "portaone", "--events-a-second", "5")
    await lines(database_url, "create", "board", *bound)
    listed = await lines(database_url, "list")
    assert [each.split("  ")[:4] for each in listed] == [
        [key_id, "desk", "ingest,read", "all policies"],
        [listed[1].split()[0], "board", "read", "portaone"],
    ]
    assert "5 events/s" in listed[1]
    assert secret not in "".join(listed)
    again = ("create", "desk", "--scope", "read")
    assert "revoke it first" in await refused(database_url, *again)
    assert "revoked" in (await lines(database_url, "revoke", "desk"))[0]
    assert "no valid key" in await refused(database_url, "revoke", key_id)


@pytest.mark.parametrize(
    "arguments",
    [
        ("desk",),
        ("desk", "--scope", "write"),
        ("desk", "--scope", "admin", "--policy", "portaone"),
        ("escalator", "--scope", "read"),
        ("a\nb", "--scope", "read"),
        ("", "--scope", "read"),
        ("desk", "--scope", "read", "--policy", "p" * 201),
        ("desk", "--scope", "read", "--events-a-second", "0"),
        ("desk", "--scope", "read", "--events-a-second", "3000000000"),
    ],
)
def test_wrong_usage_is_exit_status_2(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli.app, ["keys", "create", *arguments])
    assert result.exit_code == 2, result.output


async def test_with_a_key_every_address_is_served_and_what_is_shown_is_not_logged(
    database_url: str,
) -> None:
    port = free_port()
    listening = ("serve", "--host", EVERYWHERE, "--port", str(port))
    environment = {**given(database_url), "ESCALATOR_LOG_LEVEL": "debug"}
    status, said = await run(*listening, **environment)
    assert (status, "escalator keys create" in said) == (1, True)
    (text,) = await lines(database_url, "create", "operator", "--scope", "admin")
    process = await escalator(*listening, **environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await until_ready(client, process)
            assert (await client.get("/v1/tickets")).status_code == 401
            for shown, expected in ((text, 200), (f"{text}x", 401)):
                headers = {"Authorization": f"Bearer {shown}"}
                answer = await client.get("/v1/keys", headers=headers)
                assert answer.status_code == expected
    finally:
        process.send_signal(signal.SIGTERM)
        logged, _ = await process.communicate()
    assert "listening on" in logged.decode()
    assert text.split("_", 2)[2] not in logged.decode()
