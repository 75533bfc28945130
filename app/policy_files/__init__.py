"""Policies as files: ``policies/*.yaml`` become ``domain.policy.Policy``."""

from pathlib import Path

from app.domain.policy import Policy
from app.policy_files.checks import refuse_impossible
from app.policy_files.document import Faults, Node, PolicyFileError, from_plain, read
from app.policy_files.doubts import doubts
from app.policy_files.holiday_rules import with_dates, without_dates
from app.policy_files.language import read_policy

__all__ = [
    "PolicyFileError",
    "check",
    "from_content",
    "load_file",
    "load_folder",
    "parse",
    "parse_content",
]

LARGEST = 1024 * 1024


def parse(text: str, file: str = "policy") -> Policy:
    """The policy in a YAML text; PolicyFileError says file, line, column and reason."""
    return _policy_of(_document(text, file))


def parse_content(content: object, name: str = "policy") -> Policy:
    """The policy of a file's content that comes as plain values; PolicyFileError as ``parse``.

    Content that the service has answered is taken too: what its holiday rules give is reckoned.
    """
    return _policy_of(with_dates(without_dates(from_plain(content, name))))


def from_content(content: object, name: str) -> Policy:
    """The policy of a content kept earlier; PolicyFileError if this version cannot say it."""
    return read_policy(from_plain(content, name))


def load_file(path: Path) -> Policy:
    """The policy in a file; PolicyFileError says file, line, column and reason."""
    return parse(_text_of(path), str(path))


def load_folder(folder: Path) -> list[Policy]:
    """The policies of a folder; PolicyFileError says what is wrong in all its files."""
    if not folder.is_dir():
        raise PolicyFileError(f"{folder}: there is no such folder of policies")
    return [policy for policy, _ in check(folder)]


def check(path: Path) -> list[tuple[Policy, list[str]]]:
    """The policies of a file, or of each ``*.yaml`` in a folder, with what is doubtful in them.

    PolicyFileError says what is wrong in all of them; two files of one policy are.
    """
    found: dict[str, tuple[Policy, list[str]]] = {}
    faults = Faults()
    for each in sorted(path.glob("*.y*ml")) if path.is_dir() else [path]:
        with faults.gathered():
            root = _document(_text_of(each), str(each))
            policy = _policy_of(root)
            if policy.id in found:
                raise PolicyFileError(f"{each}: there is another file for policy {policy.id!r}")
            found[policy.id] = policy, list(doubts(root, policy))
    faults.refuse()
    return list(found.values())


def _document(text: str, file: str) -> Node:
    """A file's document, in which holiday rules stand with the dates they give (31)."""
    return with_dates(read(text, file))


def _policy_of(root: Node) -> Policy:
    policy = read_policy(root)
    refuse_impossible(root, policy)
    return policy


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise PolicyFileError(f"{path}: larger than {LARGEST} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path}: not UTF-8 at byte {error.start}") from None
