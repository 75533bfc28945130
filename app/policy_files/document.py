"""YAML read with positions, so that every complaint names its line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import yaml
from yaml.reader import ReaderError

from app.domain.errors import EscalatorError
from app.policy_files.spelling import did_you_mean

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_UNWRITABLE = re.compile("[\\0\ud800-\udfff]")
"""What neither UTF-8 nor PostgreSQL can keep."""

MOST_DEPTH = 50

REMARKS = ("note", "assumed")
"""Members that may stand in any mapping of the language."""


class PolicyFileError(EscalatorError):
    """Policy files that cannot be used: which file and line, and why; ``faults`` has each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Faults:
    """Gathers what is wrong in several places, so that all of it is said at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keeps what is wrong within, and goes on after it."""
        try:
            yield
        except PolicyFileError as error:
            self._found += error.faults

    def refuse(self) -> None:
        """PolicyFileError with every fault gathered, if there is one."""
        if self._found:
            raise PolicyFileError(*dict.fromkeys(self._found))


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the file and where it stands. ``value`` holds plain values or further nodes."""

    value: Any
    file: str
    line: int
    column: int
    path: str

    def says(self, why: str) -> str:
        """Something about this place, with the place."""
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {why}" if self.path else f"{where}: {why}"

    def refuse(self, why: str) -> NoReturn:
        """PolicyFileError for this place."""
        raise PolicyFileError(self.says(why))

    def plain(self) -> object:
        """The value without positions, as it goes into the policy's content."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def text(self) -> str:
        """A text; a number counts as its digits."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int):
            self.refuse(f"a text was expected, found {_kind_of(self.value)}")
        return str(self.value)

    def flag(self) -> bool:
        """``true`` or ``false``."""
        if not isinstance(self.value, bool):
            self.refuse(f"true or false was expected, found {_kind_of(self.value)}")
        return self.value

    def number(self, low: int, high: int) -> int:
        """A whole number within bounds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse(f"a whole number was expected, found {_kind_of(self.value)}")
        if not low <= self.value <= high:
            self.refuse(f"{self.value} is not between {low} and {high}")
        return self.value

    def items(self) -> "list[Node]":
        """The entries of a list; a single value counts as a list of one."""
        return self.value if isinstance(self.value, list) else [self]

    def entries(self) -> "Iterator[tuple[str, Node]]":
        """The members of a mapping."""
        if not isinstance(self.value, dict):
            self.refuse(f"a mapping was expected, found {_kind_of(self.value)}")
        yield from self.value.items()

    def members(self) -> "Iterator[tuple[str, Node]]":
        """The members of a mapping whose names are the file's own, without its remarks."""
        for key, node in self.entries():
            if key not in REMARKS:
                yield key, node

    def get(self, key: str) -> "Node | None":
        """A member of a mapping; None where it is left out or null."""
        if not isinstance(self.value, dict):
            self.refuse(f"a mapping was expected, found {_kind_of(self.value)}")
        found = self.value.get(key)
        return None if found is None or found.value is None else found

    def part(self, *keys: str) -> "Node":
        """The same mapping with these of its members only."""
        members = {key: self.value[key] for key in keys if key in self.value}
        return Node(members, self.file, self.line, self.column, self.path)

    def holding(self, value: object) -> "Node":
        """A value of plain parts, standing where this one stands."""
        if isinstance(value, dict):
            return replace(self, value={key: self.holding(each) for key, each in value.items()})
        if isinstance(value, list):
            return replace(self, value=[self.holding(each) for each in value])
        return replace(self, value=value)

    def require(self, key: str) -> "Node":
        """A member that must be there."""
        found = self.get(key)
        if found is None:
            self.refuse(f"{key!r} is missing")
        return found

    def only(self, *known: str) -> None:
        """Refuses members that mean nothing here; ``note`` and ``assumed`` may stand anywhere."""
        faults = Faults()
        for key, node in self.entries():
            if key not in known and key not in REMARKS:
                with faults.gathered():
                    node.refuse(
                        f"{key!r} means nothing here{did_you_mean(key, known)};"
                        f" known are {', '.join(sorted(known))}"
                    )
        faults.refuse()


def _kind_of(value: object) -> str:
    names = {dict: "a mapping", list: "a list", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), repr(value)[:40])


class _Composer(yaml.SafeLoader):
    """Composes without constructing. Depth is bounded, and nothing is repeated by reference: a
    short text could unfold into a document without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self._refuse("an alias (*) is not taken: write it out")
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self._refuse(f"nested more than {MOST_DEPTH} deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, why: str) -> NoReturn:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it open
        raise yaml.MarkedYAMLError(problem=why, problem_mark=event.start_mark)


def read(text: str, file: str) -> Node:
    """The document in ``text``; PolicyFileError names file, line and reason."""
    try:
        root = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise PolicyFileError(f"{where}: not YAML: {error.problem or error.context}") from None
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        found = f"{file}:{line}:{column}: not YAML: a character that cannot stand in it"
        raise PolicyFileError(found) from None
    if root is None:
        raise PolicyFileError(f"{file}:1:1: the file is empty")
    return _build(root, root.start_mark, file, "")


def _build(node: yaml.Node, mark: yaml.Mark, file: str, path: str) -> Node:
    place = (file, mark.line + 1, mark.column + 1, path)
    if isinstance(node, yaml.MappingNode):
        return Node(_build_mapping(node, file, path), *place)
    if isinstance(node, yaml.SequenceNode):
        entries = [
            _build(child, child.start_mark, file, f"{path}[{index}]")
            for index, child in enumerate(node.value)
        ]
        return Node(entries, *place)
    value = _scalar(node)
    if isinstance(value, str) and _UNWRITABLE.search(value):
        Node(None, *place).refuse("a character that cannot be kept")
    return Node(value, *place)


def _build_mapping(node: yaml.MappingNode, file: str, path: str) -> dict[str, Node]:
    """Members by name. A list or mapping stands where its name does, not a line further down."""
    members: dict[str, Node] = {}
    for key, child in node.value:
        stands = Node(None, file, key.start_mark.line + 1, key.start_mark.column + 1, path)
        if not isinstance(key, yaml.ScalarNode) or _UNWRITABLE.search(key.value):
            stands.refuse("a name is a plain word")
        name = str(key.value)
        if name in members:
            stands.refuse(f"{name!r} stands here twice")
        mark = child.start_mark if isinstance(child, yaml.ScalarNode) else key.start_mark
        members[name] = _build(child, mark, file, f"{path}.{name}" if path else name)
    return members


def _scalar(node: yaml.Node) -> str | int | bool | None:
    """Plain ``true false null`` and whole numbers mean that; all else is text.

    YAML 1.1 would read ``on`` and ``no`` as booleans and ``22:30`` as a number of minutes.
    """
    value = str(node.value)
    if getattr(node, "style", None) is not None:
        return value
    if value in ("", "~", "null"):
        return None
    if value in ("true", "false"):
        return value == "true"
    return int(value) if _INTEGER.fullmatch(value) else value


def from_plain(value: object, file: str, path: str = "", depth: int = 0) -> Node:
    """The document of content that comes without positions: kept earlier, or sent as JSON."""
    here = Node(value, file, 0, 0, path)
    if depth > MOST_DEPTH:
        here.refuse(f"nested more than {MOST_DEPTH} deep")
    if isinstance(value, dict):
        members = {
            key: from_plain(child, file, f"{path}.{key}" if path else key, depth + 1)
            for key, child in value.items()
        }
        if any(_UNWRITABLE.search(key) for key in members):
            here.refuse("a name is a plain word")
        return Node(members, file, 0, 0, path)
    if isinstance(value, list):
        entries = [
            from_plain(child, file, f"{path}[{index}]", depth + 1)
            for index, child in enumerate(value)
        ]
        return Node(entries, file, 0, 0, path)
    if isinstance(value, str) and _UNWRITABLE.search(value):
        here.refuse("a character that cannot be kept")
    return here
