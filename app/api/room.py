"""How much is received at once: the bytes of all bodies that are being read or worked on."""

from fastapi import Request

from app.domain.errors import EscalatorError

MOST = 128 * 1024 * 1024
"""Eight of the largest batches. Parsed, events take some six times their size."""


class NoRoom(EscalatorError):
    """More is being received than the service takes; try again in a moment."""


class Room:
    """Bytes are taken as they arrive and given back once the request is answered.

    So what waits to be recorded is bounded in bytes too, however large its events are. Senders who
    have not shown yet who they are can fill half of it, and not keep out those who have.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.taken = 0

    def take(self, request: Request, size: int) -> None:
        """Bytes of a request have arrived; NoRoom if that is too much."""
        known = request.state.caller is not None
        if self.taken + size > (self.most if known else self.most // 2):
            raise NoRoom("too much is being received at the moment")
        self.taken += size
        request.state.bytes_taken = getattr(request.state, "bytes_taken", 0) + size

    def leave(self, request: Request) -> None:
        """The request is answered."""
        self.taken -= getattr(request.state, "bytes_taken", 0)
        request.state.bytes_taken = 0
