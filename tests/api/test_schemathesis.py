"""Requests made from the OpenAPI document: none is answered 5xx, or in a way that is not described.

Schemathesis makes them: each operation's examples, every value at the edge of what its schema
allows and beyond, and some at random; the same ones every time.
"""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from tests.api.keyed import key
from tests.conftest import Running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


async def test_requests_made_from_the_description_are_answered_as_described(
    running: Running, tmp_path: Path
) -> None:
    headers = await key(running, "admin")
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{running.url}/openapi.json", "--no-color"),
        *("-H", f"Authorization: {headers['Authorization']}"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--workers", "2"),
        *("--checks", ",".join(CHECKS), "--generation-deterministic", "--no-shrink"),
        *("--continue-on-failure", "--warnings", "off"),
        *("--exclude-path", "/v1/stream"),  # it has no end: tests/api/test_stream.py asks for it
        cwd=tmp_path,
        env=os.environ,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    passed = re.search(r"(\d+) generated, (\d+) passed", said.decode())
    assert passed is not None
    assert int(passed[2]) > 5000
