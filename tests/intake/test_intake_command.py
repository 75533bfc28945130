"""``escalator intake``, run as an operator runs it."""

import json
from pathlib import Path

from tests.conftest import PROJECT
from tests.intake.samples import SECRET, sample
from tests.processes import run

BAD = """\
verify: {hmac: sha256, header: X}
source: s
id: id
ticket: a..b
rules:
- emit: ticket.close
"""


async def test_checking_a_folder_says_what_is_in_it() -> None:
    status, said = await run("intake", "check", str(PROJECT / "intake"))
    assert status == 0
    assert "github: 6 rules, secret in ESCALATOR_INTAKE_GITHUB_SECRET" in said


async def test_a_bad_file_is_said_with_its_place_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD)
    for command in (("intake", "check", str(tmp_path)), ("serve", "--port", "0")):
        status, said = await run(
            *command, ESCALATOR_INTAKE_DIR=str(tmp_path), ESCALATOR_DATA_DIR=str(tmp_path / "d")
        )
        assert status == 1
        assert f"{tmp_path}/bad.yaml:4:9: ticket: no JMESPath expression, at character 3" in said
        assert f"{tmp_path}/bad.yaml:6:9: rules[0].emit: 'ticket.close' is not a type" in said
        assert "Traceback" not in said
    assert not (tmp_path / "d").exists(), "nothing was started"


async def test_a_folder_that_is_named_must_be_there(tmp_path: Path) -> None:
    status, said = await run("serve", ESCALATOR_INTAKE_DIR=str(tmp_path / "none"))
    assert status == 1
    assert "there is no such folder of mappings" in said
    status, said = await run("intake", "check", str(tmp_path))
    assert status == 1
    assert "there is no mapping in it" in said


async def test_trying_a_webhook(tmp_path: Path) -> None:
    webhook = sample("github", "opened")
    body = tmp_path / "opened.json"
    body.write_bytes(webhook.body)
    headers = [f"--header={name}: {value}" for name, value in webhook.signed("").items()]
    status, said = await run(
        *("intake", "try", "github", str(body), *headers), ESCALATOR_INTAKE_GITHUB_SECRET=SECRET
    )
    assert status == 0, said
    trial = json.loads(said)
    assert trial["signature"] == "valid"
    (shown,) = trial["facts"]
    (expected,) = webhook.becomes
    assert {key: shown[key] for key in expected} == expected


async def test_trying_a_webhook_that_is_refused(tmp_path: Path) -> None:
    body = tmp_path / "x.json"
    body.write_text("no json")
    path = str(PROJECT / "intake" / "zammad.yaml")
    status, said = await run("intake", "try", path, str(body))
    assert status == 1
    assert json.loads(said)["outcome"] == "refused"
    status, _ = await run("intake", "try", path, str(body), "--header", "nonsense")
    assert status == 2
    status, said = await run("intake", "try", "none", str(body))
    assert status == 1
    assert "none.yaml: cannot be read" in said
