"""The wiring: what a running service is made of, and the order it starts and stops in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app import __version__
from app.api import events, problems
from app.api.context import Service
from app.policy_files import load_folder
from app.recording.group_commit import GroupCommit
from app.recording.recorder import Recorder
from app.settings import Settings
from app.store import schema
from app.store.database import Database
from app.store.policies import PolicyBook


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The service on a database whose schema is in order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with run(settings, database_url) as service:
            app.state.service = service
            yield

    app = FastAPI(
        title="escalator",
        version=__version__,
        summary="SLA clocks and escalations for support tickets",
        lifespan=lifespan,
    )
    problems.install(app)
    for module in (events,):
        app.include_router(module.router)
    return app


@asynccontextmanager
async def run(settings: Settings, database_url: str) -> AsyncIterator[Service]:
    """The parts of the service, running; stopped in the reverse order."""
    async with AsyncExitStack() as stack:
        database = Database(database_url, pool_size=settings.pool_size)
        stack.push_async_callback(database.close)
        await schema.check(database)
        policies = PolicyBook()
        if settings.policies_apply:
            await policies.register(database, load_folder(settings.policies_dir))
        recorder = Recorder(database, policies, settings.default_policy)
        intake = GroupCommit(recorder)
        intake.start()
        stack.push_async_callback(intake.stop)
        yield Service(settings, database, policies, intake)
