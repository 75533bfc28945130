"""The board's files: what they are answered with, and what may not stand in them."""

import re
from pathlib import Path

import pytest

from app.api.board import FILES, FOLDER
from tests.conftest import Running

SOURCES = sorted(path for path in FOLDER.rglob("*") if path.suffix in {".js", ".css", ".html"})
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
    r"|setTimeout\(\s*[\"'`]|\sstyle=|\son\w+=\"|javascript:"
)
ELSEWHERE = re.compile(r"(?:https?:|[\"'(])//(?!www\.w3\.org/2000/svg)[\w-]+\.[\w.-]+")


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_of_the_board_is_short_and_brings_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert not MARKUP.search(text)
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize("name", ["", "board/main.js", "board/base.css", "board/icon.svg"])
async def test_a_file_comes_with_what_it_may_do_and_is_known_by_its_tag(
    running: Running, name: str
) -> None:
    answer = await running.client.get(f"/{name}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await running.client.get(f"/{name}", headers=known)).status_code == 304
    head = await running.client.head(f"/{name}")
    assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "name", ["none.js", "../main.py", "..%2fmain.py", "%2e%2e/main.py", "views", "/etc/passwd"]
)
async def test_what_is_no_file_of_the_board_is_not_found(running: Running, name: str) -> None:
    assert (await running.client.get(f"/board/{name}")).status_code == 404


async def test_the_page_is_no_part_of_the_api_that_is_described(running: Running) -> None:
    paths = (await running.client.get("/openapi.json")).json()["paths"]
    assert "/" not in paths
    assert not [path for path in paths if path.startswith("/board")]


def test_every_file_that_is_imported_is_there() -> None:
    for path in SOURCES:
        for name in re.findall(r'(?:from|import) "(\.[^"]+)"', path.read_text()):
            assert _name((path.parent / name).resolve()) in FILES
