"""``escalator import`` and ``export``: history comes in, a whole log goes from here to there."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, TypeVar, cast

import typer

from app import collector
from app.cli.configured import ready, run, settings
from app.domain.errors import EscalatorError
from app.policy_files import load_folder
from app.rebuilding import rebuild_all
from app.recording.group_commit import GroupCommit
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store.database import Database, DatabaseUnavailable, query
from app.store.policies import PolicyBook
from app.transfer.export_format import is_head
from app.transfer.exporting import export, saying, written_to
from app.transfer.importing import FactImport
from app.transfer.lines import Damaged, Lines
from app.transfer.progress import Progress
from app.transfer.restoring import Restore
from app.transfer.spool import Spool
from app.transfer.stopping import Interrupted, Stopping

STANDARD = Path("-")
AGAIN = "run the same command again: what is there already is recognised."

ImportedFile = Annotated[Path, typer.Argument(help="- is standard input.")]
ExportedFile = Annotated[
    Path,
    typer.Argument(dir_okay=False, help="Packed by gzip if it ends in .gz; - is standard output."),
]
StopOnError = Annotated[
    bool, typer.Option("--stop-on-error", help="End at the first line that is refused.")
]
Workers = Annotated[
    int, typer.Option(min=1, max=64, help="Processes that fold a log that is restored.")
]

T = TypeVar("T")


def add_to(app: typer.Typer) -> None:
    """Adds both commands."""

    @app.command(name="import")
    def import_file(
        file: ImportedFile,
        stop_on_error: StopOnError = False,  # noqa: FBT002  # a flag
        workers: Workers = 2,
    ) -> None:
        """Record events from a file, NDJSON, packed by gzip or not, as history.

        Nobody is told of what they show to be past; what comes due afterwards is sent as usual.
        Lines that are refused are named, and the others recorded. Run again, it goes on.

        What `escalator export` wrote is restored as it was, into an empty database.
        """
        configured = settings()
        with _opened(file) as opened, ready(configured) as url:
            with Stopping() as stopping:
                source = _Source(opened, stopping)
                if source.is_export:
                    run(_restore(url, source))
                else:
                    run(_import(url, configured, source, stop_on_error=stop_on_error))
            if source.is_export:
                _fold(url, workers)

    @app.command(name="export")
    def export_file(file: ExportedFile = STANDARD) -> None:
        """Write every event of the log, and the policies they were judged by, as NDJSON.

        All as it was at one instant; the service may go on meanwhile. `escalator import` restores
        it. Subscriptions, their deliveries and API keys are not in it.
        """
        with ready(settings()) as url:
            if file == STANDARD:
                run(_export(url, saying(sys.stdout.buffer.write, file)))
                sys.stdout.flush()
            else:
                with written_to(file) as write:
                    run(_export(url, write))


class _Source:
    """What is imported; its first line says what it is."""

    def __init__(self, file: BufferedReader, stopping: Stopping) -> None:
        self.stopping = stopping
        self.lines = Lines(file, stopping)
        with self.going_on_said():
            first = list(islice(self.lines, 1))
        self.is_export = bool(first) and is_head(first[0])
        self.entries = chain(first, self.lines)

    @contextmanager
    def going_on_said(self) -> Iterator[None]:
        """What ends it before its time is said with how to go on."""
        try:
            yield
        except Damaged as error:
            raise EscalatorError(
                f"line {self.lines.number:,}: {error}. To go on, {AGAIN}"
            ) from None
        except (DatabaseUnavailable, Interrupted) as error:
            raise EscalatorError(f"{error}. To go on, {AGAIN}") from None


async def _import(url: str, settings: Settings, source: _Source, *, stop_on_error: bool) -> None:
    transfer = FactImport(_say, source.stopping, stop_on_error=stop_on_error)
    try:
        with Spool.made() as spool, source.going_on_said():
            transfer.read(source.entries, spool, Progress(sys.stderr, "read"), source.lines.share)
            if not transfer.ended:
                await _record(url, settings, transfer, spool)
    finally:
        typer.echo(_summary(transfer.counts))
    if refused := transfer.counts["refused"]:
        raise EscalatorError(f"{refused:,} lines were refused. Mend them, and {AGAIN}")


async def _record(url: str, settings: Settings, transfer: FactImport, spool: Spool) -> None:
    collector.calm()
    async with _database(url) as database:
        policies = await _policies(database, settings)
        recording = GroupCommit(Recorder(database, policies, settings.default_policy))
        recording.start()
        try:
            await transfer.record(spool, recording.record, Progress(sys.stderr, "taken"))
        finally:
            await recording.stop()


async def _policies(database: Database, settings: Settings) -> PolicyBook:
    """Those that are in force; where there are none yet, those of the files, as for ``serve``."""
    book = PolicyBook()
    async with database.connection() as connection:
        in_force = await connection.fetch(query("versions_in_force"))
    if not in_force and settings.policies_apply:
        await book.register(database, load_folder(settings.policies_dir))
    return book


def _summary(counts: Counter[str]) -> str:
    return (
        f"{counts['recorded']:,} recorded, {counts['held']:,} held, "
        f"{counts['duplicate']:,} duplicates, {counts['refused']:,} refused"
    )


async def _restore(url: str, source: _Source) -> None:
    async with _database(url) as database:
        restore = Restore(database, Progress(sys.stderr, "read"))
        try:
            with source.going_on_said():
                await restore.take(source.entries)
        finally:
            typer.echo(f"{restore.added:,} restored, {restore.present:,} were there already")


def _fold(url: str, workers: int) -> None:
    try:
        rebuild_all(url, workers, _say)
    except KeyboardInterrupt:
        raise EscalatorError(f"interrupted while folding. To go on, {AGAIN}") from None


async def _export(url: str, write: Callable[[bytes], object]) -> None:
    async with _database(url) as database:
        head = await export(database, write, Progress(sys.stderr, "written"))
    _say(f"{head.events:,} events and {head.policies:,} versions of policies exported")


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    database = Database(url, pool_size=4)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def _opened(file: Path) -> Iterator[BufferedReader]:
    if file == STANDARD:
        yield cast("BufferedReader", sys.stdin.buffer)
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file}: cannot be read: {error.strerror}") from None
    with opened:
        yield opened


def _say(text: str) -> None:
    typer.echo(text, err=True)
