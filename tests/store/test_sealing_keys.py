"""Where the keys come from: what is set; a file, beside a database that is the service's own."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.domain.errors import EscalatorError
from app.settings import Settings
from app.store import sealing_keys
from app.store.sealed import new_key

GIVEN = "postgresql://escalator@db.internal/escalator"


def settings(data_dir: Path, key: str | None = None, database_url: str | None = None) -> Settings:
    """With these set, whatever the environment says."""
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secrets_key=None if key is None else SecretStr(key),
    )


def test_a_key_is_made_once_beside_a_database_of_its_own(tmp_path: Path) -> None:
    own = settings(tmp_path / "data")
    first = sealing_keys.of(own).first
    file = tmp_path / "data" / "secrets.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert first is not None
    assert sealing_keys.of(own).first == first


def test_two_processes_that_begin_at_once_have_the_same_key(tmp_path: Path) -> None:
    own = settings(tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: sealing_keys.of(own).first, range(32)))
    assert len(set(made)) == 1


def test_a_key_that_is_set_seals_and_the_file_still_opens(tmp_path: Path) -> None:
    before = sealing_keys.of(settings(tmp_path))
    sealed = before.seal("s", "x")
    after = sealing_keys.of(settings(tmp_path, new_key()))
    assert after.first != before.first
    assert after.open(sealed, "x") == "s"


def test_a_key_that_is_set_needs_no_file(tmp_path: Path) -> None:
    assert sealing_keys.of(settings(tmp_path / "data", new_key())).first is not None
    assert not (tmp_path / "data").exists()


def test_a_database_that_is_given_has_no_key_but_one_that_is_set(tmp_path: Path) -> None:
    assert sealing_keys.of(settings(tmp_path, None, GIVEN)).first is None
    assert not list(tmp_path.iterdir())
    assert sealing_keys.of(settings(tmp_path, new_key(), GIVEN)).first is not None


def test_what_is_wrong_is_said_without_the_key(tmp_path: Path) -> None:
    with pytest.raises(EscalatorError, match="ESCALATOR_SECRETS_KEY: a key is") as refused:
        sealing_keys.of(settings(tmp_path, "hunter2"))
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(settings(tmp_path, "hunter2"))
    file = tmp_path / "secrets.key"
    for text in ("hunter2", "\n"):
        file.write_text(text)
        with pytest.raises(EscalatorError, match=str(file)):
            sealing_keys.of(settings(tmp_path))
    file.unlink()
    file.mkdir()
    with pytest.raises(EscalatorError, match=f"{file}: Is a directory"):
        sealing_keys.of(settings(tmp_path))
