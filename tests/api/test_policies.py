"""``/v1/policies``: the rules in force, every version, and what in them is assumed."""

from pathlib import Path

import pytest

from app.policy_files import load_file
from tests.api.story import Reader
from tests.conftest import PROJECT, Running

PORTAONE = PROJECT / "policies" / "portaone.yaml"


@pytest.fixture
def reader(running: Running) -> Reader:
    return Reader(running)


async def test_a_policy_is_its_content_and_its_version(reader: Reader) -> None:
    on_file = load_file(PORTAONE)
    policy = await reader.read("/v1/policies/portaone")
    assert (policy["id"], policy["version"]) == ("portaone", on_file.version)
    assert policy["content"] == on_file.document
    assert policy["current"] is True
    assert policy["current_since"] >= policy["registered_at"]


async def test_its_assumptions_stand_with_their_places(reader: Reader) -> None:
    policy = await reader.read("/v1/policies/portaone")
    assumed = {each["path"]: each["assumed"] for each in policy["assumptions"]}
    assert assumed["calendars.business"] == ("The text counts business days but names no hours.")
    assert assumed.keys() == {"calendars.business", "clocks[1]", "clocks[2]"}
    notes = {each["path"]: each["note"] for each in policy["notes"]}
    assert notes["clocks[0]"].startswith('"1st Email"')


async def test_the_list_has_what_is_in_force(reader: Reader) -> None:
    answer = await reader.read("/v1/policies")
    assert await reader.read("/v1/policies/portaone") in answer["items"]
    assert answer["next_cursor"] is None


async def test_policies_come_in_pages_like_everything(reader: Reader) -> None:
    listed = (await reader.read("/v1/policies"))["items"]
    assert len(listed) > 2
    pages = await reader.all_pages("/v1/policies", limit=2)
    assert [len(each) for each in pages[:-1]] == [2] * (len(pages) - 1)
    assert [policy for each in pages for policy in each] == listed


async def test_versions_come_in_pages(running: Running, reader: Reader, tmp_path: Path) -> None:
    for minutes in (30, 45):
        changed = tmp_path / "portaone.yaml"
        changed.write_text(PORTAONE.read_text().replace("due: 1h", f"due: {minutes}m"))
        await running.service.policies.register(running.service.database, [load_file(changed)])
    path = "/v1/policies/portaone/versions"
    listed = (await reader.read(path))["items"]
    assert await reader.all_pages(path, limit=1) == [[each] for each in listed]
    assert len(listed) == 3


@pytest.mark.parametrize("path", ["/v1/policies", "/v1/policies/portaone/versions"])
async def test_a_page_that_cannot_be_is_refused(reader: Reader, path: str) -> None:
    for wrong in (
        {"limit": 0},
        {"limit": 501},
        {"cursor": "x"},
        {"cursor": "WyJubyJd"},
        {"q": "x"},
    ):
        answer = await reader.get(path, **wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["pointer"] == next(iter(wrong))


async def test_every_version_is_kept(running: Running, reader: Reader, tmp_path: Path) -> None:
    """Another version becomes current; the one before it is kept."""
    before = await reader.read("/v1/policies/portaone")
    changed = tmp_path / "portaone.yaml"
    changed.write_text(PORTAONE.read_text().replace("due: 1h", "due: 45m"))
    await running.service.policies.register(running.service.database, [load_file(changed)])

    after = await reader.read("/v1/policies/portaone")
    versions = (await reader.read("/v1/policies/portaone/versions"))["items"]

    assert after["version"] != before["version"]
    assert versions == [after, {**before, "current": False, "current_since": None}]


async def test_there_is_no_other(reader: Reader) -> None:
    for path in ("nobody", "nobody/versions", "%20"):
        assert (await reader.get(f"/v1/policies/{path}")).status_code == 404
    for path in ("%00", "x" * 300, "%00/versions"):
        assert (await reader.get(f"/v1/policies/{path}")).status_code in (404, 422)


@pytest.mark.parametrize("path", ["", "/portaone", "/portaone/versions"])
async def test_who_has_it_already_is_not_told_again(running: Running, path: str) -> None:
    first = await running.client.get(f"/v1/policies{path}")
    etag = first.headers["etag"]
    again = await running.client.get(f"/v1/policies{path}", headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["etag"], again.content) == (304, etag, b"")
    other = await running.client.get(f"/v1/policies{path}", headers={"If-None-Match": 'W/"x"'})
    assert (other.status_code, other.content) == (200, first.content)
