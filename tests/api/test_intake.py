"""``/v1/intake``: each vendor's webhook over HTTP, proven by a real signature, into the log."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.clock import host_now
from app.intake.verifying import Signed
from app.settings import Settings
from tests.conftest import PROJECT, Running
from tests.intake.samples import MAPPINGS, SECRET, Sample, sample, samples

OPENINGS = {vendor: "opened" if vendor == "github" else "created" for vendor in MAPPINGS}
MINI_NAME = "mini"
MINI = """\
verify: {hmac: sha1, header: X-Sig, secret_env: MINI_TOKEN}
source: mini
id: id
ticket: ticket
policy: portaone
rules:
- {when: kind == 'new', emit: ticket.opened, data: {severity: severity}}
- {when: kind == 'done', emit: ticket.resolved, time: at}
- {when: kind == 'both', emit: ticket.acknowledged}
- {when: kind == 'both', emit: ticket.severity_changed, data: {severity: severity}}
on_unmatched: refuse
"""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> Settings:
    """The ready-made mappings and a small one; a secret for all but Jira's."""
    for path in (PROJECT / "intake").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / f"{MINI_NAME}.yaml").write_text(MINI)
    for vendor in MAPPINGS:
        monkeypatch.setenv(f"ESCALATOR_INTAKE_{vendor.upper()}_SECRET", SECRET)
    monkeypatch.delenv("ESCALATOR_INTAKE_JIRA_SECRET")
    monkeypatch.setenv("ESCALATOR_INTAKE_JIRA_SECRET_OLD", SECRET)
    monkeypatch.setenv("MINI_TOKEN", SECRET)
    return settings.model_copy(update={"intake_dir": tmp_path, "default_policy": "portaone"})


def timestamp(ago: timedelta = timedelta(0)) -> str:
    """When a webhook was signed."""
    return (host_now() - ago).isoformat(timespec="seconds").replace("+00:00", "Z")


async def post(
    running: Running,
    webhook: Sample,
    path: str = "",
    **more: Any,  # noqa: ANN401  # of httpx
) -> httpx.Response:
    """A webhook, signed as its vendor signs."""
    return await running.client.post(
        f"/v1/intake/{webhook.vendor}{path}",
        content=webhook.body,
        headers=webhook.signed(timestamp()),
        **more,
    )


async def mini(running: Running, path: str = "", **document: object) -> httpx.Response:
    """A webhook of the small mapping."""
    body = json.dumps(document).encode()
    signature = Signed("sha1", "X-Sig").signature(SECRET, body)
    return await running.client.post(
        f"/v1/intake/mini{path}",
        content=body,
        headers={"X-Sig": signature, "X-Event-Type": "x", "Cookie": "c=1", "Authorization": "a"},
    )


async def log_of(running: Running, ticket: str) -> list[dict[str, Any]]:
    """The facts of a ticket."""
    answer = await running.client.get(f"/v1/tickets/{ticket}/events?limit=500")
    items: list[dict[str, Any]] = answer.json()["items"]
    return [each for each in items if not each["type"].startswith("sla.")]


@pytest.mark.parametrize("vendor", sorted(MAPPINGS))
async def test_a_ticket_is_opened_once(running: Running, vendor: str) -> None:
    webhook = sample(vendor, OPENINGS[vendor])
    first = await post(running, webhook)
    again = await post(running, webhook)
    assert first.status_code == 200, first.text
    assert (first.json()["recorded"], again.json()["duplicates"]) == (1, 1)
    (expected,) = webhook.becomes
    (logged,) = await log_of(running, expected["subject"])
    assert logged["type"] == "ticket.opened"
    assert logged["source"] == vendor
    assert logged["data"] == expected["data"]
    ticket = (await running.client.get(f"/v1/tickets/{expected['subject']}")).json()
    assert ticket["severity"] == "P2"
    assert ticket["title"] == "Calls fail since this morning"


@pytest.mark.parametrize("vendor", sorted(MAPPINGS))
async def test_the_life_of_a_ticket(running: Running, vendor: str) -> None:
    """Every sample there is, in whatever order: all is taken, nothing is lost."""
    subjects = set()
    for webhook in samples():
        if webhook.vendor != vendor:
            continue
        answer = await post(running, webhook)
        counts = answer.json()
        expected = len(webhook.becomes)
        if answer.status_code == 422:
            assert "is open already" in counts["detail"]
            continue
        assert answer.status_code == 200, answer.text
        assert len(counts["results"]) == expected
        assert counts["recorded"] + counts["held"] == expected
        assert counts["ignored"] is (expected == 0)
        subjects |= {result["ticket_id"] for result in counts["results"]}
    (subject,) = subjects
    assert len(await log_of(running, subject)) > 5


@pytest.mark.parametrize("vendor", sorted(MAPPINGS))
async def test_what_is_not_proven_is_not_taken(running: Running, vendor: str) -> None:
    webhook = sample(vendor, OPENINGS[vendor])
    proof = webhook.mapping.proof
    forged = webhook.signed(timestamp(), secret="guess")
    for headers, says in (
        (webhook.headers, f"the header {proof.header} is missing"),
        (forged, "is not"),
    ):
        answer = await running.client.post(
            f"/v1/intake/{vendor}", content=webhook.body, headers=headers
        )
        assert answer.status_code == 401
        assert says in answer.json()["detail"]
    assert (await running.client.get(f"/v1/intake/{vendor}/unmatched")).json()["items"] == []


async def test_a_signature_over_other_bytes_is_none(running: Running) -> None:
    """The bytes as they came are what is signed: not the JSON in them."""
    webhook = sample("github", "opened")
    answer = await running.client.post(
        "/v1/intake/github", content=webhook.body + b" ", headers=webhook.signed(timestamp())
    )
    assert answer.status_code == 401


async def test_githubs_published_vector_passes(running: Running) -> None:
    """Its body is no JSON: that it is said to be malformed shows that the signature was right."""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    answer = await running.client.post(
        "/v1/intake/github", content=b"Hello, World!", headers={"X-Hub-Signature-256": signature}
    )
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["detail"]


async def test_a_signature_of_long_ago_is_refused(running: Running) -> None:
    webhook = sample("zendesk", "created")
    answer = await running.client.post(
        "/v1/intake/zendesk",
        content=webhook.body,
        headers=webhook.signed(timestamp(ago=timedelta(minutes=6))),
    )
    assert answer.status_code == 401
    assert "s old" in answer.json()["detail"]


async def test_whether_a_signature_is_fresh_is_for_the_database_s_clock_to_say(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = sample("zendesk", "created")
    headers = webhook.signed(timestamp())
    late = time.time() + 600
    monkeypatch.setattr(time, "time", lambda: late)
    answer = await running.client.post("/v1/intake/zendesk", content=webhook.body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_form_with_a_payload_is_the_json_in_it(running: Running) -> None:
    webhook = sample("github", "opened")
    body = urlencode({"payload": webhook.body.decode()}).encode()
    form = Sample("github", "form", webhook.headers, body, webhook.becomes)
    headers = {**form.signed(timestamp()), "Content-Type": "application/x-www-form-urlencoded"}
    answer = await running.client.post("/v1/intake/github", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["recorded"] == 1


async def test_other_kinds_of_body_are_refused(running: Running) -> None:
    webhook = sample("github", "opened")
    headers = {**webhook.signed(timestamp()), "Content-Type": "application/xml"}
    answer = await running.client.post("/v1/intake/github", content=webhook.body, headers=headers)
    assert answer.status_code == 415


async def test_a_body_too_large_is_cut_off(running: Running) -> None:
    answer = await running.client.post("/v1/intake/github", content=b"x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_no_mapping_of_that_name(running: Running) -> None:
    for answer in (
        await running.client.post("/v1/intake/none", content=b"{}"),
        await running.client.post("/v1/intake/none/try", content=b"{}"),
        await running.client.get("/v1/intake/none/unmatched"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "there is no mapping 'none'"
    assert (await running.client.post(f"/v1/intake/{'x' * 65}")).status_code == 422


async def test_what_no_rule_fits_is_ignored_and_can_be_looked_at(running: Running) -> None:
    webhook = sample("github", "ping")
    answer = await post(running, webhook)
    assert answer.status_code == 200
    assert answer.json()["ignored"] is True
    (kept,) = (await running.client.get("/v1/intake/github/unmatched")).json()["items"]
    assert kept["outcome"] == "ignored"
    assert kept["reason"] == "no rule applies"
    assert json.loads(kept["body"]) == json.loads(webhook.body)
    assert kept["headers"]["x-github-event"] == "ping"
    assert "x-hub-signature-256" in kept["other_headers"]
    assert webhook.signed("")["X-Hub-Signature-256"] not in json.dumps(kept)


async def test_what_is_unmatched_is_refused_where_the_file_says_so(running: Running) -> None:
    answer = await mini(running, id="1", ticket="M-1", kind="other")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "no rule of mini applies to this webhook"
    (kept,) = (await running.client.get("/v1/intake/mini/unmatched")).json()["items"]
    assert kept["outcome"] == "refused"
    assert kept["headers"]["x-event-type"] == "x"
    assert {"authorization", "cookie", "x-sig"} <= set(kept["other_headers"])


async def test_only_the_last_are_kept_and_cut(running: Running) -> None:
    for number in range(52):
        await mini(running, id=str(number), ticket="M-1", kind="other", more="x" * 20_000)
    kept = (await running.client.get("/v1/intake/mini/unmatched")).json()["items"]
    assert len(kept) == 50
    assert json.dumps({"id": "51"})[:-1] in kept[0]["body"]
    assert len(kept[0]["body"]) == 16 * 1024 < kept[0]["body_bytes"]


async def test_a_fact_the_policy_refuses_is_said_with_its_reason(running: Running) -> None:
    await mini(running, id="1", ticket="M-1", kind="new", severity="P1")
    answer = await mini(running, id="2", ticket="M-1", kind="both", severity="P9")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert "P9" in problem["detail"]
    assert (problem["recorded"], problem["refused"]) == (1, 1)
    assert [each["id"] for each in problem["results"]] == ["2", "2.2"]
    assert [each["outcome"] for each in problem["results"]] == ["recorded", "refused"]
    (kept,) = (await running.client.get("/v1/intake/mini/unmatched")).json()["items"]
    assert "P9" in kept["reason"]


async def test_a_redelivery_whose_content_changed_does_not_come_for_ever(running: Running) -> None:
    await mini(running, id="1", ticket="M-1", kind="new", severity="P1")
    answer = await mini(running, id="1", ticket="M-1", kind="new", severity="P2")
    assert answer.status_code == 200
    assert (answer.json()["conflicts"], answer.json()["refused"]) == (1, 0)
    assert answer.json()["results"][0]["error"]["status"] == 409
    assert (await running.client.get("/v1/tickets/M-1")).json()["severity"] == "P1"


async def test_a_document_that_is_odd_is_refused(running: Running) -> None:
    answer = await mini(running, id=["1"], ticket="M-1", kind="new")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error == {"pointer": "id (line 3)", "detail": "a text was expected, found a list"}


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b"5",
        b'"x"',
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"id": "\\u0000", "ticket": "T", "kind": "new"}',
        b'{"id": "\\ud800", "ticket": "T", "kind": "new"}',
        b'{"id": 1e400, "ticket": "T", "kind": "new"}',
        b'{"id": "1", "ticket": "T", "kind": "done", "at": {"x": []}}',
        b'{"id": "1", "ticket": "T", "kind": "done", "at": "9999-99-99T99:99:99Z"}',
        b'{"id": "1", "ticket": 123456789012345678901234567890, "kind": "both", "severity": {}}',
    ],
)
async def test_whatever_comes_is_refused_and_no_error_of_ours(
    running: Running, body: bytes
) -> None:
    headers = {"X-Sig": Signed("sha1", "X-Sig").signature(SECRET, body)}
    answer = await running.client.post("/v1/intake/mini", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["detail"]
    tried = await running.client.post("/v1/intake/mini/try", content=body, headers=headers)
    assert tried.status_code == 200
    assert tried.json()["outcome"] == "refused"


async def test_what_comes_before_its_opening_is_held(running: Running) -> None:
    answer = await mini(running, id="1", ticket="M-1", kind="done", at=timestamp())
    assert answer.status_code == 200
    assert answer.json()["held"] == 1
    await mini(running, id="0", ticket="M-1", kind="new", severity="P1")
    assert len(await log_of(running, "M-1")) == 2


@pytest.mark.parametrize("vendor", sorted(MAPPINGS))
async def test_trying_shows_what_it_would_become(running: Running, vendor: str) -> None:
    webhook = sample(vendor, OPENINGS[vendor])
    answer = await post(running, webhook, "/try")
    assert answer.status_code == 200
    trial = answer.json()
    assert trial["signature"] == "valid"
    assert trial["outcome"] == "facts"
    (shown,) = trial["facts"]
    (expected,) = webhook.becomes
    assert {key: shown[key] for key in expected} == expected
    assert [each["facts"] for each in trial["rules"]].count(1) == 1
    gone = await running.client.get(f"/v1/tickets/{expected['subject']}")
    assert gone.status_code == 404, "nothing is recorded"


async def test_trying_says_what_is_wrong(running: Running) -> None:
    unsigned = await running.client.post("/v1/intake/mini/try", content=b'{"kind": "other"}')
    assert unsigned.json()["signature"] == "absent"
    assert unsigned.json()["outcome"] == "refused"
    assert unsigned.json()["reason"] == "no rule applies"
    forged = await running.client.post(
        "/v1/intake/mini/try", content=b"no json", headers={"X-Sig": "x"}
    )
    assert forged.json()["signature"] == "invalid"
    assert "malformed" in forged.json()["reason"]
    assert (await running.client.get("/v1/intake/mini/unmatched")).json()["items"] == []


async def test_the_mappings_are_listed(running: Running) -> None:
    await mini(running, id="1", ticket="M-1", kind="other")
    items = (await running.client.get("/v1/intake")).json()["items"]
    assert [each["name"] for each in items] == sorted([*MAPPINGS, MINI_NAME])
    listed = {each["name"]: each for each in items}
    assert listed["mini"]["secret_variable"] == "MINI_TOKEN"
    assert listed["mini"]["on_unmatched"] == "refuse"
    assert (listed["mini"]["received"], listed["mini"]["refused"]) == (1, 1)
    assert listed["zendesk"]["proof"] == "hmac-sha256"
    assert listed["freshdesk"]["proof"] == "secret_header"
    assert all(each["secret_set"] for each in items)
    assert SECRET not in json.dumps(items)


class TestClosed:
    """Without its secret a mapping takes nothing."""

    @pytest.fixture
    def settings(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
        """GitHub's is empty."""
        monkeypatch.setenv("ESCALATOR_INTAKE_GITHUB_SECRET", "")
        return settings

    async def test_it_says_what_is_missing(self, running: Running) -> None:
        webhook = sample("github", "opened")
        for headers in (webhook.headers, webhook.signed(""), webhook.signed("", secret="")):
            answer = await running.client.post(
                "/v1/intake/github", content=webhook.body, headers=headers
            )
            assert answer.status_code == 503
            assert "ESCALATOR_INTAKE_GITHUB_SECRET" in answer.json()["detail"]
            assert int(answer.headers["retry-after"]) < 60
        trial = await post(running, webhook, "/try")
        assert trial.json()["signature"] == "unknown"
        assert trial.json()["outcome"] == "facts"
