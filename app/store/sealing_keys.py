"""Where the keys come from: the environment; and a file, for who was given no other database.

A service that looks after its own PostgreSQL looks after a key, too, so that it runs without any
setting. A database that it was given may be shared with other replicas, who would have no such
file: there the key must be set.
"""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from app.domain.errors import EscalatorError
from app.settings import Settings
from app.store.sealed import KeyMalformed, Seals, keys_in, new_key

FILE = "secrets.key"
SETTING = "ESCALATOR_SECRETS_KEY"


def of(settings: Settings) -> Seals:
    """The keys of an installation; none if a database was given and no key. Makes the file.

    EscalatorError for a malformed key, and for a file that cannot be read or made.
    """
    secret = settings.secrets_key
    named = [] if secret is None else _read(secret.get_secret_value(), SETTING)
    if settings.database_url is not None:
        return Seals(named)
    path = settings.data_dir.expanduser() / FILE
    try:
        if not named and not path.exists():
            _make(path)
        # Beside a key that is set, one in the file opens what was sealed before it was set.
        kept = _read(path.read_text(), str(path)) if path.exists() else []
    except OSError as error:
        raise EscalatorError(f"{path}: {error.strerror}") from None
    if not named and not kept:
        raise EscalatorError(f"{path}: there is no key in it")
    return Seals([*named, *kept])


def _read(text: str, where: str) -> list[bytes]:
    try:
        return keys_in(text)
    except KeyMalformed as error:
        raise EscalatorError(f"{where}: {error}") from None


def _make(path: Path) -> None:
    """Makes the file, whole at once, for its owner's eyes; another process may be first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, draft = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(number, "w") as file:
            file.write(f"{new_key()}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
