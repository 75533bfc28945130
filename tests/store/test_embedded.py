"""The embedded server's life: started, joined, left, killed. Real processes, real kills."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.store.embedded import EmbeddedServer, EmbeddedServerError

# An owner in a process of its own: it says what its start was, then leaves as it is told.
OWNER = """
import logging, os, sys
from pathlib import Path
from app.store.embedded import EmbeddedServer

logging.disable(logging.WARNING)  # as root, the way to the data is opened, and that is said
server = EmbeddedServer.start(Path(sys.argv[1]))
print("joined" if server.joined else "launched", flush=True)
for order in sys.stdin:
    match order.strip():
        case "stop":
            server.stop()
            server.stop()
        case "fork":
            if (child := os.fork()) == 0:
                sys.exit()
            os.waitpid(child, 0)
        case "exit":
            break
    print("done", flush=True)
"""


class Owner:
    """A process that holds the server under a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, the script above
            [sys.executable, "-W", "error", "-c", OWNER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def told(self, order: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return self.says()

    def killed(self) -> None:
        self.process.kill()
        self.process.communicate()


def roomy_memory() -> Path | None:
    """Where there are no disks to wait for: initdb's fsyncs were two thirds of these tests."""
    memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2**30 else None


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Not below tmp_path: any run of pytest that starts meanwhile takes from the server's account
    # the way into root's, and PostgreSQL panics when it cannot open its control file.
    with tempfile.TemporaryDirectory(prefix="embedded-", dir=roomy_memory()) as place:
        folder = Path(place) / "not" / "there"
        yield folder
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def spawn(data_dir: Path) -> Iterator[Callable[[], Owner]]:
    owners: list[Owner] = []

    def one() -> Owner:
        owners.append(Owner(data_dir))
        return owners[-1]

    yield one
    for owner in owners:
        owner.killed()


def processes_of(data_dir: Path) -> set[int]:
    """The server's processes: they, and no others, have its data as their working directory."""
    pgdata = data_dir.resolve() / "postgres"
    return {int(p.name) for p in Path("/proc").glob("[0-9]*") if works_in(p, pgdata)}


def works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:  # gone meanwhile, or a zombie
        return False


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def ask(server: EmbeddedServer, *statements: str) -> object:
    """The last statement's value, over a connection of its own."""

    async def asked() -> object:
        connection = await asyncpg.connect(server.dsn)
        try:
            for statement in statements:
                value: object = await connection.fetchval(statement)
        finally:
            await connection.close()
        return value

    return asyncio.run(asked())


REMEMBER = ("CREATE TABLE memory (word text)", "INSERT INTO memory VALUES ('kept')")
RECALL = "SELECT word FROM memory"


def test_data_outlives_a_clean_stop(data_dir: Path) -> None:
    server = EmbeddedServer.start(data_dir)
    assert not server.joined
    ask(server, *REMEMBER)
    server.stop()
    assert processes_of(data_dir) == set()

    again = EmbeddedServer.start(data_dir)
    assert not again.joined
    assert ask(again, RECALL) == "kept"
    again.stop()
    again.stop()
    assert processes_of(data_dir) == set()


def test_the_url_is_for_sqlalchemy_and_commits_are_durable(data_dir: Path) -> None:
    server = EmbeddedServer.start(data_dir, settings={"max_connections": "17"})
    names = ("fsync", "synchronous_commit", "full_page_writes", "timezone", "max_connections")

    async def read() -> list[str]:
        engine = create_async_engine(server.url)
        async with engine.connect() as connection:
            shown = [await connection.scalar(text(f"SHOW {name}")) for name in names]
        await engine.dispose()
        return [str(value) for value in shown]

    assert asyncio.run(read()) == ["on", "on", "on", "UTC", "17"]
    server.stop()


def test_a_killed_owner_leaves_a_server_that_the_next_one_joins_and_stops(
    data_dir: Path, spawn: Callable[[], Owner]
) -> None:
    owner = spawn()
    assert owner.says() == "launched"
    owner.killed()
    assert processes_of(data_dir)

    before = time.monotonic()
    server = EmbeddedServer.start(data_dir)
    assert time.monotonic() - before < 1
    assert server.joined
    ask(server, "SELECT 1")
    server.stop()
    assert processes_of(data_dir) == set()


@pytest.mark.parametrize("first_to_leave", [0, 1])
def test_of_two_owners_the_last_stops_the_server(
    data_dir: Path, spawn: Callable[[], Owner], first_to_leave: int
) -> None:
    owners = [spawn()]
    assert owners[0].says() == "launched"
    owners.append(spawn())
    assert owners[1].says() == "joined"
    serving = postmaster(data_dir)

    assert owners.pop(first_to_leave).told("stop") == "done"
    assert serving in processes_of(data_dir)
    assert owners.pop().told("stop") == "done"
    assert processes_of(data_dir) == set()


def test_two_owners_in_one_process_are_two(data_dir: Path) -> None:
    first, second = EmbeddedServer.start(data_dir), EmbeddedServer.start(data_dir)
    first.stop()
    first.stop()
    assert ask(second, "SELECT 1") == 1
    second.stop()
    assert processes_of(data_dir) == set()


def test_first_starts_at_the_same_moment_share_one_server(
    data_dir: Path, spawn: Callable[[], Owner]
) -> None:
    owners = [spawn() for _ in range(4)]
    assert sorted(owner.says() for owner in owners) == ["joined", "joined", "joined", "launched"]
    for owner in owners:
        assert owner.told("stop") == "done"
    assert processes_of(data_dir) == set()


def test_starts_and_stops_that_cross_leave_nothing_running(
    data_dir: Path, spawn: Callable[[], Owner]
) -> None:
    EmbeddedServer.start(data_dir).stop()
    for _ in range(3):
        leaving = [spawn() for _ in range(2)]
        for owner in leaving:
            owner.says()
            assert owner.process.stdin is not None
            owner.process.stdin.write("stop\n")
            owner.process.stdin.flush()
        server = EmbeddedServer.start(data_dir)
        assert ask(server, "SELECT 1") == 1
        assert [owner.says() for owner in leaving] == ["done", "done"]
        server.stop()
        assert processes_of(data_dir) == set()


def test_a_killed_postmaster_loses_nothing_that_was_committed(data_dir: Path) -> None:
    bereft = EmbeddedServer.start(data_dir)
    ask(bereft, *REMEMBER)
    bereft.kill()

    server = EmbeddedServer.start(data_dir)
    assert not server.joined
    assert ask(server, RECALL) == "kept"
    assert ask(bereft, RECALL) == "kept"  # the other owner finds it where it was
    server.stop()
    bereft.stop()
    assert processes_of(data_dir) == set()


def test_a_process_that_got_the_dead_postmasters_id_is_not_taken_for_it(data_dir: Path) -> None:
    server = EmbeddedServer.start(data_dir)
    ask(server, *REMEMBER)
    server.kill()
    server.stop()
    pgdata = data_dir / "postgres"
    dead = str(postmaster(data_dir))
    account = pgdata.stat().st_uid  # PostgreSQL itself falls for a process of its own user
    with subprocess.Popen(["sleep", "60"], user=account) as other:  # noqa: S607 - any will do
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            stale = (pgdata / name).read_text()
            (pgdata / name).write_text(stale.replace(dead, str(other.pid), 1))

        again = EmbeddedServer.start(data_dir)
        assert ask(again, RECALL) == "kept"
        again.stop()
        assert other.poll() is None
        other.kill()


def test_a_start_killed_while_it_makes_the_data_is_made_good(
    data_dir: Path, spawn: Callable[[], Owner]
) -> None:
    owner = spawn()
    while not (data_dir / "postgres.new" / "PG_VERSION").exists():
        assert owner.process.poll() is None
        time.sleep(0.002)
    owner.killed()

    server = EmbeddedServer.start(data_dir)
    assert ask(server, "SELECT 1") == 1
    assert not (data_dir / "postgres.new").exists()
    server.stop()


def test_leaving_without_a_word_stops_the_server_quietly(
    data_dir: Path, spawn: Callable[[], Owner]
) -> None:
    owner = spawn()
    assert owner.says() == "launched"
    assert owner.told("fork") == "done"
    assert processes_of(data_dir)  # a forked child's exit is no owner's
    assert owner.told("exit") == ""
    assert owner.process.wait(10) == 0
    assert processes_of(data_dir) == set()


def test_a_client_that_stays_does_not_hold_up_the_stop(data_dir: Path) -> None:
    async def stay() -> None:
        server = await asyncio.to_thread(EmbeddedServer.start, data_dir)
        connection = await asyncpg.connect(server.dsn)
        before = time.monotonic()
        await asyncio.to_thread(server.stop)
        assert time.monotonic() - before < 5
        connection.terminate()

    asyncio.run(stay())
    assert processes_of(data_dir) == set()


def test_a_long_or_odd_path_and_somebody_elses_settings_do_not_matter(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGOPTIONS", "--nonsense")
    odd = data_dir / ("a b,$HOME'\"&%+é" + "x" * 80)
    server = EmbeddedServer.start(odd)
    joining = EmbeddedServer.start(odd)
    monkeypatch.delenv("PGOPTIONS")  # asyncpg heeds it
    assert joining.joined
    assert ask(server, *REMEMBER) is None
    server.stop()
    assert ask(joining, RECALL) == "kept"
    joining.stop()
    assert processes_of(odd) == set()


def test_data_of_another_major_version_is_refused(data_dir: Path) -> None:
    pgdata = data_dir / "postgres"
    pgdata.mkdir(parents=True)
    (pgdata / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 15, and PostgreSQL 18"):
        EmbeddedServer.start(data_dir)


def test_a_folder_of_other_things_is_refused_and_kept(data_dir: Path) -> None:
    diary = data_dir / "postgres" / "diary.txt"
    diary.parent.mkdir(parents=True)
    diary.write_text("dear diary")
    with pytest.raises(EmbeddedServerError, match=r"No database can be kept in .*not empty"):
        EmbeddedServer.start(data_dir)
    assert diary.read_text() == "dear diary"


def test_a_file_for_a_folder_is_refused(data_dir: Path) -> None:
    data_dir.parent.mkdir(parents=True)
    data_dir.write_text("")
    with pytest.raises(EmbeddedServerError, match=r"No database can be kept in .*ot a directory"):
        EmbeddedServer.start(data_dir)
    data_dir.unlink()


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    """Root may write everywhere but where the kernel keeps house."""
    tmp_path.chmod(0o500)
    place = Path("/proc/self") if os.geteuid() == 0 else tmp_path
    with pytest.raises(EmbeddedServerError, match=r"No database can be kept in "):
        EmbeddedServer.start(place / "data")
    tmp_path.chmod(0o700)


def test_a_server_that_does_not_start_says_why(data_dir: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"does not start:\n.*max_connections"):
        EmbeddedServer.start(data_dir, settings={"max_connections": "many"})
    EmbeddedServer.start(data_dir).stop()
    assert processes_of(data_dir) == set()
