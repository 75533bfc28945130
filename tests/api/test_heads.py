"""HEAD: whatever can be read with GET, without what is read."""

from tests.api.raw import END, answered, head, status
from tests.api.story import Desk
from tests.conftest import Running


async def test_whatever_can_be_read_can_be_asked_about(running: Running) -> None:
    await Desk(running).opens("T-1", "10:00", severity="P2").report()
    for path, same in {
        "/v1/tickets/T-1/events": "content-length",
        "/v1/tickets/T-1": "etag",
        "/v1/policies/portaone": "etag",
        "/v1/tickets/T-404": "content-type",
        "/healthz": "content-length",
    }.items():
        asked, read = await running.client.head(path), await running.client.get(path)
        assert (asked.status_code, asked.headers[same]) == (read.status_code, read.headers[same])
        assert asked.content == b""


async def test_nothing_follows_a_head(running: Running) -> None:
    answer = await answered(running, head(method="HEAD", path="/healthz"))
    assert status(answer) == 200
    assert answer.endswith(END)


async def test_what_was_read_is_not_modified(running: Running) -> None:
    etag = (await running.client.head("/v1/policies")).headers["etag"]
    answer = await running.client.head("/v1/policies", headers={"If-None-Match": etag})
    assert answer.status_code == 304


async def test_what_has_no_end_or_is_not_read_is_405(running: Running) -> None:
    for path, allowed in {"/v1/stream": "GET", "/v1/escalations/x/acknowledge": "POST"}.items():
        answer = await running.client.head(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed), path


async def test_it_is_counted_by_its_route(running: Running) -> None:
    counted = 'http_requests_total{method="HEAD",route="/v1/held",status="200"}'
    await running.client.head("/v1/held")
    assert counted in (await running.client.get("/metrics")).text
