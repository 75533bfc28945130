"""Where a webhook may not go: a subscriber's URL must not reach inside the network (SSRF).

`check_url` looks at what a URL says and is for telling its author. `AddressGuard` is the wall: it
is asked, as the socket is opened, about the very address that is dialled, so that names that
change between check and use, literals such as ``0x7f.1`` and redirects do not pass it.

The ranges are those of the IANA special-purpose registries for IPv4 and IPv6, and a few more.
`ipaddress.is_global` does not do: it is true for ``64:ff9b::a9fe:a9fe``, ``2002:7f00:1::``,
``::7f00:1`` and ``fec0::1``. What no list can know are the public addresses of the operator's own
machines and a NAT64 prefix of its own: those are for its firewall.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from app.domain.errors import EscalatorError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The first that holds the address names it, so the narrower stand before the wider.
REFUSED: tuple[tuple[str, Network], ...] = tuple(
    (name, ip_network(network))
    for name, networks in (
        ("loopback", "127.0.0.0/8 ::1/128"),
        ("private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"),
        ("link-local, cloud metadata", "169.254.0.0/16 fe80::/10"),
        ("cloud host agent", "168.63.129.16/32"),  # Azure answers there, inside, though public
        ("unspecified, this network", "0.0.0.0/8 ::/128"),
        ("multicast", "224.0.0.0/4 ff00::/8"),
        ("broadcast", "255.255.255.255/32"),
        ("reserved", "240.0.0.0/4"),
        ("carrier NAT", "100.64.0.0/10"),
        ("documentation", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"),
        ("benchmark", "198.18.0.0/15 2001:2::/48"),
        ("protocol assignments", "192.0.0.0/24"),
        ("6to4 relay", "192.88.99.0/24"),
        ("IPv4-mapped", "::ffff:0:0/96"),
        ("IPv4-translated", "::ffff:0:0:0/96"),
        ("IPv4-compatible", "::/96"),
        ("NAT64", "64:ff9b::/96 64:ff9b:1::/48"),
        ("6to4", "2002::/16"),
        ("Teredo", "2001::/32"),
        ("protocol assignments", "2001::/23"),
        ("discard", "100::/64"),
        ("site-local", "fec0::/10"),
        ("unique local", "fc00::/7"),
    )
    for network in networks.split()
)
GLOBAL_UNICAST_IPV6 = IPv6Network("2000::/3")  # all that IANA has given out; the rest is refused

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(\.{_LABEL})*\.?")
_PORTS = range(1, 65536)


class UrlRefused(EscalatorError):
    """A URL that cannot be a receiver's. The text says what is wrong and does not repeat it."""


class AddressRefused(OSError):
    """An address that is not dialled; `range_name` says why, nothing says which.

    An `OSError`, because the connector then goes on to the host's next address; and always the
    same text, because it hands the first of several on unchanged only if they all read alike.
    """

    def __init__(self, range_name: str) -> None:
        super().__init__("address refused")
        self.range_name = range_name


class AddressGuard:
    """Lets through public unicast addresses, and those in networks that the operator allows."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def check(self, address: str) -> None:
        """Return if this address, as it is about to be dialled, may be; else `AddressRefused`.

        An allowed network is matched with the address as dialled; an IPv4-mapped one counts as
        its IPv4 address too, being the same on the wire.
        """
        try:
            dialled = ip_address(address)
        except ValueError:
            raise AddressRefused("not an IP address") from None
        if any(form in network for network in self._allowed for form in _same_on_wire(dialled)):
            return
        if range_name := refused_range(dialled):
            raise AddressRefused(range_name)


def refused_range(address: Address) -> str | None:
    """The name of the refused range that holds the address, None if it is a public one."""
    for name, network in REFUSED:
        if address in network:
            return name
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST_IPV6:
        return "not global unicast"
    return None


def _same_on_wire(address: Address) -> Iterator[Address]:
    yield address
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped


def check_url(url: str) -> httpx.URL:
    """The URL, parsed as the sender will use it; `UrlRefused` if it cannot be a receiver's.

    Wanted: ``http`` or ``https``, a host, a port that exists, no user or password (a receiver
    authenticates us by our signature; credentials in a URL end up in logs).
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise UrlRefused("not a URL") from None
    if parsed.scheme not in ("http", "https"):
        raise UrlRefused("the scheme must be http or https")
    if parsed.userinfo:
        raise UrlRefused("no user or password may stand in the URL")
    if not parsed.host:
        raise UrlRefused("there is no host")
    if not _is_host(parsed.raw_host.decode("ascii")):
        raise UrlRefused("the host is neither a name nor an address")
    if parsed.port is not None and parsed.port not in _PORTS:
        raise UrlRefused("the port must be 1 to 65535")
    return parsed


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST_NAME.fullmatch(host) is not None
    try:
        return IPv6Address(host).scope_id is None  # a zone means one link of this very machine
    except ValueError:
        return False
