"""Policies as files: ``policies/*.yaml`` become ``domain.policy.Policy``."""

from pathlib import Path

from app.domain.policy import Policy
from app.policy_files.document import PolicyFileError, from_plain, read
from app.policy_files.language import read_policy

__all__ = ["PolicyFileError", "from_content", "load_file", "load_folder", "parse"]

LARGEST = 1024 * 1024


def parse(text: str, file: str = "policy") -> Policy:
    """The policy in a YAML text; PolicyFileError says file, line, column and reason."""
    return read_policy(read(text, file))


def from_content(content: object, name: str) -> Policy:
    """The policy of a content kept earlier; PolicyFileError if this version cannot say it."""
    return read_policy(from_plain(content, name))


def load_file(path: Path) -> Policy:
    """The policy in a file; PolicyFileError says file, line, column and reason."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise PolicyFileError(f"{path}: larger than {LARGEST} bytes")
    try:
        return parse(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path}: not UTF-8 at byte {error.start}") from None


def load_folder(folder: Path) -> list[Policy]:
    """Every ``*.yaml`` in a folder, by id; two files with one id are refused."""
    if not folder.is_dir():
        raise PolicyFileError(f"{folder}: there is no such folder of policies")
    policies: dict[str, Policy] = {}
    for path in sorted(folder.glob("*.yaml")):
        policy = load_file(path)
        if policy.id in policies:
            raise PolicyFileError(f"{path}: there is another file for policy {policy.id!r}")
        policies[policy.id] = policy
    return list(policies.values())
