"""``POST /v1/events``: facts come in, each with its own outcome."""

from tests.conftest import Running

OPENED = {
    "id": "1",
    "source": "desk",
    "type": "ticket.opened",
    "subject": "T-1",
    "data": {"policy": "portaone", "severity": "P1"},
}


async def test_an_event_is_recorded_once(running: Running) -> None:
    first = await running.client.post("/v1/events", json=OPENED)
    again = await running.client.post("/v1/events", json=OPENED)
    assert first.status_code == 201, first.text
    assert first.json()["outcome"] == "recorded"
    assert again.status_code == 200
    assert again.json() == {**first.json(), "outcome": "duplicate"}
