"""The ``verify`` of a mapping file: how the sender proves itself, and where the secret is."""

import re
from collections.abc import Mapping
from typing import TypeVar

from app.intake.verifying import TOLERANCE_SECONDS, Algorithm, Encoding, Proof, SharedSecret, Signed
from app.policy_files.document import Node

DAY_SECONDS = 24 * 60 * 60

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")

_ALGORITHMS: Mapping[str, Algorithm] = {"sha256": "sha256", "sha1": "sha1"}
_ENCODINGS: Mapping[str, Encoding] = {"hex": "hex", "base64": "base64"}

T = TypeVar("T")


def secret_variable(node: Node, name: str) -> str:
    """The environment variable with the secret: the one named, else by the mapping's name."""
    given = node.get("secret_env")
    if given is None:
        return f"ESCALATOR_INTAKE_{name.upper().replace('-', '_')}_SECRET"
    if not _VARIABLE.fullmatch(given.text()):
        given.refuse("the name of an environment variable was expected, never the secret itself")
    return given.text()


def read_proof(node: Node) -> Proof:
    """A signature (`hmac`) or a shared secret (`secret_header`)."""
    shared = node.get("secret_header")
    if shared is not None:
        node.only("secret_header", "secret_env")
        return SharedSecret(_header(shared))
    if node.get("hmac") is None:
        node.refuse("`hmac: sha256` or `secret_header:` was expected: no webhook is taken unproven")
    node.only(
        *("hmac", "header", "prefix", "encoding", "signed", "timestamp", "tolerance_seconds"),
        "secret_env",
    )
    prefix, tolerance = node.get("prefix"), node.get("tolerance_seconds")
    timestamp = None if (stamp := node.get("timestamp")) is None else _header(stamp)
    encoding = node.get("encoding")
    if tolerance is not None and timestamp is None:
        tolerance.refuse("without `timestamp` there is no time to tolerate")
    return Signed(
        algorithm=_one_of(node.require("hmac"), _ALGORITHMS),
        header=_header(node.require("header")),
        prefix="" if prefix is None else prefix.text(),
        encoding="hex" if encoding is None else _one_of(encoding, _ENCODINGS),
        template=_template(node, timed=timestamp is not None),
        timestamp=timestamp,
        tolerance_seconds=(
            TOLERANCE_SECONDS if tolerance is None else tolerance.number(1, DAY_SECONDS)
        ),
    )


def _one_of(node: Node, words: Mapping[str, T]) -> T:
    if node.text() not in words:
        node.refuse(f"{' or '.join(words)} was expected, found {node.text()!r}")
    return words[node.text()]


def _header(node: Node) -> str:
    if not _HEADER.fullmatch(node.text()):
        node.refuse(f"the name of a header was expected, found {node.text()!r}")
    return node.text()


def _template(node: Node, *, timed: bool) -> str:
    """What is signed: the body, and the timestamp if there is one, or it would prove nothing."""
    given = node.get("signed")
    template = "{timestamp}{body}" if timed else "{body}"
    if given is None:
        return template
    found = _PLACEHOLDER.findall(given.text())
    if sorted(found) != sorted(_PLACEHOLDER.findall(template)):
        given.refuse(f"{' and '.join(_PLACEHOLDER.findall(template))} were expected, once each")
    return given.text()
