"""The service's process: `escalator serve`, with two routes of the benchmark's own.

``POST /bench/parse`` reads an event as ``POST /v1/events`` does and goes no further;
``GET /bench/processor`` says how many seconds of processor time the service has used.
"""

import sys
import time

from fastapi import APIRouter, Request, Response

from app import cli
from app.api import events
from app.api.access import LOCAL
from app.intake.envelope import parse_json, read_event
from benchmarks.child import end_with_parent


async def parse(request: Request) -> Response:
    """What is left of `POST /v1/events` when nothing is recorded."""
    read_event(parse_json(await request.body()), LOCAL.name)
    return Response(b"")


async def processor() -> Response:
    """Seconds of processor time."""
    return Response(str(time.process_time()))


def main() -> None:
    """``python -m benchmarks.service serve --port ...``"""
    router = APIRouter()
    router.add_api_route("/bench/parse", parse, methods=["POST"])
    router.add_api_route("/bench/processor", processor, methods=["GET"])
    events.router.include_router(router)
    end_with_parent()
    sys.argv[0] = "escalator"
    cli.entry()


if __name__ == "__main__":
    main()
