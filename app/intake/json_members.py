"""JSON objects that name a member twice: readers differ in which of the two they believe."""

import json
import re
from collections.abc import Iterable
from typing import NoReturn

_SPACE_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')


class _Repeated(Exception):
    """Carries the name out of the parser."""


def repeated_member(text: bytes, document: object) -> str | None:
    """The name of a member that stands twice in one object; None if there is none.

    ``document`` is what ``text`` was parsed to. Counting tells nearly always: a member is written
    as a quote and a colon, once for each that the document has.
    """
    if _members(document) == text.count(b'":') and not _SPACE_BEFORE_COLON.search(text):
        return None
    try:
        json.loads(text, object_pairs_hook=_check)
    except _Repeated as repeated:
        return str(repeated)
    return None


def _members(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + _members_of_each(value.values())
    return _members_of_each(value) if isinstance(value, list) else 0


def _members_of_each(values: Iterable[object]) -> int:
    return sum([_members(each) for each in values if isinstance(each, dict | list)])


def _check(pairs: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            _refuse(name)
        names.add(name)


def _refuse(name: str) -> NoReturn:
    raise _Repeated(name)
