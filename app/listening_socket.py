"""The socket on which the service answers."""

import socket

from app.domain.errors import EscalatorError


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there, port 0 on a free one; EscalatorError if none can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise EscalatorError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    # Accepted sockets inherit it; asyncio would not set it on those of a socket it was given.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def url_of(sock: socket.socket) -> str:
    """The URL by which it is reached."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
