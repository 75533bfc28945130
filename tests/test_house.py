"""The house rules that a machine can keep: who may import whom, and where the time comes from."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parent.parent / "app"
MODULES = sorted(APP.rglob("*.py"))

FLOORS = (
    (
        "app.clock",
        "app.collector",
        "app.settings",
        "app.logs",
        "app.metrics",
        "app.domain",
    ),
    ("app.policy_files",),
    ("app.store",),
    ("app.projections",),
    ("app.webhooks.outbox",),
    ("app.recording",),
    ("app.escalation", "app.intake", "app.simulating", "app.webhooks"),
    ("app.api", "app.rebuilding", "app.demo", "app.transfer"),
    ("app.listening",),
    ("app.main",),
    ("app.cli", "app.__main__"),
)
"""From the ground up: a module imports from its own floor and those below."""

DOMAIN_MAY_USE = {
    "bisect", "collections", "copy", "dataclasses", "datetime", "enum", "functools", "hashlib",
    "heapq", "itertools", "json", "math", "operator", "re", "types", "typing", "zoneinfo",
}  # fmt: skip

VENDORS = re.compile(r"zendesk|zammad|jira|atlassian|freshdesk|github", re.IGNORECASE)
ORGANISATIONS = re.compile(r"netreo|netop\b|xecuritas|portaone|syneto", re.IGNORECASE)
TIME_OF_DAY = re.compile(r"datetime\.(now|utcnow|today)\(|time\.time(_ns)?\(|date\.today\(")


def _name(path: Path) -> str:
    parts = path.relative_to(APP.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(within: ast.AST) -> Iterator[str]:
    for node in ast.walk(within):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                inner if _is_module(inner := f"{node.module}.{alias.name}") else node.module
                for alias in node.names
            )


def _is_module(name: str) -> bool:
    path = APP.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _floor(module: str) -> int | None:
    """The floor with the longest name that the module begins with."""
    found = [
        (len(room), number)
        for number, rooms in enumerate(FLOORS)
        for room in rooms
        if module == room or module.startswith(f"{room}.")
    ]
    return max(found)[1] if found else None


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_one_way(path: Path) -> None:
    floor = _floor(_name(path))
    if floor is None:
        assert _name(path) == "app", f"{_name(path)} stands on no floor: give it one in FLOORS"
        return
    above = {each for each in _imports(ast.parse(path.read_text())) if (_floor(each) or 0) > floor}
    assert not above, f"{_name(path)} imports from above: {sorted(above)}"


@pytest.mark.parametrize("path", sorted((APP / "domain").glob("*.py")), ids=_name)
def test_the_domain_uses_the_standard_library_only(path: Path) -> None:
    used = {each.partition(".")[0] for each in _imports(ast.parse(path.read_text()))} - {"app"}
    assert used <= DOMAIN_MAY_USE


LOADED_WHEN_USED = {
    "app.store.schema": {"alembic"},  # it takes long to load, and almost never has anything to do
}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    inside = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in _imports(node)
    }
    assert inside == LOADED_WHEN_USED.get(_name(path), set())


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_clock_knows_the_time_of_day(path: Path) -> None:
    if path != APP / "clock.py":
        assert not TIME_OF_DAY.search(path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_file_stays_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_no_room_has_a_name_that_says_nothing() -> None:
    nothing = re.compile(r"(utils?|helpers?|common|base|misc|manager|services?)(\.py)?")
    assert not [path for path in APP.rglob("*") if nothing.fullmatch(path.name)]


@pytest.mark.parametrize("path", [*MODULES, *APP.rglob("*.sql")], ids=str)
def test_policies_and_mappings_are_data(path: Path) -> None:
    assert not ORGANISATIONS.search(path.read_text())
    assert not VENDORS.search(path.read_text())
