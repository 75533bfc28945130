"""The PostgreSQL that the service starts and looks after itself when it is given no other."""

import atexit
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from app.store.cluster import Cluster, EmbeddedServerError

__all__ = ["EmbeddedServer", "EmbeddedServerError"]

NO_SETTINGS: Mapping[str, str] = {}


class EmbeddedServer:
    """One owner's hold on the PostgreSQL under a data folder.

    Started if none runs there, joined otherwise; stopped by the last owner that leaves. An owner
    that is killed has left: the server outlives it, and the next one joins.

    ``url`` is for SQLAlchemy, ``dsn`` for ``asyncpg.connect``; ``joined`` says whether a server
    was running already.
    """

    def __init__(self, cluster: Cluster, owning: int, *, joined: bool) -> None:
        self.dsn = f"postgresql://postgres@/escalator?host={cluster.socket_folder}&port=5432"
        self.url = self.dsn.replace("postgresql:", "postgresql+asyncpg:")
        self.joined = joined
        self._cluster = cluster
        self._owning: int | None = owning
        self._process = os.getpid()

    @classmethod
    def start(cls, data_dir: Path, *, settings: Mapping[str, str] = NO_SETTINGS) -> Self:
        """Have a server in ``data_dir`` that takes connections, with its database made. Blocks.

        ``settings`` add to ``SETTINGS``, or replace them, if it is this call that launches it.

        Raises:
            EmbeddedServerError: the folder cannot be used, another major version of PostgreSQL
                made it, or the server does not start (with the end of its log).
        """
        try:
            cluster = Cluster(data_dir.expanduser().resolve())
            with cluster.transition() as changing:
                owning = cluster.own()
                try:
                    joined = cluster.bring_up(settings, changing)
                except BaseException:
                    cluster.disown(owning)
                    raise
        except OSError as error:
            raise EmbeddedServerError(f"No database can be kept in {data_dir}: {error}") from error
        server = cls(cluster, owning, joined=joined)
        atexit.register(server._at_exit)
        return server

    def stop(self) -> None:
        """Let go of the server; the last owner shuts it down cleanly. Harmless when repeated."""
        owning, self._owning = self._owning, None
        if owning is None or os.getpid() != self._process:  # a forked child owns nothing
            return
        atexit.unregister(self._at_exit)
        with self._cluster.transition():
            self._cluster.disown(owning)

    @property
    def lives(self) -> bool:
        """Whether the server is there; it may be about to take connections, or to end."""
        return self._cluster.lives()

    def revive(self) -> None:
        """Launch the server again if it has died. Blocks. EmbeddedServerError if it cannot be."""
        with self._cluster.transition() as changing:
            self._cluster.bring_up(NO_SETTINGS, changing)

    def kill(self) -> None:
        """SIGKILL the postmaster, as a fault would; its children then end by themselves."""
        self._cluster.send(signal.SIGKILL)

    def _at_exit(self) -> None:
        # The interpreter would print what is raised here; the next start mends what is left.
        with suppress(OSError):
            self.stop()
