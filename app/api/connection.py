"""HTTP connections: a request's head is bounded in size and time, and no upgrade is taken."""

import asyncio
import logging
from http import HTTPStatus

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import metrics
from app.api import problems
from app.clock import monotonic

logger = logging.getLogger(__name__)

LARGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers; of whatever else is neither body nor header, too."""

HEAD_SECONDS = 10.0
"""How long a request's head may take to arrive, or the rest of a request that is answered."""

READ_SECONDS = 30.0
"""How long a client may leave an answer unread that is larger than the buffers on the way."""

LAST_READ_SECONDS = 3.0
"""The same once the service stops: less than it takes for what is under way."""

MALFORMED, SLOW, UNREAD = "malformed", "slow", "unread"
"""Why a connection is cut off: no HTTP or too large a head, a head that does not arrive, an answer
that is not read."""

INVALID = "Invalid HTTP request received."
TOO_LARGE = "The request's headers are too large."
_REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: %s\r\ncontent-length: %d\r\n"
    b"connection: close\r\n\r\n"
)
_UPGRADING = (b"connection", b"upgrade", b"http2-settings")


UNREAD_NOW: "set[Connection]" = set()
"""Connections whose client does not read its answer, at this moment."""


class _HeadTooLarge(Exception):
    """Ends parsing."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, which by itself keeps whatever headers are sent, and waits for ever.

    A request that offers another protocol is taken as if it did not (RFC 9110, 7.8): with uvicorn
    its body would be lost. Clients in Java offer HTTP/2 with every request.
    """

    _head_size = 0
    _not_handed_over = 0
    _in_head = True
    _upgrading = False
    _patience: asyncio.TimerHandle | None = None
    _reading_patience: asyncio.TimerHandle | None = None

    unread_since = 0.0
    """The monotonic second since which the client has not read its answer, while it does not."""

    @property
    def client_host(self) -> str:
        """Where the client is."""
        return self.client[0] if self.client else "unknown"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begins to wait for a request."""
        super().connection_made(transport)
        self._wait_for_head()

    def pause_writing(self) -> None:
        """The client does not read: for so long, and no longer."""
        super().pause_writing()
        self.unread_since = monotonic()
        UNREAD_NOW.add(self)
        self._reading_patience = self.loop.call_later(READ_SECONDS, self._cut_off)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._stop_waiting_for_reader()

    def _cut_off(self) -> None:
        logger.warning("a client at %s does not read its answer: cut off", self.client_host)
        metrics.CUT_OFF.labels(UNREAD).inc()
        self.transport.abort()

    def shutdown(self) -> None:
        """The service stops: who does not read now is not waited for as long."""
        super().shutdown()
        if self._reading_patience is not None:
            self._reading_patience.cancel()
            self._reading_patience = self.loop.call_later(LAST_READ_SECONDS, self._cut_off)

    def _stop_waiting_for_reader(self) -> None:
        UNREAD_NOW.discard(self)
        if self._reading_patience is not None:
            self._reading_patience.cancel()
            self._reading_patience = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses; whatever is not HTTP is answered 400, and the connection closed."""
        self._unset_keepalive_if_required()
        self._not_handed_over += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            too_large = isinstance(error.__context__, _HeadTooLarge)
            self.send_400_response(TOO_LARGE if too_large else INVALID)
        else:
            if self._not_handed_over > LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response(TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """What was sent is not taken, and told so as everything is (RFC 9457)."""
        metrics.CUT_OFF.labels(MALFORMED).inc()
        body = msgspec.json.encode(problems.body_of(HTTPStatus.BAD_REQUEST, msg))
        self.transport.write(_REFUSAL % (problems.MEDIA_TYPE.encode(), len(body)) + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._upgrading, self._head_size = True, False, 0

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers are not: they would change the request after it was looked at."""
        self._not_handed_over = 0
        if self._in_head:
            self._count(len(name) + len(value))
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request can be worked on."""
        self._in_head = False
        self._upgrading = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self._upgrading:
            self._stop_waiting()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._not_handed_over = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        self._not_handed_over = 0
        if not self._upgrading:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The request is answered: what is left of it, and the next head, may not take long."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait_for_head()

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LARGEST_HEAD:
            raise _HeadTooLarge

    def _decline(self, rest: bytes) -> None:
        """The same request again, without its offer; ``rest`` is what came after its head."""
        if not self._upgrading:
            self.send_400_response(INVALID)  # CONNECT: this is no proxy
            return
        version = self.parser.get_http_version().encode()
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name not in _UPGRADING:
                head += [name, b": ", value, b"\r\n"]
            elif name == b"connection" and b"close" in value.lower():
                head.append(b"connection: close\r\n")
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join([*head, b"\r\n", rest]))

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            if self._in_head and (self._head_size or self._not_handed_over):  # it has begun one
                metrics.CUT_OFF.labels(SLOW).inc()
            self.transport.close()
