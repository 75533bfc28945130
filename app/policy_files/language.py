"""A whole policy file, turned into the domain's ``Policy``."""

import hashlib
import json

from app.domain.policy import Notice, Policy, Severity
from app.policy_files.calendars import read_calendars
from app.policy_files.clocks import read_clocks, read_commitment, read_data
from app.policy_files.document import Node
from app.policy_files.words import (
    Names,
    optional_one_of,
    optional_text,
    read_date,
    read_id,
    read_pattern,
    read_patterns,
    texts,
)

MEMBERS = (
    "id",
    "name",
    "source",
    "effective_from",
    "commitment",
    "severities",
    "default_severity",
    "plans",
    "default_plan",
    "lines",
    "opening_line",
    "roles",
    "calendars",
    "resolves",
    "clocks",
    "notices",
)


def read_policy(root: Node) -> Policy:
    """The policy a document states; PolicyFileError names the place of what is wrong."""
    root.only(*MEMBERS)
    if effective_from := root.get("effective_from"):
        read_date(effective_from.text(), effective_from)
    severities = _read_severities(root.require("severities"))
    names = Names(
        severities=tuple(severity.id for severity in severities),
        plans=texts(root.get("plans")),
        lines=texts(root.get("lines")),
        roles=texts(root.get("roles")),
        calendars=read_calendars(root.get("calendars")),
    )
    content = {key: node.plain() for key, node in root.entries()}
    return Policy(
        id=read_id(root.require("id")),
        version=version_of(content),
        name=optional_text(root.get("name")) or "",
        severities=severities,
        default_severity=optional_one_of(
            root.get("default_severity"), names.severities, "severity"
        ),
        plans=names.plans,
        default_plan=optional_one_of(root.get("default_plan"), names.plans, "plan"),
        lines=names.lines,
        opening_line=optional_one_of(root.get("opening_line"), names.lines, "line"),
        roles=frozenset(names.roles),
        calendars=names.calendars,
        resolves=read_patterns(root.get("resolves"), names),
        clocks=read_clocks(
            root.get("clocks"), names, read_commitment(root.get("commitment"), "target")
        ),
        notices=_read_notices(root.get("notices"), names),
        document=content,
    )


def version_of(content: object) -> str:
    """The version of a policy: the SHA-256 of its canonical content (31)."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _read_severities(node: Node) -> tuple[Severity, ...]:
    if node.value == []:
        node.refuse("at least one severity was expected")
    severities: list[Severity] = []
    taken: dict[str, str] = {}
    for item in node.items():
        severity = _read_severity(item)
        for word in {severity.id, severity.name, *severity.aliases}:
            if taken.setdefault(word.casefold(), severity.id) != severity.id:
                item.refuse(f"{word!r} names severity {taken[word.casefold()]!r} already")
        if any(severity.id == other.id for other in severities):
            item.refuse(f"there is a severity {severity.id!r} already")
        severities.append(severity)
    return tuple(severities)


def _read_severity(node: Node) -> Severity:
    if not isinstance(node.value, dict):
        return Severity(node.text(), node.text())
    node.only("id", "name", "aliases")
    severity_id = node.require("id").text()
    return Severity(
        severity_id, optional_text(node.get("name")) or severity_id, texts(node.get("aliases"))
    )


def _read_notices(node: Node | None, names: Names) -> tuple[Notice, ...]:
    notices = []
    for item in node.items() if node else ():
        item.only("fact", "if", "tell", "reason", "data")
        pattern = {key: item.value[key] for key in ("fact", "if") if key in item.value}
        notices.append(
            Notice(
                on=read_pattern(Node(pattern, item.file, item.line, item.column, item.path), names),
                role=names.role(item.require("tell")),
                reason=optional_text(item.get("reason")),
                data=read_data(item.get("data")),
            )
        )
    return tuple(notices)
