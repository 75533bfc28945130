"""``escalator policies check`` and ``schema``, as an operator runs them."""

import json
from pathlib import Path

from tests.processes import run

GOOD = """\
id: good
severities: [P1]
roles: [manager]
clocks:
  - id: resolution
    targets:
      - {severity: P1, due: 4h, ladder: [{after: 1h, tell: manager}]}
"""

BAD = GOOD.replace("id: good", "id: bad").replace("tell: manager", "tell: manger")
WORSE = GOOD.replace("id: good", "id: worse").replace("due: 4h", "du: 4h").replace("P1,", "P6,")


async def test_what_is_right_is_said_with_what_is_doubtful(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    status, said = await run("policies", "check", str(path))
    assert status == 0
    assert "good: 1 clocks, version sha256:" in said
    assert f"doubtful: {path}:5:5: clocks[0]: nothing meets this clock" in said


async def test_every_fault_of_every_file_is_a_line_of_its_own(tmp_path: Path) -> None:
    for name, text in (("a", GOOD), ("b", BAD), ("c", WORSE), ("d", "id: [\n")):
        (tmp_path / f"{name}.yaml").write_text(text)
    status, said = await run("policies", "check", str(tmp_path))
    assert status == 1
    b, c, d = (line for line in said.splitlines() if line.startswith(str(tmp_path)))
    assert b.startswith(f"{tmp_path}/b.yaml:7:60: clocks[0].targets[0].ladder[0].tell: unknown")
    assert "did you mean 'manager'?" in b
    assert c.startswith(f"{tmp_path}/c.yaml:7:28: clocks[0].targets[0].du: 'du' means nothing")
    assert d.startswith(f"{tmp_path}/d.yaml:2:1: not YAML:")


async def test_wrong_usage_is_exit_status_2(tmp_path: Path) -> None:
    assert (await run("policies", "check"))[0] == 2
    status, said = await run("policies", "check", str(tmp_path / "none"))
    assert status == 2
    assert "Usage: " in said


async def test_a_folder_without_policies_is_the_wrong_folder(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text("{}")
    status, said = await run("policies", "check", str(tmp_path))
    assert status == 1
    assert "there is no policy file in it" in said


async def test_the_schema_is_written_to_stdout() -> None:
    status, said = await run("policies", "schema")
    assert status == 0
    assert json.loads(said)["title"] == "A policy of escalator"
