"""Reading request bodies: never more than may be, and not for ever."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.api.problems import Problem

SECONDS = 30.0
"""How long a body may take to arrive."""


async def read_body(request: Request, largest: int) -> bytes:
    """The body. 413 as soon as it is too large; 408 when it takes too long."""
    chunks = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > largest:
                    raise _too_large(largest)
    except TimeoutError:
        raise Problem(
            408, f"the body did not arrive within {SECONDS:.0f} seconds", headers=_CLOSE
        ) from None
    except ClientDisconnect:
        raise Problem(400, "the request broke off within its body", headers=_CLOSE) from None
    return bytes(chunks)


_CLOSE = {"Connection": "close"}  # what is still to come is not read


def _too_large(largest: int) -> Problem:
    return Problem(413, f"the body is larger than {largest} bytes", headers=_CLOSE)
