"""The application: every route, and how it describes itself."""

from typing import Any

from fastapi import FastAPI

from app import __version__
from app.api import (
    acknowledging,
    board,
    deliveries,
    escalations,
    event_log,
    event_stream,
    events,
    explaining,
    forecast,
    health,
    held,
    intake,
    keys,
    metrics,
    policies,
    previewing,
    problems,
    rebinding,
    reports,
    simulating,
    subscriptions,
    ticket_stream,
    tickets,
)
from app.api.access import SECURITY_SCHEMES
from app.api.context import Service
from app.api.event_schema import SCHEMAS


class Application(FastAPI):
    """FastAPI, whose description of the API says what a key is, and what an event."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        components = document.setdefault("components", {})
        components["securitySchemes"] = SECURITY_SCHEMES
        components.setdefault("schemas", {}).update(SCHEMAS, Problem=problems.SCHEMA)
        return document


def create_app(service: Service) -> FastAPI:
    """The service's face to the network."""
    app = Application(
        title="escalator",
        version=__version__,
        summary="SLA clocks and escalations for support tickets",
    )
    app.state.service = service
    problems.install(app)
    for module in (
        events,
        event_log,
        event_stream,
        held,
        intake,
        ticket_stream,
        explaining,
        tickets,
        escalations,
        acknowledging,
        policies,
        rebinding,
        simulating,
        previewing,
        subscriptions,
        deliveries,
        keys,
        forecast,
        reports,
        health,
        metrics,
        board,
    ):
        app.include_router(module.router)
    return app
