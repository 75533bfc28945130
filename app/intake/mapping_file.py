"""``intake/*.yaml`` -> mappings; every error with file, line, column, and what would be right."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from app.domain.events import FACT_TYPES, SOURCE
from app.intake.expressions import BadExpression, Expression, compile_expression
from app.intake.fact_data import MODELS
from app.intake.mapping import Actor, Constant, IntakeMapping, Reading, Rule, Value
from app.intake.proof_file import read_proof, secret_variable
from app.intake.values import READINGS
from app.policy_files.document import Faults, Node, PolicyFileError, read
from app.policy_files.spelling import did_you_mean

LARGEST = 256 * 1024
TIMES: tuple[Reading, ...] = ("time", "epoch", "epoch_ms")
ACTORS: tuple[Actor, ...] = ("customer", "agent")
MEMBERS = (
    *("verify", "source", "id", "ticket", "time", "actor", "policy", "maps", "rules"),
    "on_unmatched",
)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def load_folder(folder: Path) -> list[IntakeMapping]:
    """The mappings of a folder; PolicyFileError says what is wrong in all its files."""
    if not folder.is_dir():
        raise PolicyFileError(f"{folder}: there is no such folder of mappings")
    return check(folder)


def check(path: Path) -> list[IntakeMapping]:
    """The mapping in a file, or those of each ``*.yaml`` in a folder."""
    found: list[IntakeMapping] = []
    faults = Faults()
    for each in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        with faults.gathered():
            found.append(load_file(each))
    faults.refuse()
    return found


def load_file(path: Path) -> IntakeMapping:
    """The mapping in a file, named as the file is."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise PolicyFileError(f"{path}: larger than {LARGEST} bytes")
    try:
        return parse(content.decode(), str(path), path.stem)
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path}: not UTF-8 at byte {error.start}") from None


def parse(text: str, file: str, name: str) -> IntakeMapping:
    """The mapping in a text."""
    if not _NAME.fullmatch(name):
        raise PolicyFileError(
            f"{file}: a mapping is named by its file: small letters, digits, - and _"
        )
    root = read(text, file)
    root.only(*MEMBERS)
    return _Reader(root).mapping(name)


class _Reader:
    """Reads one file; gathers the headers its expressions ask for on the way."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._headers: set[str] = set()
        self._maps = self._read_maps(root.get("maps"))
        self._has_actor = root.get("actor") is not None

    def mapping(self, name: str) -> IntakeMapping:
        """The whole of it; everything that is wrong is said at once."""
        root, faults = self._root, Faults()
        for member in ("verify", "source", "id", "ticket", "rules"):
            with faults.gathered():
                root.require(member)
        faults.refuse()
        rules: list[Rule] = []
        with faults.gathered():
            if root.require("rules").items() == []:
                root.require("rules").refuse("a rule at least was expected")
        for node in root.require("rules").items():
            with faults.gathered():
                rules.append(self._rule(node))
        parts: dict[str, Value | None] = {}
        for member in ("source", "id", "ticket", "time", "actor", "policy"):
            with faults.gathered():
                parts[member] = self._part(member)
        with faults.gathered():
            proof = read_proof(root.require("verify"))
            variable = secret_variable(root.require("verify"), name)
        with faults.gathered():
            refuses = self._refuses_unmatched(root.get("on_unmatched"))
        faults.refuse()
        source, id_, ticket = parts["source"], parts["id"], parts["ticket"]
        assert source is not None  # noqa: S101  # required above, as the next two
        assert id_ is not None  # noqa: S101
        assert ticket is not None  # noqa: S101
        return IntakeMapping(
            name=name,
            proof=proof,
            secret_variable=variable,
            source=source,
            id=id_,
            ticket=ticket,
            time=parts["time"],
            actor=parts["actor"],
            policy=parts["policy"],
            rules=tuple(rules),
            refuses_unmatched=refuses,
            headers=frozenset(self._headers),
        )

    def _part(self, member: str) -> Value | None:
        """A member of the file itself."""
        node = self._root.get(member)
        if node is None:
            return None
        if member == "time":
            return self._time(node)
        if member == "actor":
            return self._chosen(node, ACTORS, has_item=True)
        if member in ("source", "policy") and not isinstance(node.value, dict):
            if node.text() == SOURCE:
                node.refuse(f"{SOURCE} is the source of this service's own events")
            return Value(_place(node), constant=node.text())
        return self._value(node, reading="text")

    def _refuses_unmatched(self, node: Node | None) -> bool:
        choice = "ignore" if node is None else node.text()
        if node is not None and choice not in ("ignore", "refuse"):
            node.refuse(f"ignore or refuse was expected, found {choice!r}")
        return choice == "refuse"

    def _rule(self, node: Node) -> Rule:
        node.only("when", "each", "emit", "time", "data")
        each, when, time, data = (node.get(key) for key in ("each", "when", "time", "data"))
        has_item = each is not None
        rule = Rule(
            place=_place(node),
            when=None if when is None else self._expression(when, has_item=has_item),
            each=None if each is None else self._expression(each, has_item=False),
            emit=self._emit(node.require("emit"), has_item=has_item),
            time=None if time is None else self._time(time, has_item=has_item),
            data={} if data is None else self._data(data, has_item=has_item),
        )
        for type_ in rule.types():
            for member, field in MODELS[type_].model_fields.items():
                if field.is_required() and member not in rule.data:
                    node.refuse(f"{type_} needs {member!r} in data")
        return rule

    def _emit(self, node: Node, *, has_item: bool) -> str | Mapping[Actor, str] | Value:
        if not isinstance(node.value, dict):
            return _known(node, FACT_TYPES, "a type of fact")
        if "from" in node.value:
            return self._chosen(node, FACT_TYPES, has_item=has_item)
        node.only(*ACTORS)
        if not self._has_actor:
            node.refuse("who did it is asked here, and the file has no `actor`")
        return {
            actor: _known(each, FACT_TYPES, "a type of fact")
            for actor in ACTORS
            if (each := node.get(actor)) is not None
        }

    def _data(self, node: Node, *, has_item: bool) -> dict[str, Value | Mapping[str, Value]]:
        data: dict[str, Value | Mapping[str, Value]] = {}
        faults = Faults()
        for key, each in node.entries():
            with faults.gathered():
                if key == "attributes" and isinstance(each.value, dict):
                    data[key] = {
                        name: self._value(inner, has_item=has_item)
                        for name, inner in each.entries()
                    }
                elif key not in ("note", "assumed"):
                    data[key] = self._value(each, has_item=has_item)
        faults.refuse()
        return data

    def _time(self, node: Node, *, has_item: bool = False) -> Value:
        value = self._value(node, has_item=has_item, reading="time", readings=TIMES)
        if value.expression is None:
            node.refuse("an expression was expected: a fact's time is its own")
        return value

    def _chosen(self, node: Node, words: Collection[str], *, has_item: bool) -> Value:
        """A value by which one of a few words is chosen: all that its map may say."""
        value = self._value(node, has_item=has_item)
        if value.entries is None:
            node.refuse(f"a map was expected, to one of {', '.join(words)}")
        for entry in {value.default, *value.entries.values()} - {None}:
            if entry not in words:
                near = did_you_mean(str(entry), words)
                node.refuse(f"{entry!r} is none of {', '.join(words)}{near}")
        return value

    def _value(
        self,
        node: Node,
        *,
        has_item: bool = False,
        reading: Reading | None = None,
        readings: Collection[Reading] = READINGS,
    ) -> Value:
        """An expression, a flag, a whole number, or `from` or `value` and what goes with it."""
        if isinstance(node.value, str):
            expression = self._expression(node, has_item=has_item)
            return Value(_place(node), expression, reading=reading)
        if isinstance(node.value, bool | int):
            return Value(_place(node), constant=node.value)
        if not isinstance(node.value, dict):
            node.refuse("an expression was expected, or `from:` or `value:`")
        if (constant := node.get("value")) is not None:
            node.only("value")
            return Value(_place(node), constant=_constant(constant))
        node.only("from", "map", "as", "default", "prefix")
        chosen, entries, default = node.get("as"), node.get("map"), node.get("default")
        prefix = node.get("prefix")
        if chosen is not None:
            word = _known(chosen, readings, "a kind of value")
            reading = next(each for each in readings if each == word)
        if prefix is not None and reading is None:
            reading = "text"
        return Value(
            _place(node),
            self._expression(node.require("from"), has_item=has_item),
            entries=None if entries is None else self._entries(entries),
            default=None if default is None else _constant(default),
            reading=reading,
            prefix="" if prefix is None else prefix.text(),
        )

    def _expression(self, node: Node, *, has_item: bool) -> Expression:
        if not isinstance(node.value, str):
            node.refuse(f"an expression was expected, found {node.plain()!r}")
        try:
            expression = compile_expression(node.value, has_item=has_item)
        except BadExpression as error:
            node.refuse(str(error))
        self._headers |= expression.headers
        return expression

    def _read_maps(self, node: Node | None) -> dict[str, Mapping[str, Constant]]:
        return {} if node is None else {key: _entries(each) for key, each in node.entries()}

    def _entries(self, node: Node) -> Mapping[str, Constant]:
        """A map written out, or the name of one in `maps`."""
        if isinstance(node.value, dict):
            return _entries(node)
        name = node.text()
        if name not in self._maps:
            node.refuse(f"there is no map {name!r} in maps{did_you_mean(name, self._maps)}")
        return self._maps[name]


def _entries(node: Node) -> dict[str, Constant]:
    entries: dict[str, Constant] = {}
    for key, each in node.entries():
        word = key.casefold()
        if word in entries:
            each.refuse(f"{key!r} stands in this map twice: case does not count")
        entries[word] = _constant(each)
    return entries


def _constant(node: Node) -> Constant:
    if not isinstance(node.value, str | int | bool | None):
        node.refuse("a text, a number, true, false or null was expected")
    return node.value


def _known(node: Node, words: Collection[str], what: str) -> str:
    word = node.text()
    if word not in words:
        near = did_you_mean(word, words)
        node.refuse(f"{word!r} is not {what}{near}; known are {', '.join(words)}")
    return word


def _place(node: Node) -> str:
    return f"{node.path} (line {node.line})"
