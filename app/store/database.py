"""The way to PostgreSQL: an SQLAlchemy engine, and asyncpg's own connections where speed counts."""

import asyncio
import functools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias, cast
from zlib import crc32

import asyncpg
from sqlalchemy.exc import DBAPIError, EmulatedDBAPIException
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from app.domain.errors import EscalatorError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record

BUCKETS = 64
"""Into how many parts tickets fall, by their id; the first column of every key."""

OLDEST_POSTGRESQL = 150000

UNAVAILABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement was begun after the server's last word
)
"""What asyncpg raises while the server is gone, going, or not yet back."""

_QUERIES = Path(__file__).parent / "queries"


class DatabaseUnavailable(EscalatorError):
    """PostgreSQL cannot be reached at the moment; what was asked may be asked again."""


@functools.cache
def query(name: str) -> str:
    """The statement in ``queries/<name>.sql``."""
    return (_QUERIES / f"{name}.sql").read_text()


@functools.cache
def joined(*names: str, answer: str) -> str:
    """These statements as one, which then answers what they have returned: one round trip for all.

    Each takes its rows as ``$1``; what is common to them is ``$2``, and the last parameter here.
    """
    parameter = {"$2": f"${len(names) + 1}"}
    parts = []
    for number, name in enumerate(names, start=1):
        parameter["$1"] = f"${number}"
        text = re.sub(r"\$[12]\b", lambda found: parameter[found[0]], query(name))
        parts.append(f"{name} AS (\n{text})")
    return f"WITH {', '.join(parts)}\n{answer}"


@functools.lru_cache(maxsize=65536)
def bucket_of(ticket_id: str) -> int:
    """The bucket of a ticket: the same for ever, on every machine."""
    return crc32(ticket_id.encode()) % BUCKETS


class TooSlow(EscalatorError):
    """What was asked for takes too long to find."""


class PoolGauges(NamedTuple):
    """Connections of a pool: handed out, waiting to be, how many there may be; and who waits."""

    in_use: int
    idle: int
    most: int
    awaited: int
    """How many wait for one; after 5 seconds they are told that there is none."""


class Database:
    """A pool of connections to one PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            json_deserializer=str,  # JSON stays text until `codec.py` reads it
            connect_args={"timeout": 5, "server_settings": {"application_name": "escalator"}},
        )
        self._awaited = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """asyncpg's own connection, each statement its own transaction.

        DatabaseUnavailable while the server cannot be reached.
        """
        self._awaited += 1
        try:
            pooled = await self.engine.raw_connection()
        except (*UNAVAILABLE, DBAPIError, EmulatedDBAPIException, PoolExhausted) as error:
            raise DatabaseUnavailable("PostgreSQL cannot be reached") from error
        finally:
            self._awaited -= 1
        connection = cast("Connection", pooled.driver_connection)
        try:
            yield connection
        except UNAVAILABLE as error:
            pooled.invalidate()
            raise DatabaseUnavailable("the connection to PostgreSQL was lost") from error
        except asyncio.CancelledError:
            pooled.invalidate()  # a statement may be under way on it
            raise
        finally:
            pooled.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction: committed at the end of the block, rolled back if it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Connection]:
        """A transaction like ``transaction``, its statements planned to go by keys.

        It begins and is told so in one round trip.
        """
        async with self.connection() as connection:
            await connection.execute(query("begin_recording"))
            try:
                yield connection
            except Exception:
                await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A transaction that reads lists: one snapshot, each statement planned for its values.

        TooSlow if a statement takes more than 3 seconds.
        """
        async with self.connection() as connection:
            await connection.execute(query("begin_list"))
            try:
                yield connection
            except asyncpg.QueryCanceledError as error:
                await connection.execute("ROLLBACK")
                raise TooSlow("this takes more than 3 seconds to find: narrow it") from error
            except Exception:
                await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    def pool(self) -> PoolGauges:
        """How the pool stands."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return PoolGauges(0, 0, 0, self._awaited)
        return PoolGauges(pool.checkedout(), pool.checkedin(), pool.size(), self._awaited)

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()
