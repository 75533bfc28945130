"""The board at ``/``: one page and its files, which hold no data and are read once.

What the page shows it asks the API for, with the key of whoever looks at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response

from app.api import answers
from app.api.access import OPEN, Scoped
from app.api.problems import Problem

router = APIRouter(tags=["board"], route_class=Scoped, include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "board"
PAGE = "index.html"
METHODS = ["GET", "HEAD"]

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"  # nothing is made from text
    ),
    "Cache-Control": "no-cache",  # it is asked each time whether there is a newer one
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the board as it is answered."""

    content: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, path: Path) -> "File":
        """The file at a path; its tag is of its content."""
        content = path.read_bytes()
        tag = blake2b(content, digest_size=16).hexdigest()
        return cls(content, MEDIA_TYPES[path.suffix], f'"{tag}"')


FILES: Mapping[str, File] = {
    path.relative_to(FOLDER).as_posix(): File.read(path)
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in MEDIA_TYPES
}
"""By name. A name that is not among them is not looked for on the disk."""

Known = Annotated[str | None, Header()]


@router.api_route("/", methods=METHODS, openapi_extra=OPEN)
async def page(if_none_match: Known = None) -> Response:
    """The page."""
    return _answer(PAGE, if_none_match)


@router.api_route("/board/{name:path}", methods=METHODS, openapi_extra=OPEN)
async def file(name: str, if_none_match: Known = None) -> Response:
    """What the page is made of."""
    return _answer(name, if_none_match)


def _answer(name: str, if_none_match: str | None) -> Response:
    """The file, or 304 to those who have it; 404 if the board has none of this name."""
    found = FILES.get(name)
    if found is None:
        raise Problem(404, "the board has no such file")
    headers = {**HEADERS, "ETag": found.etag}
    if answers.is_known(found.etag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
